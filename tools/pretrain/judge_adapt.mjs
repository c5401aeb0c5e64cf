/**
 * What adapting gains on packages the starter never saw: `attune adapt` on each, held-out files before and after, and single lines of those files,
 * infilled by what an editor asks (`attune eval infilling`, int8), with the adapter and without.
 *
 *     node tools/pretrain/judge_adapt.mjs --model FOLDER [--minutes 5] [--lines 200] [--home DIR] FOLDER...
 *
 * A package that was adapted to in the home DIR is not adapted to again.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
	options: {
		model: { type: "string" },
		minutes: { type: "string", default: "5" },
		lines: { type: "string", default: "200" },
		home: { type: "string" },
	},
	allowPositionals: true,
});
if (values.model === undefined || positionals.length === 0)
	throw new Error("--model FOLDER and folders to adapt to are needed");

const home = values.home ?? mkdtempSync(join(tmpdir(), "attune-judge-"));
const percent = (x) => `${(100 * x).toFixed(1)} %`;
const all = { cases: 0, before: 0, after: 0, alone: 0 };
console.log(
	"| package | files used | bits per byte | change | next token right | general text | accepted | minutes | lines | exact | from the prefix alone, adapted |",
);
console.log("|---|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|");
for (const folder of positionals) {
	const { report, adapter } = kept(resolve(folder)) ?? adapt(resolve(folder));
	if (report.heldOut === null) {
		console.log(`| ${basename(folder)} | ${report.files.used} | ${report.verdict} |`);
		continue;
	}
	const { before, after } = report.heldOut;
	const cells = [
		basename(folder),
		report.files.used,
		`${before.bitsPerByte.toFixed(3)} to ${after.bitsPerByte.toFixed(3)}`,
		percent(after.bitsPerByte / before.bitsPerByte - 1),
		`${percent(before.top1)} to ${percent(after.top1)}`,
		percent(report.guard.after.bitsPerByte / report.guard.before.bitsPerByte - 1),
		report.accepted ? "yes" : "no",
		(report.seconds.total / 60).toFixed(1),
		...infilled(resolve(folder), report, adapter),
	];
	console.log(`| ${cells.join(" | ")} |`);
}
const share = (exact) => percent(exact / all.cases);
if (all.cases > 0)
	console.log(
		`${all.cases} lines: ${share(all.before)} exact before, ${share(all.after)} after; adapted, from the prefix alone ${share(all.alone)}`,
	);

/** The newest run of the package in this home. */
function kept(folder) {
	const places = existsSync(join(home, "workspaces")) ? readdirSync(join(home, "workspaces"), { recursive: true }) : [];
	const files = places
		.filter((place) => place.startsWith(`${basename(folder)}-`) && basename(place) === "report.json")
		.sort();
	if (files.length === 0) return undefined;
	const file = join(home, "workspaces", files.at(-1));
	return { report: JSON.parse(readFileSync(file, "utf8")), adapter: join(dirname(file), "adapter") };
}

function adapt(folder) {
	const report = attune(["adapt", folder, "--model", values.model, "--minutes", values.minutes]);
	return { report, adapter: report.adapter };
}

/** Of lines of held-out files; nothing of small projects, where other parts of the same files were learned. */
function infilled(folder, { gains, files, accepted }, adapter) {
	const inBlocks = 2 * gains.length > files.used;
	if (inBlocks || !accepted) return ["", "", ""];
	const file = join(home, `${basename(folder)}.jsonl`);
	const cases = gains.flatMap(({ path }) => casesOf(path, readFileSync(join(folder, path), "utf8")));
	writeFileSync(file, cases.map((one) => `${JSON.stringify(one)}\n`).join(""));
	const { arms } = attune([
		...["eval", "infilling", file, "--model", values.model, "--adapter", adapter],
		...["--format", "int8", "--limit", values.lines],
	]);
	const exact = (mode, side) => arms.find((arm) => arm.mode === mode && arm.adapter === side);
	const [before, after, alone] = [exact("infill", "off"), exact("infill", "on"), exact("prefixOnly", "on")];
	all.cases += after.cases;
	all.before += before.exact;
	all.after += after.exact;
	all.alone += alone.exact;
	return [after.cases, `${percent(before.exactMatch)} to ${percent(after.exactMatch)}`, percent(alone.exactMatch)];
}

/** Every line of 8 to 120 characters that is no comment, between what stands before and behind it, as far as a prompt can reach. */
function casesOf(path, text) {
	const lines = text.split(/\r?\n/);
	// Before the first line stands nothing that the prefix alone could go on from.
	return lines.flatMap((line, i) => {
		const { length } = line.trim();
		if (i === 0 || length < 8 || length > 120 || /^\s*(\/\/|#|\*|\/\*)/.test(line)) return [];
		const prompt = lines
			.slice(Math.max(0, i - 200), i)
			.map((before) => `${before}\n`)
			.join("");
		return [
			{ task_id: `${path}:${i + 1}`, prompt, suffix: lines.slice(i + 1, i + 100).join("\n"), canonical_solution: line },
		];
	});
}

/** What the command line reports. */
function attune(words) {
	const options = {
		encoding: "utf8",
		maxBuffer: 1 << 28,
		env: { ...process.env, ATTUNE_HOME: home },
		stdio: ["ignore", "pipe", "ignore"],
	};
	return JSON.parse(execFileSync(process.execPath, ["dist/cli.js", ...words, "--json"], options));
}
