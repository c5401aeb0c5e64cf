/**
 * `npm run package`: the extension for one platform as a .vsix, with that platform's onnxruntime alone.
 *
 *     node tools/package.mjs [--target linux-x64] [--out FILE] [--built]      default: this machine's platform, attune-<target>.vsix
 *
 * `--built` takes dist/ as it is.
 *
 * Everything is laid out in a folder of its own first, so that what is packed does not depend on what else lies around here.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureInstalled, run } from "./setup.mjs";

/** Run through npx: 119 packages that nothing else needs, which would be in everybody's way. */
const vsce = "@vscode/vsce@4.1.0";
/** Platforms that onnxruntime-node has a library for, as the gallery names them. */
const targets = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];
/** Bytes that the file may have. */
const budget = 90e6;

const { values } = parseArgs({
	options: { target: { type: "string" }, out: { type: "string" }, built: { type: "boolean" } },
});
const target = values.target ?? `${process.platform}-${process.arch}`;
if (!targets.includes(target)) fail(`There is no library for ${target}: use ${targets.join(", ")}.`);
const out = resolve(values.out ?? `attune-${target}.vsix`);

ensureInstalled();
if (values.built !== true) run(process.execPath, ["esbuild.mjs"]);
const stage = mkdtempSync(join(tmpdir(), "attune-package-"));
try {
	layOut(stage);
	const words = [
		"package",
		"--target",
		target,
		"--out",
		out,
		"--allow-missing-repository",
		"--no-rewrite-relative-links",
	];
	run("npx", ["--yes", vsce, ...words], { cwd: stage, shell: process.platform === "win32" });
} finally {
	rmSync(stage, { recursive: true, force: true });
}
const { size } = statSync(out);
process.stdout.write(`${out}: ${(size / 1e6).toFixed(1)} MB\n`);
if (size > budget) fail(`That is more than ${budget / 1e6} MB.`);

function layOut(folder) {
	const kept = ["package.nls.json", "README.md", "CHANGELOG.md", "LICENSE", ".vscodeignore", "media", "docs/pictures"];
	for (const name of kept) cpSync(name, join(folder, name), { recursive: true });
	const { scripts: _, devDependencies: _2, imports: _3, allowScripts: _4, bin: _5, ...manifest } = json("package.json");
	// All others are in the bundles.
	const dependencies = { "onnxruntime-node": manifest.dependencies["onnxruntime-node"] };
	writeJson(join(folder, "package.json"), { ...manifest, dependencies });
	copyCode("dist", join(folder, "dist"));
	const [system, architecture] = target.split("-");
	const runtime = "node_modules/onnxruntime-node";
	const [binaries] = readdirSync(`${runtime}/bin`);
	for (const path of ["dist", "README.md", `bin/${binaries}/${system}/${architecture}`])
		copyCode(`${runtime}/${path}`, join(folder, runtime, path));
	const common = "node_modules/onnxruntime-common";
	for (const path of ["dist/cjs", "package.json", "README.md"])
		copyCode(`${common}/${path}`, join(folder, common, path));
	// Its others serve its installation alone.
	const { dependencies: needed, scripts: __, devDependencies: __2, ...own } = json(`${runtime}/package.json`);
	const only = { "onnxruntime-common": needed["onnxruntime-common"] };
	writeJson(join(folder, runtime, "package.json"), { ...own, dependencies: only });
}

/** Without declarations, source maps and what only developers run. */
function copyCode(from, to) {
	mkdirSync(join(to, ".."), { recursive: true });
	cpSync(from, to, { recursive: true, filter: (path) => !/\.(map|d\.ts)$|\b(meta\.json|bench\.js)$/.test(path) });
}

function json(path) {
	return JSON.parse(readFileSync(path, "utf8"));
}

function writeJson(path, value) {
	writeFileSync(path, `${JSON.stringify(value, null, "\t")}\n`);
}

function fail(message) {
	process.stderr.write(`${message}\n`);
	process.exit(1);
}
