/** What a run of learning gained, as a page to read. */
import { l10n } from "vscode";
import type { AdaptResult } from "#protocol/learning";
import { reasonWords } from "./listing.ts";
import { code, duration, percent, table } from "./words.ts";

type Metrics = NonNullable<AdaptResult["heldOut"]>["before"];

export function reportPage(result: AdaptResult, where: string): string {
	return [
		`# ${l10n.t("What Attune learned of {0}", where)}`,
		"",
		`**${sentence(result.verdict)}**`,
		"",
		result.accepted
			? l10n.t("Suggestions are written with it from now on.")
			: l10n.t("What was served before stays as it was."),
		"",
		...heldOut(result),
		...gains(result),
		...read(result),
		...work(result),
		"",
	].join("\n");
}

function sentence(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

type Reading = readonly [name: string, of: (metrics: Metrics) => number | null, digits: number, lowerIsBetter: boolean];

function heldOut({ heldOut: held, guard, change }: AdaptResult): string[] {
	if (held === null) return [l10n.t("The project is too small to judge by: nothing was held out."), ""];
	const readings: readonly Reading[] = [
		[l10n.t("bits per byte"), (m) => m.bitsPerByte, 3, true],
		[l10n.t("perplexity per token"), (m) => m.perplexity, 2, true],
		[l10n.t("next token right"), (m) => m.top1, 3, false],
		[l10n.t("whole line right"), (m) => m.exactMatch, 3, false],
		[l10n.t("likeness of lines"), (m) => m.editSimilarity, 3, false],
	];
	const rows = readings.flatMap(([name, of, digits, lower]) => {
		const [before, after] = [of(held.before), of(held.after)];
		return before === null || after === null ? [] : [row(name, before, after, digits, lower)];
	});
	if (guard !== null)
		rows.push(
			row(
				l10n.t("unrelated text, bits per byte"),
				...([guard.before.bitsPerByte, guard.after.bitsPerByte, 3, true] as const),
			),
		);
	const interval =
		change === null
			? []
			: [
					"",
					l10n.t(
						"Bits per byte changed by {0} (95 % interval {1} to {2}); fewer is better.",
						signed(change.mean),
						signed(change.low),
						signed(change.high),
					),
				];
	return [
		`## ${l10n.t("On files it never learned from")}`,
		"",
		...table(["", l10n.t("before"), l10n.t("after"), l10n.t("gain")], rows),
		...interval,
		"",
	];
}

/** Relative where lower is better, in points where it is a share. */
function row(name: string, before: number, after: number, digits: number, lowerIsBetter: boolean): string[] {
	const gain = lowerIsBetter ? (100 * (before - after)) / before : 100 * (after - before);
	const shown = `${gain >= 0 ? "+" : "−"}${Math.abs(gain).toFixed(1)} ${lowerIsBetter ? "%" : l10n.t("points")}`;
	return [name, before.toFixed(digits), after.toFixed(digits), shown];
}

function gains({ gains: files }: AdaptResult): string[] {
	if (files.length === 0) return [];
	const rows = files.slice(0, 10).map(({ path, before, after }) => row(code(path), before, after, 3, true));
	return [
		`## ${l10n.t("Files it was judged by")}`,
		"",
		...table([l10n.t("bits per byte"), l10n.t("before"), l10n.t("after"), l10n.t("gain")], rows),
		"",
	];
}

function read({ files, skippedFiles }: AdaptResult): string[] {
	const counts = Object.entries(files.skipped).map(([reason, count]) => [reasonWords(reason), String(count)]);
	const secrets = skippedFiles.filter(({ reason }) => reason === "secretContent" || reason === "secretName");
	return [
		`## ${l10n.t("What was read")}`,
		"",
		l10n.t("{0} of {1} files were read.", files.used, files.seen),
		"",
		...(counts.length > 0 ? table([l10n.t("left out because"), l10n.t("files and folders")], counts) : []),
		...(secrets.length > 0 ? ["", l10n.t("Secrets were seen in, or named by:")] : []),
		...secrets.slice(0, 20).map(({ path }) => `- ${code(path)}`),
		"",
	];
}

function work({
	model,
	device,
	training,
	windows,
	coverage,
	seconds,
	peakRssMiB,
	preset,
	seed,
}: AdaptResult): string[] {
	const rows = [
		[l10n.t("model"), model],
		[l10n.t("device"), device],
		[l10n.t("windows scored, learned from"), `${windows.scored}, ${windows.selected}`],
		[l10n.t("share of the project scored, learned from"), `${percent(coverage.scored)}, ${percent(coverage.learned)}`],
		[l10n.t("steps"), training === null ? "0" : String(training.steps)],
		[l10n.t("preset, seed"), `${preset}, ${seed}`],
		[l10n.t("time"), duration(seconds.total)],
		[l10n.t("most memory"), `${Math.round(peakRssMiB)} MiB`],
	];
	return [`## ${l10n.t("The work")}`, "", ...table(["", ""], rows)];
}

function signed(value: number): string {
	return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`;
}
