import { deepEqual, equal, match } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, renameSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createPolicy } from "#adapt/policy/policy";
import type { SkipReason } from "#adapt/source";
import { type FileSystem, nodeFileSystem } from "#engine/feed/fileSystem";
import { withRemedies } from "#engine/skipRemedy";
import { code, collect, inTree, outcomes, pathOf, type Tree } from "./feedTree.ts";

/** Node's own file system, on which something happens before or after the file `name` is read. */
function disturbed(name: string, when: "before" | "after", happen: (path: string) => void): FileSystem {
	return {
		...nodeFileSystem,
		read(path, into) {
			if (!path.endsWith(name)) return nodeFileSystem.read(path, into);
			if (when === "before") happen(path);
			const result = nodeFileSystem.read(path, into);
			if (when === "after") happen(path);
			return result;
		},
	};
}

const utf16 = (text: string) => Buffer.from(text, "utf16le");

const fails = (code: string): never => {
	throw Object.assign(new Error(`${code}: simulated`), { code });
};

async function reasonOf(tree: Tree, path: string, fileSystem?: FileSystem): Promise<string | undefined> {
	return inTree({ ...tree, "good.ts": code("good") }, async (folder) => {
		const items = await collect([folder], fileSystem ? { fileSystem } : {});
		equal(outcomes(items)["good.ts"], "used");
		const item = items.find((item) => pathOf(item) === path);
		if (item?.kind !== "skipped") return item && "used";
		const [listed] = withRemedies([item.skipped]);
		match(listed?.remedy ?? "", helps[item.skipped.reason] ?? /^$/);
		return item.skipped.reason;
	});
}

const helps: Readonly<Partial<Record<SkipReason, RegExp>>> = {
	changed: /Start again when nothing writes to it/,
	unreadable: /the right to read it/,
};

