/**
 * `npm run demo [-- FOLDER] [options of attune adapt]`: installs and builds what is missing, adapts the default model to a folder
 * (this project's own source if none is named), and completes three lines of files it never trained on, before and after.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureInstalled, run } from "./setup.mjs";

/**
 * Three places in held-out files, chosen without looking at the results: files evenly spaced over `paths`, and in each the
 * statement nearest to the middle, cut after its first word or sign behind a third of it.
 */
export function placesToComplete(folder, paths) {
	const sorted = [...paths].sort();
	const wanted = Math.min(3, sorted.length);
	const chosen = Array.from({ length: wanted }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / wanted)]);
	return chosen.flatMap((path) => {
		const file = statSync(folder).isDirectory() ? join(folder, path) : folder;
		const lines = readFileSync(file, "utf8").split(/\r?\n/);
		const index = middleStatement(lines);
		if (index === undefined) return [];
		const line = lines[index];
		const third = line.length - line.trimStart().length + Math.floor(line.trim().length / 3);
		const cut = line.slice(third).search(/(?<=\w)\W|(?<=[^\w\s])/);
		const column = third + Math.max(cut, 0) + 1;
		return [{ file, path, line: index + 1, column, before: line.slice(0, column - 1), actual: line.slice(column - 1) }];
	});
}

/** Index of the line nearest to the middle that is neither short, a comment nor an import. */
function middleStatement(lines) {
	const dull = /^\s*(\/\/|\/?\*|#|--|import\b|from\b|use\b|using\b|package\b|[^\w]*$)/;
	const middle = lines.length / 2;
	return lines
		.map((line, index) => ({ index, length: line.trim().length, line }))
		.filter(({ length, line }) => length >= 20 && length <= 100 && !dull.test(line))
		.sort((a, b) => Math.abs(a.index - middle) - Math.abs(b.index - middle))[0]?.index;
}

const introduction = "\nLines of files it never trained on, cut at |, as the model goes on:\n";

function main() {
	const [first, ...rest] = process.argv.slice(2);
	const named = first !== undefined && !first.startsWith("--");
	const folder = resolve(named ? first : "src");
	const options = named || first === undefined ? rest : [first, ...rest];
	ensureInstalled();
	run(process.execPath, ["esbuild.mjs"]);
	process.stdout.write(`Adapting the default model to ${folder}\n\n`);
	const result = attune(["adapt", folder, ...options], true);
	const places = placesToComplete(
		folder,
		result.gains.map(({ path }) => path),
	);
	process.stdout.write(
		places.length > 0 ? introduction : "\nNo held-out file was judged: there is no line to complete.\n",
	);
	for (const place of places) showCompletion(place, result.adapter);
}

function showCompletion({ file, path, line, column, before, actual }, adapter) {
	const at = ["complete", file, "--line", String(line), "--column", String(column)];
	const show = (label, text) => process.stdout.write(`  ${label.padEnd(8)}${text}\n`);
	process.stdout.write(`\n${path}:${line}\n`);
	show("", `${before.trim()}|`);
	show("before", attune(at).text);
	if (adapter !== null) show("after", attune([...at, "--adapter", adapter]).text);
	show("is", actual);
}

/** What one command says with --json; with its report for people on stderr if `aloud`. Exits as it does if it fails. */
function attune(words, aloud = false) {
	const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli.js", ...words, "--json"], {
		encoding: "utf8",
		maxBuffer: 2 ** 28,
		stdio: ["ignore", "pipe", aloud ? "inherit" : "pipe"],
	});
	if (status === 0) return JSON.parse(stdout);
	process.stderr.write(stderr ?? "");
	process.exit(status ?? 1);
}

if (import.meta.filename === resolve(process.argv[1] ?? "")) main();
