/**
 * Builds `dist/` (default) or every test into `out/` (`--test`); `--watch` keeps doing so.
 * Files named `*.child.ts` below test are what tests run in a process of their own.
 * Writes esbuild's metafile beside the result: the layer test reads it.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { build, context } from "esbuild";

const test = process.argv.includes("--test");
const out = test ? "out" : "dist";

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
} else {
	const result = await build(options);
	writeFileSync(`${out}/meta.json`, JSON.stringify(result.metafile));
}

function testFiles() {
	return readdirSync("test", { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith(".test.ts") || path.endsWith(".child.ts"))
		.map((path) => `test/${path}`);
}

/** Every file of src/main is an entry. */
function mainFiles() {
	return readdirSync("src/main").map((name) => `src/main/${name}`);
}