describe("engine/feed on bad input", () => {
	it("sees a file that grows, is rewritten, replaced or removed while it is read", async () => {
		const tree = { "bad.ts": code("bad") };
		const during = (when: "before" | "after", happen: (path: string) => void) =>
			reasonOf(tree, "bad.ts", disturbed("bad.ts", when, happen));
		equal(await during("before", (path) => appendFileSync(path, "more")), "changed");
		equal(await during("before", (path) => truncateSync(path, 10)), "changed");
		equal(await during("before", (path) => utimesSync(path, 1, 1)), "changed");
		equal(await during("before", unlinkSync), "changed");
		equal(
			await during("before", (path) => {
				writeFileSync(`${path}~`, code("new"));
				renameSync(`${path}~`, path);
			}),
			"changed",
		);
		equal(
			await during("before", (path) => {
				unlinkSync(path);
				symlinkSync("/etc/hostname", path);
			}),
			"changed",
		);
		equal(await during("after", unlinkSync), "used");
	});

	it("lists what it may not read and goes on", async () => {
		const tree = { "bad.ts": code("bad"), "shut/x.ts": code("x") };
		equal(
			await reasonOf(
				tree,
				"bad.ts",
				disturbed("bad.ts", "before", () => fails("EACCES")),
			),
			"unreadable",
		);
		const shut: FileSystem = {
			...nodeFileSystem,
			list: (path) => (path.includes("shut") ? fails("EACCES") : nodeFileSystem.list(path)),
		};
		equal(await reasonOf(tree, "shut/", shut), "unreadable");
	});

	it("does not follow links, so loops and ways out do not exist", async () => {
		await inTree({ "a/x.ts": code("x") }, async (folder) => {
			symlinkSync("..", join(folder, "a/up"));
			symlinkSync("self", join(folder, "a/self"));
			symlinkSync("/etc/passwd", join(folder, "a/out.ts"));
			symlinkSync("missing", join(folder, "a/dangling"));
			deepEqual(outcomes(await collect([folder])), {
				"a/dangling": "symlink",
				"a/out.ts": "symlink",
				"a/self": "symlink",
				"a/up": "symlink",
				"a/x.ts": "used",
			});
		});
	});

	it("does not wait for a pipe, also one that takes a file's place", async function () {
		if (process.platform === "win32") this.skip();
		await inTree({ "bad.ts": code("bad") }, async (folder) => {
			execFileSync("mkfifo", [join(folder, "pipe")]);
			const swap = disturbed("bad.ts", "before", (path) => {
				unlinkSync(path);
				execFileSync("mkfifo", [path]);
			});
			deepEqual(outcomes(await collect([folder], { fileSystem: swap })), { "bad.ts": "changed", pipe: "special" });
		});
	});

	it("leaves a 2 GB file unread", async () => {
		await inTree({ "huge.ts": "" }, async (folder) => {
			truncateSync(join(folder, "huge.ts"), 2 ** 31);
			const unread = disturbed("huge.ts", "before", () => fails("it was read"));
			const [item] = await collect([folder], { fileSystem: unread });
			equal(item?.kind === "skipped" && item.skipped.reason, "tooLarge");
			match((item?.kind === "skipped" && item.skipped.detail) || "", /2147483648 bytes/);
		});
	});

	it("leaves out a line of 10 MB, by size or by shape", async () => {
		await inTree({ "long.js": "let a = 1; ".repeat(910_000) }, async (folder) => {
			equal(outcomes(await collect([folder]))["long.js"], "tooLarge");
			equal(outcomes(await collect([folder], { policy: createPolicy({ maxBytes: 2e7 }) }))["long.js"], "minified");
		});
	});

	it("tells invalid UTF-8, UTF-16 with and without a mark, and binaries apart", async () => {
		const tree = {
			"latin1.py": Buffer.from("# caf\xe9\n", "latin1"),
			"cut.py": Buffer.from("é").subarray(0, 1),
			"overlong.py": new Uint8Array([0x61, 0xc0, 0x80]),
			"surrogate.py": new Uint8Array([0x61, 0xed, 0xa0, 0x80]),
			"marked.cs": utf16(`\uFEFF${code("marked")}`),
			"big-endian.cs": utf16(`\uFEFF${code("other")}`).swap16(),
			"odd.cs": utf16("\uFEFFab").subarray(0, 5),
			"lone.cs": utf16("\uFEFFa\uD800b"),
			"unmarked.cs": utf16(code("unmarked")),
			"bin.dat": new Uint8Array([1, 2, 3, 0, 5, 200]),
		};
		await inTree(tree, async (folder) => {
			const items = await collect([folder]);
			deepEqual(outcomes(items), {
				"big-endian.cs": "used",
				"bin.dat": "binary",
				"cut.py": "invalidText",
				"latin1.py": "invalidText",
				"lone.cs": "invalidText",
				"marked.cs": "used",
				"odd.cs": "invalidText",
				"overlong.py": "invalidText",
				"surrogate.py": "invalidText",
				"unmarked.cs": "invalidText",
			});
			const marked = items.find((item) => item.kind === "file" && item.file.path === "marked.cs");
			equal(marked?.kind === "file" && marked.file.text, code("marked"));
			equal(marked?.kind === "file" && marked.file.bytes, Buffer.byteLength(code("marked")));
		});
	});

	it("reads of a long binary file only how it begins, of anything else all", async () => {
		const long = code("long", 2_000);
		const tree = {
			"late.dat": Buffer.concat([Buffer.from(long), Buffer.of(0)]),
			"long.ts": long,
			"marked.cs": utf16(`\uFEFF${code("marked", 2_000)}`),
			"picture.png": Buffer.concat([Buffer.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13), Buffer.alloc(200_000, 7)]),
			"print.ps": `%!PS-Adobe-3.0\n${long}`,
			"unmarked.cs": utf16(code("unmarked", 2_000)),
		};
		const read = new Map<string, number>();
		const fileSystem: FileSystem = {
			...nodeFileSystem,
			read(path, ...how) {
				const result = nodeFileSystem.read(path, ...how);
				read.set(basename(path), result.length);
				return result;
			},
		};
		await inTree(tree, async (folder) => {
			deepEqual(outcomes(await collect([folder], { fileSystem })), {
				"late.dat": "binary",
				"long.ts": "used",
				"marked.cs": "used",
				"picture.png": "binary",
				"print.ps": "binary",
				"unmarked.cs": "invalidText",
			});
		});
		for (const [name, content] of Object.entries(tree)) {
			const isCut = name === "picture.png" || name === "print.ps";
			equal(read.get(name), isCut ? 16_384 : Buffer.byteLength(content), name);
		}
	});

	it("lists a file whose name is not UTF-8", async function () {
		if (process.platform !== "linux") this.skip();
		await inTree({}, async (folder) => {
			writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff]), Buffer.from(".ts")]), code("x"));
			deepEqual(Object.values(outcomes(await collect([folder]))), ["unreadable"]);
		});
	});
});
