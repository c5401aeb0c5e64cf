import { deepEqual, equal, match } from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPolicy } from "#adapt/policy/policy";
import { CancelSource } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { feed } from "#engine/feed";
import { createTally } from "#engine/feed/tally";
import { code, collect, inTree, outcomes, pathOf } from "./feedTree.ts";

describe("engine/feed", () => {
	it("gives every file in byte order of its path, used or with a reason", async () => {
		const tree = {
			"b/x.ts": code("bx"),
			"b.ts": code("b"),
			"a/z.py": code("az"),
			"é.ts": code("e"),
			"\u{1F600}.ts": code("smile"),
			"\uFF5E.ts": code("wide"),
			"package-lock.json": "{}",
			".env": "A=1",
			"logo.png": new Uint8Array([0x89, 0x50, 0, 1, 2]),
			"empty.ts": "",
			"node_modules/x/index.js": code("dep"),
			".git/config": "[core]",
			"vendor/lib.c": code("lib"),
		};
		await inTree(tree, async (folder) => {
			const items = await collect([folder]);
			const paths = items.map(pathOf);
			deepEqual(
				paths,
				[...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
			);
			deepEqual(outcomes(items), {
				".env": "secretName",
				".git/": "excludedFolder",
				"a/z.py": "used",
				"b.ts": "used",
				"b/x.ts": "used",
				"empty.ts": "empty",
				"logo.png": "binary",
				"node_modules/": "excludedFolder",
				"package-lock.json": "lockFile",
				"vendor/": "vendored",
				"é.ts": "used",
				"\uFF5E.ts": "used",
				"\u{1F600}.ts": "used",
			});
			const tally = createTally();
			for (const item of items) tally.add(item);
			const { seen, used, skipped, bytes, list } = tally.read();
			deepEqual([seen, used, list.length, skipped.excludedFolder], [13, 6, 7, 2]);
			equal(
				bytes,
				items.reduce((sum, item) => sum + (item.kind === "file" ? item.file.bytes : 0), 0),
			);
		});
	});

	it("gives the text exactly as the file's bytes, with facts", async () => {
		const text = `\uFEFFconst a = "é😀";\r\n\tlast line without end ${code("q")}`;
		await inTree({ "sub/a.ts": text }, async (folder) => {
			const [item] = await collect([folder]);
			if (item?.kind !== "file") throw new Error("the file was left out");
			deepEqual(Buffer.from(item.file.text), readFileSync(join(folder, "sub/a.ts")));
			equal(item.file.bytes, Buffer.byteLength(text));
			equal(item.file.language, "typescript");
			equal(Math.abs(item.file.modifiedMs - Date.now()) < 60_000, true);
		});
	});

	it("prefixes paths with unique root names, whatever the order of the roots", async () => {
		await inTree({ "one/app/a.ts": code("a"), "two/app/a.ts": code("b"), "lone.ts": code("c") }, async (folder) => {
			const roots = ["two/app", "lone.ts", "one/app"].map((path) => join(folder, path));
			const items = await collect(roots);
			deepEqual(Object.keys(outcomes(items)), ["app-2/a.ts", "app/a.ts", "lone.ts"]);
			deepEqual(await collect([...roots].reverse()), items);
		});
	});

	it("leaves out the later of two near-copies, and keeps both when told so", async () => {
		const text = code("thing", 60);
		await inTree(
			{ "a.ts": text, "b/c.ts": text.replace("thing7 ", "other "), "z.ts": code("else", 60) },
			async (folder) => {
				deepEqual(outcomes(await collect([folder])), { "a.ts": "used", "b/c.ts": "nearDuplicate", "z.ts": "used" });
				equal(
					(await collect([folder], { nearDuplicates: false })).every((item) => item.kind === "file"),
					true,
				);
			},
		);
	});

	it("reads a file named on purpose past ignore files and guesses, never past secrets or binaries", async () => {
		const key = [
			"-----BEGIN RSA PRIVATE",
			" KEY-----\n",
			"MIIEpAIBAAKCAQEA7bq2Zk8vYQ0xJ3pL5sT9uW1cXeRfGhIjKlMnOpQrStUv\n",
		].join("");
		const tree = {
			".gitignore": "*.ts\n",
			"a.ts": code("a"),
			"node_modules/dep.min.js": `${"x=1;".repeat(400)}`,
			"key.ts": key,
			"b.ts": new Uint8Array([1, 0, 2]),
			".env": "A=1",
		};
		await inTree(tree, async (folder) => {
			const only = async (path: string) => Object.values(outcomes(await collect([join(folder, path)])));
			deepEqual(await only("a.ts"), ["used"]);
			deepEqual(await only("node_modules/dep.min.js"), ["used"]);
			deepEqual(await only("key.ts"), ["secretContent"]);
			deepEqual(await only("b.ts"), ["binary"]);
			deepEqual(await only(".env"), ["secretName"]);
			equal(outcomes(await collect([folder]))["a.ts"], "ignored");
		});
	});

	it("obeys the ignore files of the whole repository when a part of it is the root", async () => {
		const tree = {
			".git/info/exclude": "secret-plan.md\n",
			".gitignore": "/packages/a/gen\n*.tmp.ts\n/ignored\n",
			"packages/a/gen/x.ts": code("x"),
			"packages/a/y.tmp.ts": code("y"),
			"packages/a/z.ts": code("z"),
			"packages/a/secret-plan.md": "# plan",
			"ignored/own.tmp.ts": code("own"),
		};
		await inTree(tree, async (folder) => {
			deepEqual(outcomes(await collect([join(folder, "packages/a")])), {
				"gen/": "ignored",
				"secret-plan.md": "ignored",
				"y.tmp.ts": "ignored",
				"z.ts": "used",
			});
			deepEqual(outcomes(await collect([join(folder, "ignored")])), { "own.tmp.ts": "used" });
		});
	});

	it("yields nothing for an empty folder and refuses a root that is not there", async () => {
		await inTree({ "empty/": "" }, async (folder) => {
			deepEqual(await collect([join(folder, "empty")]), []);
			const error = await collect([join(folder, "missing")]).catch((reason: unknown) => reason);
			equal(error instanceof AttuneError && error.code === "workspace", true);
			match(String(error), /missing: there is no such file or folder/);
			symlinkSync("loop", join(folder, "loop"));
			const loop = await collect([join(folder, "loop")]).catch((reason: unknown) => reason);
			match(String(loop), /ELOOP/);
		});
	});

	it("stops when cancelled", async () => {
		await inTree({ "a.ts": code("a"), "b.ts": code("b") }, async (folder) => {
			const cancel = new CancelSource();
			const items = feed([folder], { cancel });
			equal((await items.next()).done, false);
			cancel.cancel();
			const error = await items.next().catch((reason: unknown) => reason);
			equal(error instanceof AttuneError && error.code === "cancelled", true);
		});
	});

	it("takes a larger limit from the policy", async () => {
		await inTree({}, async (folder) => {
			mkdirSync(join(folder, "src"));
			writeFileSync(join(folder, "src/big.ts"), code("big", 3000));
			equal(
				outcomes(await collect([folder], { policy: createPolicy({ maxBytes: 50_000 }) }))["src/big.ts"],
				"tooLarge",
			);
			equal(outcomes(await collect([folder], { policy: createPolicy({ maxBytes: 5e6 }) }))["src/big.ts"], "used");
		});
	});
});
