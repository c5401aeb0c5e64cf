/**
 * What adapting gains on packages the starter never saw: `attune adapt` on each, held-out files before and after.
 *
 *     node tools/pretrain/judge_adapt.mjs --model FOLDER [--minutes 5] FOLDER...
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
	options: { model: { type: "string" }, minutes: { type: "string", default: "5" } },
	allowPositionals: true,
});
if (values.model === undefined || positionals.length === 0)
	throw new Error("--model FOLDER and folders to adapt to are needed");

const home = mkdtempSync(join(tmpdir(), "attune-judge-"));
const percent = (x) => `${(100 * x).toFixed(1)} %`;
console.log(
	"| package | files used | bits per byte | change | next token right | whole lines right | general text | accepted | minutes |",
);
console.log("|---|---:|---:|---:|---:|---:|---:|---|---:|");
for (const folder of positionals) {
	const report = adapt(resolve(folder));
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
		`${percent(before.exactMatch)} to ${percent(after.exactMatch)}`,
		percent(report.guard.after.bitsPerByte / report.guard.before.bitsPerByte - 1),
		report.accepted ? "yes" : "no",
		(report.seconds.total / 60).toFixed(1),
	];
	console.log(`| ${cells.join(" | ")} |`);
}

/** The closing report of the command line, which ends with 1 if the adapter was rejected. */
function adapt(folder) {
	const command = ["dist/cli.js", "adapt", folder, "--model", values.model, "--minutes", values.minutes, "--json"];
	const options = {
		encoding: "utf8",
		maxBuffer: 1 << 28,
		env: { ...process.env, ATTUNE_HOME: home },
		stdio: ["ignore", "pipe", "ignore"],
	};
	try {
		return JSON.parse(execFileSync(process.execPath, command, options));
	} catch (error) {
		return JSON.parse(error.stdout);
	}
}
