import { deepEqual, equal, ok } from "node:assert/strict";
import { chunksOf, likest, overlaps } from "#assist/context/chunks";
import { ContextIndex, type KnownFile } from "#assist/context/gather";
import { importedPaths } from "#assist/context/imports";
import { forget, type RecentChunks, visit } from "#assist/context/recent";
import { similarity, wordsOf } from "#assist/context/similarity";
import { program } from "./starterTokenizer.ts";

const paths = [
	"src/base/errors.ts",
	"src/base/index.ts",
	"src/cli/run.ts",
	"lib/util.js",
	"pkg/mod/core.py",
	"pkg/mod/__init__.py",
	"pkg/other.py",
	"server/store/disk.go",
	"src/graph/walk.rs",
	"com/acme/Order.java",
	"include/list.h",
];

describe("assist/context/imports", () => {
	const rows: [name: string, language: string, path: string, text: string, expected: string[]][] = [
		["TypeScript, relative", "typescript", "src/cli/a.ts", 'import { x } from "../base/errors.ts";', [paths[0] ?? ""]],
		["TypeScript, over lines", "typescript", "src/cli/a.ts", 'import {\n\tx,\n} from "./run.ts";', ["src/cli/run.ts"]],
		["a folder's index", "typescriptreact", "src/a.tsx", 'export * from "./base";', ["src/base/index.ts"]],
		["an alias", "typescript", "src/a.ts", 'import type { E } from "@app/base/errors";', ["src/base/errors.ts"]],
		["require", "javascript", "lib/a.js", 'const u = require("./util");', ["lib/util.js"]],
		[
			"Python, absolute",
			"python",
			"main.py",
			"from pkg.mod.core import run\nimport pkg.other",
			["pkg/mod/core.py", "pkg/other.py"],
		],
		[
			"Python, relative",
			"python",
			"pkg/mod/x.py",
			"from .core import y\nfrom ..other import z",
			["pkg/mod/core.py", "pkg/other.py"],
		],
		["Python, package", "python", "a.py", "import pkg.mod", ["pkg/mod/__init__.py"]],
		["Go", "go", "server/main.go", 'import (\n\t"fmt"\n\t"acme.io/server/store"\n)', ["server/store/disk.go"]],
		["Rust", "rust", "src/main.rs", "use crate::graph::walk::Walker;\nmod other;", ["src/graph/walk.rs"]],
		["Java", "java", "com/acme/Shop.java", "import com.acme.Order;", ["com/acme/Order.java"]],
		["C", "cpp", "src/list.cpp", '#include "list.h"\n#include <stdio.h>', ["include/list.h"]],
		["nothing of it", "typescript", "src/a.ts", 'import fs from "node:fs";', []],
		["another language", "cobol", "a.cbl", 'import "./run"', []],
	];
	for (const [name, language, path, text, expected] of rows)
		it(`follows: ${name}`, () => deepEqual(importedPaths(path, text, language, paths), expected));
});

describe("assist/context/imports, at length", () => {
	it("stays quick with 60 imports among 2,000 files", () => {
		const many = Array.from({ length: 2000 }, (_, i) => `src/folder${i % 40}/file${i}.ts`);
		const text = Array.from({ length: 60 }, (_, i) => `import { a${i} } from "../folder${i % 40}/file${i}.ts";\n`).join(
			"",
		);
		importedPaths("src/folder1/x.ts", text, "typescript", many);
		const started = performance.now();
		equal(importedPaths("src/folder1/x.ts", text, "typescript", many).length, 60);
		ok(performance.now() - started < 40);
	});
});

describe("assist/context/chunks", () => {
	it("measures likeness by shared names", () => {
		equal(similarity(wordsOf("alpha beta x1"), wordsOf("beta alpha 12")), 1);
		equal(similarity(wordsOf("alpha beta"), wordsOf("beta gamma")), 1 / 3);
		equal(similarity(wordsOf(""), wordsOf("")), 0);
	});

	it("cuts files with overlap and takes no two overlapping chunks", () => {
		const chunks = chunksOf("a.ts", program(150));
		deepEqual(
			chunks.map(({ from, to }) => [from, to]),
			[
				[0, 64],
				[32, 96],
				[64, 128],
				[96, 150],
			],
		);
		const taken = likest(chunks, wordsOf("items scale total"), 4, 0);
		ok(taken.length >= 2);
		for (const a of taken) for (const b of taken) ok(a === b || !overlaps(a, b));
	});
});

