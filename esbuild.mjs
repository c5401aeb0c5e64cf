/**
 * Builds `dist/` (default) or every test into `out/` (`--test`); `--watch` keeps doing so.
 * Files named `*.child.ts` below test are what tests run in a process of their own, `*.host.ts` what runs inside an editor.
 * Writes esbuild's metafile beside the result: the layer test reads it.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { build, context } from "esbuild";

const test = process.argv.includes("--test");
const out = test ? "out" : "dist";
const extension = "src/main/extension.ts";

/** One file, because it is read whenever a window opens. @type {import("esbuild").BuildOptions} */
const extensionOptions = {
	...{ entryPoints: [extension], outfile: "dist/extension.cjs", bundle: true, platform: "node", target: "node22" },
	...{ format: "cjs", minify: true, sourcemap: true, metafile: true, logLevel: "warning", external: ["vscode"] },
	banner: { js: extensionBanner() },
};

/** Web pages: each `*.page.ts` of src/panel and the style beside it. @type {import("esbuild").BuildOptions} */
const panelOptions = {
	...{ entryPoints: pageFiles(), outdir: "dist/panel", bundle: true, platform: "browser", target: "es2023" },
	...{ format: "iife", minify: true, sourcemap: true, metafile: true, logLevel: "warning" },
	loader: { ".svg": "text" },
};

/** @type {import("esbuild").BuildOptions} */
const options = {
	bundle: true,
	platform: "node",
	target: "node20",
	format: "esm",
	splitting: true,
	sourcemap: true,
	metafile: true,
	logLevel: "warning",
	outdir: out,
	// Some dependencies are CommonJS and call require() on Node's own modules.
	banner: {
		js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
	},
	...(test
		? { entryPoints: [...testFiles(), ...mainFiles()], outbase: ".", packages: "external" }
		: { entryPoints: mainFiles(), external: ["onnxruntime-node", "vscode"] }),
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
if (process.argv.includes("--watch")) {
	await (await context(options)).watch();
	if (!test) for (const more of [extensionOptions, panelOptions]) await (await context(more)).watch();
} else {
	if (!test) for (const more of [extensionOptions, panelOptions]) await build(more);
	const result = await build(options);
	writeFileSync(`${out}/meta.json`, JSON.stringify(result.metafile));
}

/**
 * Where the clock of activation starts (src/main/extension.ts). Every source asks for the editor's API, and the editor looks up who asks each
 * time: it is asked once.
 */
function extensionBanner() {
	const clock = "const attuneLoadedFrom = performance.now();";
	const once = '((load, editor) => (name) => name === "vscode" ? editor : load(name))(require, require("vscode"))';
	return `"use strict";${clock}var require = ${once};`;
}

function testFiles() {
	return readdirSync("test", { recursive: true, encoding: "utf8" })
		.filter((path) => /\.(test|child|host)\.ts$/.test(path))
		.map((path) => `test/${path}`);
}

function pageFiles() {
	return readdirSync("src/panel")
		.filter((name) => /\.page\.(ts|css)$/.test(name))
		.map((name) => `src/panel/${name}`);
}

/** Every file of src/main is an entry; the editor's is built by itself. */
function mainFiles() {
	return readdirSync("src/main")
		.filter((name) => test || `src/main/${name}` !== extension)
		.map((name) => `src/main/${name}`);
}
