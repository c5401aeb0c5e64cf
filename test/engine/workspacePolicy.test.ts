import { deepEqual, equal, match } from "node:assert/strict";
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openWorkspacePolicy } from "#engine/workspacePolicy";
import { code, collect, inTree, outcomes, type Tree } from "./feedTree.ts";

const tree: Tree = {
	".git/info/exclude": "excluded.ts\n",
	".gitignore": "/gen\n*.tmp.ts\n",
	".attuneignore": "!vendor/\n",
	".gitattributes": "made.ts linguist-generated\n",
	"a.ts": code("a"),
	"b.tmp.ts": code("b"),
	"made.ts": code("made"),
	"excluded.ts": code("excluded"),
	"gen/x.ts": code("gen"),
	"deep/er/.gitignore": "/own\n!b.tmp.ts\n",
	"deep/er/own": code("own"),
	"deep/er/b.tmp.ts": code("deepB"),
	"deep/er/c.ts": code("c"),
	"vendor/lib.js": code("lib"),
	"third_party/x.c": code("third"),
	"cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55",
	"cache/x.ts": code("cache"),
	"node_modules/m/index.js": code("m"),
	".env": "A=1",
	"bin.dat": new Uint8Array([0, 1]),
};

describe("engine/workspacePolicy", () => {
	it("judges every single path as the feed does", async () => {
		await inTree(tree, async (folder) => {
			symlinkSync("deep", join(folder, "linked"));
			const feedSays = outcomes(await collect([folder], { nearDuplicates: false }));
			const policy = openWorkspacePolicy([folder]);
			const files = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
				.filter((entry) => !entry.isDirectory())
				.map((entry) => join(entry.parentPath, entry.name));
			equal(files.length > 20, true);
			for (const absolute of files) {
				const path = absolute.slice(folder.length + 1);
				const ways = path.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/"));
				// Node 22 and later list what is behind a link to a folder.
				const [expected] = ways.flatMap((way) => feedSays[way] ?? feedSays[`${way}/`] ?? []);
				const item = policy.judge(absolute);
				equal(item?.kind === "file" ? "used" : item?.skipped.reason, expected, path);
			}
			const linked = policy.judge(join(folder, "linked/er/c.ts"));
			equal(linked?.kind === "skipped" && linked.skipped.reason, "symlink");
		});
	});

	it("judges an unsaved text in place of the file's", async () => {
		await inTree({ "a.ts": code("a"), "b.yaml": "name: x\n" }, (folder) => {
			const policy = openWorkspacePolicy([folder]);
			const item = policy.judge(join(folder, "a.ts"), Buffer.from("let x = 1;"));
			equal(item?.kind === "file" && item.file.text, "let x = 1;");
			const secret = policy.judge(join(folder, "b.yaml"), Buffer.from(["pass", "word: hunter22x"].join("")));
			equal(secret?.kind === "skipped" && secret.skipped.reason, "secretContent");
			const huge = policy.judge(join(folder, "a.ts"), Buffer.alloc(2_000_000, "x "));
			equal(huge?.kind === "skipped" && huge.skipped.reason, "tooLarge");
		});
	});

	it("takes the innermost root, reaches roots through links, and knows nothing outside", async () => {
		await inTree({ "one/sub/a.ts": code("a"), "one/b.ts": code("b"), "c.ts": code("c") }, async (folder) => {
			symlinkSync("one", join(folder, "alias"));
			const policy = openWorkspacePolicy([join(folder, "alias"), join(folder, "one/sub")]);
			const pathAt = (path: string) => {
				const item = policy.judge(join(folder, path));
				return item?.kind === "file" ? item.file.path : item?.skipped.path;
			};
			deepEqual(["one/sub/a.ts", "one/b.ts", "alias/b.ts", "c.ts"].map(pathAt), [
				"sub/a.ts",
				"one/b.ts",
				"one/b.ts",
				undefined,
			]);
			deepEqual(
				["one", "one/sub", "."].map((path) => policy.enters(join(folder, path))),
				[true, true, false],
			);
		});
	});

	it("says why a file is out of reach, and that one vanished", async () => {
		await inTree(tree, (folder) => {
			const policy = openWorkspacePolicy([folder]);
			const item = policy.judge(join(folder, "node_modules/m/index.js"));
			match((item?.kind === "skipped" && item.skipped.detail) || "", /^node_modules\/: made by a tool$/);
			const gone = policy.judge(join(folder, "gone.ts"));
			equal(gone?.kind === "skipped" && gone.skipped.reason, "changed");
		});
	});
});
