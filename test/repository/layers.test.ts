import { deepEqual, equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { type ImportStatement, importsOf, type LayerTable, violations } from "./layer-rules.ts";

const table: LayerTable = JSON.parse(readFileSync("tools/layers.json", "utf8"));
const files = readdirSync("src", { recursive: true, encoding: "utf8" })
	.filter((path) => path.endsWith(".ts"))
	.map((path) => `src/${path.replaceAll("\\", "/")}`);

describe("repository/layers: every import statement", () => {
	it("is one that its layer's row allows", () => {
		deepEqual(
			files.flatMap((path) => violations(path, importsOf(readFileSync(path, "utf8")), table)),
			[],
		);
	});

	const forbidden: [string, string][] = [
		["src/base/a.ts", 'import { x } from "#graph/tensor";'],
		["src/graph/ops/a.ts", 'import { x } from "../../runtime/ort.ts";'],
		["src/text/a.ts", 'import { readFileSync } from "node:fs";'],
		["src/text/a.ts", 'import path from "path";'],
		["src/models/a.ts", 'const ort = require("onnxruntime-node");'],
		["src/adapt/a.ts", 'export * from "vscode";'],
		["src/adapt/a.ts", 'import "#runtime/ort";'],
		["src/assist/a.ts", 'type T = typeof import("onnxruntime-node");'],
		["src/runtime/a.ts", 'import { type A, step } from "#adapt/step";'],
		["src/runtime/a.ts", 'import {\n\tgate,\n} from "#adapt/gate";'],
		["src/engine/a.ts", 'const ort = await import("onnxruntime-node");'],
		["src/engine/a.ts", 'const ort = createRequire(import.meta.url)("onnxruntime-node");'],
		["src/engine/a.ts", 'import { run } from "#cli/run";'],
		["src/cli/a.ts", 'import { loadOrt } from "#runtime/ort";'],
		["src/cli/a.ts", 'import { start } from "#main/cli";'],
		["src/editor/a.ts", 'import { adapt } from "#engine/adapt";'],
		["src/panel/a.ts", 'import * as vscode from "vscode";'],
		["src/main/a.ts", 'import { check } from "#test/base/check";'],
		["src/main/a.ts", 'import { check } from "../../tools/demo.mjs";'],
		["src/loose.ts", ""],
	];
	for (const [path, source] of forbidden) {
		it(`is refused: ${path}: ${source.replace(/\s+/g, " ")}`, () => {
			equal(violations(path, importsOf(source), table).length, 1);
		});
	}

	it("is not refused where the table allows it", () => {
		const allowed: [string, string][] = [
			["src/runtime/a.ts", 'import type { Learner } from "#adapt/learner";'],
			["src/runtime/a.ts", 'import { type Learner, type Gate } from "#adapt/learner";'],
			["src/runtime/a.ts", 'import { fork } from "node:child_process";\nimport ort from "onnxruntime-node";'],
			["src/graph/ops/a.ts", 'import { shape } from "../shape.ts"; // import { x } from "#runtime/ort"'],
			["src/text/a.ts", 'import { Tokenizer } from "@huggingface/tokenizers";'],
			["src/base/a.ts", '/* import x from "vscode" */\n// import y from "vscode"'],
		];
		for (const [path, source] of allowed) deepEqual(violations(path, importsOf(source), table), [], source);
	});
});

describe("repository/layers: what reaches what in the bundles", () => {
	let meta: Metafile;

	before(async () => {
		const entryPoints = files.filter((path) => path.startsWith("src/main/"));
		const result = await build({ entryPoints, ...bundling });
		meta = result.metafile;
	});

	it("follows the table edge by edge", () => {
		const found = Object.entries(meta.inputs)
			.filter(([path]) => path.startsWith("src/"))
			.flatMap(([path, input]) => violations(path, edges(path, input.imports), table));
		deepEqual(found, []);
	});

	it("keeps vscode out of everything but the extension, and onnxruntime out of the extension", () => {
		for (const [entry] of Object.entries(meta.inputs).filter(([path]) => path.startsWith("src/main/"))) {
			const banned = entry === "src/main/extension.ts" ? /^onnxruntime|src\/runtime\/ort/ : /^vscode$|^src\/editor\//;
			deepEqual(
				[...reached(meta, entry)].filter((path) => banned.test(path)),
				[],
				entry,
			);
		}
	});

	it("evaluates no package while a window opens, and what talks to processes with the first of them", () => {
		const packages = (paths: Iterable<string>) => [...paths].filter((path) => !/^(src\/|node:|vscode$)/.test(path));
		deepEqual(packages(reached(meta, "src/main/extension.ts", false)), []);
		equal(packages(reached(meta, "src/main/extension.ts")).length > 0, true);
	});

	it("leads from a test to every file that does something", () => {
		const tests: Metafile = JSON.parse(readFileSync("out/meta.json", "utf8"));
		const entries = Object.keys(tests.inputs).filter((path) => path.startsWith("test/"));
		const tested = new Set(entries.flatMap((entry) => [...reached(tests, entry)]));
		const untested = Object.entries(meta.inputs).filter(([path, { bytes }]) => bytes > 0 && !tested.has(path));
		// The command line and the façade behind it are tested as a program too, the extension inside an editor; tests bring clocks of their own.
		const elsewhere = /^(?!src\/)|^src\/(cli|main|engine|editor)\/|^src\/base\/clock\.ts$/;
		deepEqual(
			untested.map(([path]) => path).filter((path) => !elsewhere.test(path)),
			[],
		);
	});

	it("sees a package behind two files", async () => {
		const stdin = { contents: 'import "./src/runtime/ort.ts";', resolveDir: "." };
		const { metafile } = await build({ stdin, ...bundling });
		equal(reached(metafile, "<stdin>").has("src/runtime/ort.ts"), true);
		equal(reached(metafile, "<stdin>").has("src/base/errors.ts"), true);
	});
});

describe("repository/layers: lint", () => {
	it("is generated from the table", () => {
		const { status, stderr } = spawnSync(process.execPath, ["tools/biome-layers.mjs", "--check"], { encoding: "utf8" });
		equal(status, 0, stderr);
	});

	it("marks a forbidden import of every layer but main", () => {
		const marked = lintMarks(Object.fromEntries(Object.keys(table).map((layer) => [`src/${layer}/a.ts`, oneOfEach])));
		for (const [layer, row] of Object.entries(table)) {
			const allowed = new Set([layer, ...row.imports, ...row.types]);
			const wanted = Object.keys(table).filter((other) => !allowed.has(other)).length;
			equal((marked.get(`src/${layer}/a.ts`) ?? 0) >= wanted, true, layer);
		}
		equal(marked.has("src/main/a.ts"), true, "onnxruntime-node from main");
	});
});

const bundling = {
	bundle: true,
	metafile: true,
	write: false,
	platform: "node",
	format: "esm",
	outdir: "out",
	packages: "external",
	logLevel: "silent",
} as const;
const oneOfEach = [...Object.keys(table).map((layer) => `#${layer}/x`), "onnxruntime-node"]
	.map((specifier, i) => `import { x as x${i} } from "${specifier}";\nx${i}();`)
	.join("\n");

function edges(path: string, imports: Metafile["inputs"][string]["imports"]): ImportStatement[] {
	const local = (target: string) => `${"../".repeat(path.split("/").length - 1)}${target}`;
	return imports.map((one) => ({ specifier: one.external === true ? one.path : local(one.path), typeOnly: false }));
}

/** Every input and external that `entry` leads to; `later`: with what is imported while it runs. */
function reached(meta: Metafile, entry: string, later = true): Set<string> {
	const found = new Set<string>([entry]);
	for (const path of found)
		for (const next of meta.inputs[path]?.imports ?? [])
			if (later || next.kind !== "dynamic-import") found.add(next.path);
	return found;
}

/** Number of layer marks that lint gives each of `sources`, by path. */
function lintMarks(sources: Record<string, string>): Map<string, number> {
	const folder = mkdtempSync(join(tmpdir(), "attune-lint-"));
	try {
		writeFileSync(join(folder, "biome.json"), readFileSync("biome.json"));
		for (const [path, source] of Object.entries(sources)) {
			mkdirSync(join(folder, dirname(path)), { recursive: true });
			writeFileSync(join(folder, path), source);
		}
		const biome = resolve("node_modules/@biomejs/biome/bin/biome");
		const options = [
			"lint",
			"--vcs-enabled=false",
			"--only=style/noRestrictedImports",
			"--reporter=github",
			"--max-diagnostics=none",
		];
		const { stdout } = spawnSync(process.execPath, [biome, ...options, "."], { cwd: folder, encoding: "utf8" });
		const marks = new Map<string, number>();
		for (const [, path] of stdout.matchAll(/noRestrictedImports,file=.*?(src\/[^,]+),/g)) {
			marks.set(path ?? "", (marks.get(path ?? "") ?? 0) + 1);
		}
		return marks;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
