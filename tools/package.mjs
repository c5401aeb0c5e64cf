/**
 * `npm run package`: the extension for one platform as a .vsix, with that platform's onnxruntime alone.
 *
 *     node tools/package.mjs [--target linux-x64] [--out FILE] [--all] [--built] [--budget MB]      default: this machine's platform, attune-<target>.vsix
 *
 * `--all` makes one for every platform, `--built` takes dist/ as it is. Fails where a file is larger than it may be, and says by how much.
 *
 * Everything is laid out in a folder of its own first, so that what is packed does not depend on what else lies around here.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./l10n.mjs";
import { ensureInstalled, run } from "./setup.mjs";

/** Run through npx: 119 packages that nothing else needs, which would be in everybody's way. */
const vsce = "@vscode/vsce@4.1.0";
/** Platforms that onnxruntime-node has a library for, as the gallery names them. */
const targets = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];
/** Megabytes that a file may have, unless told otherwise: Windows' has DirectX's compiler in it, which WebGPU needs there. */
const allowed = (target) => (target.startsWith("win32") ? 95 : 90);

const { values } = parseArgs({
	options: {
		...{ target: { type: "string" }, out: { type: "string" } },
		...{ all: { type: "boolean" }, built: { type: "boolean" }, budget: { type: "string" } },
	},
});
const wanted = values.all === true ? targets : [values.target ?? `${process.platform}-${process.arch}`];
const unknown = wanted.find((target) => !targets.includes(target));
if (unknown !== undefined) fail(`There is no library for ${unknown}: use ${targets.join(", ")}.`);
if (values.all === true && values.out !== undefined) fail("--out names one file, --all makes several.");

ensureInstalled();
if (values.built !== true) run(process.execPath, ["esbuild.mjs"]);
const sizes = wanted.map((target) => pack(target, resolve(values.out ?? `attune-${target}.vsix`)));
const over = sizes.filter(({ size, most }) => size > most);
if (over.length > 0)
	fail(over.map(({ out, size, most }) => `${out} is ${megabytes(size)}: ${megabytes(most)} are allowed.`).join("\n"));

function pack(target, out) {
	const stage = mkdtempSync(join(tmpdir(), "attune-package-"));
	try {
		layOut(stage, target);
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
	process.stdout.write(`${out}: ${megabytes(size)}\n`);
	return { out, size, most: Number(values.budget ?? allowed(target)) * 1e6 };
}

function megabytes(bytes) {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}

function layOut(folder, target) {
	const kept = ["package.nls.json", "README.md", "CHANGELOG.md", "LICENSE", ".vscodeignore", "media", "docs/pictures"];
	for (const name of kept) cpSync(name, join(folder, name), { recursive: true });
	const { scripts: _, devDependencies: _2, imports: _3, allowScripts: _4, bin: _5, ...manifest } = json("package.json");
	// All others are in the bundles.
	const dependencies = { "onnxruntime-node": manifest.dependencies["onnxruntime-node"] };
	writeJson(join(folder, "package.json"), { ...manifest, l10n: "./l10n", dependencies });
	mkdirSync(join(folder, "l10n"));
	writeJson(join(folder, "l10n/bundle.l10n.json"), bundle());
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
