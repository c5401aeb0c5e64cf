/** The closing table of an adaptation. */
import type { Estimate } from "#adapt/estimate";
import type { Metrics } from "#adapt/metrics";
import type { Example } from "#protocol/history";
import type { AdaptResult } from "#protocol/learning";
import { duration, percent, table } from "./table.ts";

export function describeEstimate({ seconds, memoryMiB, steps, windows }: Estimate): string {
	const cached = windows.cached > 0 ? ` (${windows.cached} more known from before)` : "";
	return `about ${duration(seconds.total)} and ${memoryMiB} MiB: ${windows.toScore} windows to score${cached}, at most ${steps} steps`;
}

export function describeResult(result: AdaptResult): string {
	return [
		describeFiles(result),
		describeWindows(result),
		...(result.training?.start === "restarted"
			? ["start     anew: the checkpoint was of other files or settings"]
			: []),
		...(result.heldOut === null ? [] : ["", metricsTable(result)]),
		...gains(result),
		"",
		...doubts(result),
		`verdict   ${result.verdict}`,
		result.adapter === null ? "nothing is served; what was served before stays" : `adapter   ${result.adapter}`,
	].join("\n");
}

/** Of a run's own files: lines before, and after if there is an adapter. */
export function describeExamples(examples: readonly Example[], { coverage, adapter }: AdaptResult): string {
	if (examples.length === 0) return "\nNo line of a file that judged could be completed.";
	const whose = coverage.heldOutBy === "blocks" ? "files learned in part" : "files it never learned from";
	const shown = examples.map(({ path, line, typed, actual, base, adapted }) =>
		[
			`\n${path}:${line}`,
			`          ${typed.trim()}|`,
			`  before  ${base ?? "(nothing)"}`,
			...(adapter === null ? [] : [`  after   ${adapted ?? "(nothing)"}`]),
			`  is      ${actual}`,
		].join("\n"),
	);
	return [`\nLines of ${whose}, cut at |, as the model goes on:`, ...shown].join("\n");
}

function describeFiles({ files }: AdaptResult): string {
	const skipped = Object.entries(files.skipped).map(([reason, count]) => `${count} ${reason}`);
	return `files     ${files.used} used of ${files.seen}${skipped.length > 0 ? `; skipped: ${skipped.join(", ")}` : ""}`;
}

function describeWindows({ windows, coverage, passes }: AdaptResult): string {
	const reached = `${percent(coverage.scored, 0)} of the project scored, ${percent(coverage.learned, 0)} learned`;
	const counts = `${windows.scored} scored, ${windows.selected} selected, ${windows.heldOut} held out (${coverage.heldOutBy})`;
	return `windows   ${counts}; ${reached}; ${passes.forward} forward and ${passes.backward} backward passes`;
}

function doubts({ tokenizerDoubt: doubt }: AdaptResult): string[] {
	if (doubt === undefined) return [];
	const [model, frequencies] = [doubt.model.toFixed(2), doubt.frequencies.toFixed(2)];
	return [
		`warning   the base predicts general text no better than the frequency of its tokens does (${model} nats a token, ${frequencies}):`,
		"          unless it was never trained, tokenizer.json is of another model; fetch it again from where the weights came",
	];
}

type Reading = readonly [name: string, of: (metrics: Metrics) => number | null, digits: number, lowerIsBetter: boolean];

const readings: readonly Reading[] = [
	["bits per byte", (m) => m.bitsPerByte, 4, true],
	["perplexity", (m) => m.perplexity, 3, true],
	["next token right", (m) => m.top1, 4, false],
	["whole line right", (m) => m.exactMatch, 3, false],
	["line similarity", (m) => m.editSimilarity, 3, false],
];

function metricsTable({ heldOut, guard }: AdaptResult): string {
	const rows: string[][] = [["held-out files", "before", "after", "gain"]];
	for (const [name, of, digits, lower] of readings) {
		const [before, after] = heldOut === null ? [null, null] : [of(heldOut.before), of(heldOut.after)];
		if (before === null || after === null) continue;
		rows.push([name, before.toFixed(digits), after.toFixed(digits), gain(before, after, lower)]);
	}
	if (guard !== null) {
		const [before, after] = [guard.before.bitsPerByte, guard.after.bitsPerByte];
		rows.push(["general text, bits per byte", before.toFixed(4), after.toFixed(4), gain(before, after, true)]);
	}
	return table(rows);
}

/** Relative where lower is better, in points where it is a share. */
function gain(before: number, after: number, lowerIsBetter: boolean): string {
	const value = lowerIsBetter ? (100 * (before - after)) / before : 100 * (after - before);
	return `${value >= 0 ? "+" : ""}${value.toFixed(1)} ${lowerIsBetter ? "%" : "points"}`;
}

function gains({ gains: files }: AdaptResult): string[] {
	const best = files.filter(({ before, after }) => after < before).slice(0, 5);
	if (best.length === 0) return [];
	const rows = best.map(({ path, before, after }) => [
		path,
		before.toFixed(3),
		after.toFixed(3),
		gain(before, after, true),
	]);
	return ["", table([["held-out files that gained most, bits per byte", "before", "after", "gain"], ...rows])];
}
