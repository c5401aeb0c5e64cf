import { deepEqual, equal } from "node:assert/strict";
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FeedItem } from "#adapt/source";
import { AttuneError } from "#base/errors";
import { type FileWatch, watchFiles } from "#engine/watchFiles";
import { code, inTree, outcomes, pathOf, type Tree } from "../engine/feedTree.ts";

/** Watches a tree while `change` works on it; what came out by the time nothing had for a second. */
async function watched(
	tree: Tree,
	change: (folder: string, seen: FeedItem[]) => Promise<void> | void,
): Promise<FeedItem[]> {
	return inTree(tree, async (folder) => {
		const watch = await watchFiles([folder], { quietMs: 100 });
		const seen: FeedItem[] = [];
		const reading = collect(watch, seen);
		await change(folder, seen);
		await settled(seen);
		await watch.close();
		await reading;
		return seen;
	});
}

async function collect(watch: FileWatch, seen: FeedItem[]): Promise<void> {
	for await (const item of watch) seen.push(item);
}

async function settled(seen: readonly unknown[]): Promise<void> {
	for (let before = -1; before !== seen.length; ) {
		before = seen.length;
		await sleep(1000);
	}
}

describe("engine/watchFiles", function () {
	this.timeout(60_000);

	it("gives created and changed files under the feed's policy, and not those that were there", async () => {
		const tree = {
			".gitignore": "*.log.ts\n",
			"old.ts": code("old"),
			"touched.ts": code("touched"),
			"node_modules/m/x.js": code("dep"),
		};
		const seen = await watched(tree, (folder) => {
			appendFileSync(join(folder, "touched.ts"), "// more\n");
			mkdirSync(join(folder, "new/deep"), { recursive: true });
			writeFileSync(join(folder, "new/deep/file.py"), code("fresh"));
			writeFileSync(join(folder, "a.log.ts"), code("log"));
			writeFileSync(join(folder, "node_modules/m/x.js"), code("other"));
			writeFileSync(join(folder, ".env"), "A=1\n");
		});
		deepEqual(outcomes(seen), {
			".env": "secretName",
			"a.log.ts": "ignored",
			"new/deep/file.py": "used",
			"touched.ts": "used",
		});
		const touched = seen.find((item) => pathOf(item) === "touched.ts");
		equal(touched?.kind === "file" && touched.file.text.endsWith("// more\n"), true);
	});

	it("gives one item for a burst of writes, with the last text", async () => {
		const seen = await watched({ "a.ts": code("a") }, async (folder) => {
			for (let i = 0; i < 20; i++) {
				appendFileSync(join(folder, "a.ts"), `// ${i}\n`);
				await sleep(10);
			}
		});
		deepEqual(seen.map(pathOf), ["a.ts"]);
		equal(seen[0]?.kind === "file" && seen[0].file.text.endsWith("// 19\n"), true);
	});

	it("follows a file through an editor's atomic saves, and says nothing of its temporary files", async () => {
		const seen = await watched({ "src/a.ts": code("a") }, async (folder, items) => {
			for (let i = 0; i < 3; i++) {
				writeFileSync(join(folder, "src/.a.ts.tmp"), `${code("a")}// save ${i}\n`);
				renameSync(join(folder, "src/.a.ts.tmp"), join(folder, "src/a.ts"));
				writeFileSync(join(folder, "src/4913"), "x");
				rmSync(join(folder, "src/4913"));
				await settled(items);
			}
		});
		deepEqual(seen.map(pathOf), ["src/a.ts", "src/a.ts", "src/a.ts"]);
		equal(seen[2]?.kind === "file" && seen[2].file.text.endsWith("// save 2\n"), true);
	});

	it("obeys a rule file that changed while watching, and forgets removed files", async () => {
		const seen = await watched({ "a.ts": code("a"), "b.ts": code("b") }, async (folder, items) => {
			writeFileSync(join(folder, ".attuneignore"), "b.ts\n");
			await settled(items);
			appendFileSync(join(folder, "b.ts"), "// more\n");
			rmSync(join(folder, "a.ts"));
		});
		deepEqual(outcomes(seen), { ".attuneignore": "used", "b.ts": "ignored" });
	});

	it("watches a single file, also through an atomic save", async () => {
		await inTree({ "a.ts": code("a"), "b.ts": code("b") }, async (folder) => {
			const watch = await watchFiles([join(folder, "a.ts")], { quietMs: 100 });
			const seen: FeedItem[] = [];
			const reading = collect(watch, seen);
			for (let i = 0; i < 2; i++) {
				writeFileSync(join(folder, "a.tmp"), `${code("a")}// save ${i}\n`);
				renameSync(join(folder, "a.tmp"), join(folder, "a.ts"));
				writeFileSync(join(folder, "b.ts"), code(`b${i}`));
				await settled(seen);
			}
			await watch.close();
			await reading;
			deepEqual(seen.map(pathOf), ["a.ts", "a.ts"]);
		});
	});

	it("refuses a missing root, and closes while someone waits", async () => {
		const error = await watchFiles(["/no/such/folder"]).catch((reason: unknown) => reason);
		equal(error instanceof AttuneError && error.code === "workspace", true);
		await inTree({ "a.ts": code("a") }, async (folder) => {
			const watch = await watchFiles([folder]);
			const next = watch[Symbol.asyncIterator]().next();
			await watch.close();
			deepEqual(await next, { done: true, value: undefined });
		});
	});
});