describe("assist/context/recent", () => {
	it("keeps 16 places, newest first, none twice", () => {
		let recent: RecentChunks = [];
		const text = (i: number): string => `first${i} second${i} third${i}\n`.repeat(3);
		for (let i = 0; i < 40; i++) recent = visit(recent, `f${i}.ts`, text(i), 0);
		deepEqual([recent.length, recent[0]?.path], [16, "f39.ts"]);
		recent = visit(recent, "f30.ts", text(30), 0);
		deepEqual([recent.length, recent[0]?.path], [16, "f30.ts"]);
		equal(forget(recent, "f30.ts").length, 15);
	});

	it("makes one chunk of keys typed in one place", () => {
		const text = program(400);
		let recent: RecentChunks = [];
		for (let i = 0; i < 10; i++) recent = visit(recent, "a.ts", text, 196 + i);
		equal(recent.length, 1);
	});

	it("bears lines beyond the end and empty files", () => {
		deepEqual(visit([], "a.ts", "", 99), []);
		equal(visit([], "a.ts", "one two three\n", 9999)[0]?.from, 0);
	});
});

describe("assist/context/gather", () => {
	const file = (path: string, text: string, open = true): KnownFile => ({ path, text, open });
	const text = program(200);

	it("brings imported files first, then open ones that are alike, and never the current one", () => {
		const files = [
			file("src/a.ts", text),
			file("src/far.ts", "something = entirely(different)\n"),
			file("src/near.ts", "export function scale(items, total) { return Math.round(total); }\n"),
			file("src/types.ts", "export interface Unrelated {}\n", false),
			file("src/closed.ts", program(30), false),
		];
		const prefix = `import { Unrelated } from "./types.ts";\n${text}`;
		const found = new ContextIndex().gather({
			...{ path: "src/a.ts", language: "typescript", prefix, suffix: "\n", files, recent: [] },
		});
		deepEqual(
			found.stable.map(({ path }) => path),
			["src/types.ts", "src/near.ts"],
		);
	});

	it("shows nothing twice: not the lines around the cursor, not what another part shows", () => {
		const near = file("src/near.ts", program(60));
		let recent: RecentChunks = visit([], "src/near.ts", near.text, 10);
		recent = visit(recent, "src/a.ts", text, 195);
		recent = visit(recent, "src/a.ts", text, 10);
		recent = visit(recent, "src/gone.ts", `${program(20)}// gone\nconst gone = here;\n`, 0);
		const found = new ContextIndex().gather({
			...{ path: "src/a.ts", language: "typescript", prefix: text, suffix: "", files: [near], recent },
		});
		deepEqual(
			[...found.stable, ...found.recent].map(({ path, from }) => [path, from]),
			[
				["src/near.ts", 0],
				["src/a.ts", 0],
			],
		);
	});

	it("holds still while a line is typed", () => {
		const files = [file("src/b.ts", program(300)), file("src/c.ts", program(90))];
		const index = new ContextIndex();
		const gather = (typed: string) =>
			index.gather({ path: "src/a.ts", language: "typescript", prefix: text + typed, suffix: "\n", files, recent: [] });
		deepEqual(gather("const words = near"), gather("c"));
	});

	it("is found among 40 files of 500 lines within the budget of 50 ms when warm", () => {
		const files = Array.from({ length: 40 }, (_, i) => file(`src/f${i}.ts`, `// ${i}\n${program(500)}`));
		const index = new ContextIndex();
		const at = { path: "src/a.ts", language: "typescript", prefix: text, suffix: "", files, recent: [] };
		index.gather(at);
		const started = performance.now();
		for (let i = 0; i < 5; i++) index.gather(at);
		const each = (performance.now() - started) / 5;
		ok(each < 50, `${each} ms each`);
	});
});
