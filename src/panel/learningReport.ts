/** What a run gained, with what it cost and what it rests on. */
import type { Examples, FromPage, ShownReport } from "#protocol/learningPage";
import { button, type Child, element } from "./element.ts";
import { duration, percent, sentence, signed, size } from "./figures.ts";
import { intervalPicture } from "./intervalPlot.ts";
import { Curves } from "./learningCurves.ts";
import { exampleSection } from "./learningExamples.ts";
import { guardOf, reachOf, readingsOf } from "./readings.ts";
import { section, tableOf } from "./section.ts";
import { t } from "./words.ts";

type Post = (message: FromPage) => void;

export interface ReportState {
	readonly report: ShownReport;
	readonly examples: Examples;
	/** Whose adapter is served; null: none. */
	readonly served: string | null;
	readonly reasons: Readonly<Record<string, string>>;
}

export function reportView({ report, examples, served, reasons }: ReportState, post: Post): HTMLElement {
	const curves = report.training === null ? undefined : new Curves(report.training);
	return element(
		"div",
		{ class: "report" },
		verdict(report, served, post),
		heldOut(report),
		guard(report),
		exampleSection(report, examples, post),
		curves === undefined ? undefined : section(t("While it learned"), curves.root),
		files(t("Files that gained most"), gainRows(report), [t("before"), t("after"), t("gain")], post),
		files(
			t("Files that surprised most"),
			surpriseRows(report),
			[t("bits per byte"), t("perplexity"), t("windows")],
			post,
		),
		read(report, reasons, post),
		work(report),
	);
}

function verdict(
	{ id, accepted, verdict: words, endedMs, tokenizerDoubt }: ShownReport,
	served: string | null,
	post: Post,
): HTMLElement {
	const inUse = id !== null && id === served;
	const use = inUse
		? t("Suggestions are written with it.")
		: accepted
			? t("It is not in use.")
			: t("What was served before stays as it was.");
	const actions: Child[] = [];
	if (inUse) actions.push(button(t("Switch off"), () => post({ kind: "switchOff" })));
	else if (accepted && id !== null)
		actions.push(button(t("Use this one"), () => post({ kind: "use", id }), { class: "primary" }));
	if (accepted && id !== null) actions.push(button(t("Export..."), () => post({ kind: "export", id })));
	return element(
		"section",
		{ class: `verdict ${accepted ? "accepted" : "rejected"}` },
		element("h2", {}, sentence(words)),
		tokenizerDoubt &&
			element(
				"p",
				{},
				t(
					"The model predicts general text no better than the frequency of its tokens does: unless it was never trained, its tokenizer.json is of another model.",
				),
			),
		element("p", { class: "quiet" }, `${use} ${new Date(endedMs).toLocaleString()}`),
		element("div", { class: "actions" }, ...actions),
	);
}

function heldOut(report: ShownReport): HTMLElement {
	const blocks = report.coverage.heldOutBy === "blocks";
	const title = blocks ? t("On parts of files it never learned from") : t("On files it never learned from");
	const readings = readingsOf(report);
	if (readings.length === 0) return section(title, element("p", {}, t("Nothing was judged.")));
	const reach = reachOf(readings);
	const rows = readings.map(({ name, before, after, change, interval, verdict: word, bar }) => [
		...[name, before, after, change, interval],
		element("span", { class: `word ${bar?.kind ?? "noise"}` }, word),
		bar === undefined ? "" : intervalPicture(bar, reach),
	]);
	const head = ["", t("before"), t("after"), t("change"), t("95 % interval"), "", t("worse ← → better")];
	const { bytes, tokens, perplexity } = report.heldOut?.after ?? { bytes: 0, tokens: 0, perplexity: 0 };
	const note = [
		t("{0} tokens ({1}) judged it; perplexity per token is now {2}.", tokens, size(bytes), perplexity.toFixed(2)),
		t("An interval treats a file as a whole, and few files make it wide; one that holds 0 may be noise."),
		blocks ? t("The project is small: parts of files were held out, not whole ones.") : "",
	];
	return section(title, tableOf(head, rows), element("p", { class: "quiet" }, note.filter(Boolean).join(" ")));
}

function guard(report: ShownReport): HTMLElement | undefined {
	const reading = guardOf(report);
	if (reading === undefined) return undefined;
	const { before, after, change, bound, held } = reading;
	const words = held
		? t(
				"Its bits per byte went from {0} to {1} ({2}); up to {3} worse would be accepted.",
				before,
				after,
				change,
				bound,
			)
		: t(
				"Its bits per byte went from {0} to {1} ({2}), more than the {3} that are accepted.",
				before,
				after,
				change,
				bound,
			);
	return section(t("On text that has nothing to do with this project"), element("p", {}, words));
}

type FileRow = readonly [path: string, ...cells: readonly string[]];

function files(title: string, rows: readonly FileRow[], head: readonly string[], post: Post): HTMLElement | undefined {
	if (rows.length === 0) return undefined;
	const shown = rows.slice(0, 10).map(([path, ...cells]) => [fileLink(path, post), ...cells]);
	return section(title, tableOf([t("file"), ...head], shown));
}

function fileLink(path: string, post: Post): HTMLElement {
	return button(path, () => post({ kind: "openFile", path, line: 1 }), { class: "link" });
}

function gainRows({ gains }: ShownReport): FileRow[] {
	return gains
		.filter(({ before, after }) => after < before)
		.map(({ path, before, after }) => [
			path,
			before.toFixed(3),
			after.toFixed(3),
			`${signed((100 * (before - after)) / before, 1)} %`,
		]);
}

function surpriseRows({ surprises }: ShownReport): FileRow[] {
	return surprises.map(({ path, bitsPerByte, perplexity, windows, selected }) => [
		path,
		bitsPerByte.toFixed(3),
		perplexity.toFixed(1),
		t("{0}, {1} selected", windows, selected),
	]);
}

function read(report: ShownReport, reasons: Readonly<Record<string, string>>, post: Post): HTMLElement {
	const { files: counts, skippedFiles, skippedInAll, coverage } = report;
	const words = (reason: string) => reasons[reason] ?? reason;
	const rows = Object.entries(counts.skipped)
		.sort(([, a], [, b]) => b - a)
		.map(([reason, count]) => [words(reason), String(count)]);
	const named = skippedFiles.map(({ path, reason, detail }) =>
		element("li", {}, element("code", {}, path), ` ${words(reason)}${detail === undefined ? "" : `: ${detail}`}`),
	);
	const rest = skippedInAll - skippedFiles.length;
	return section(
		t("What was read"),
		element("p", {}, t("{0} of {1} files were read.", counts.used, counts.seen)),
		element(
			"p",
			{},
			t("{0} of the project was scored, {1} learned from.", percent(coverage.scored), percent(coverage.learned)),
		),
		rows.length === 0 ? undefined : tableOf([t("left out because"), t("files and folders")], rows),
		named.length === 0
			? undefined
			: element(
					"details",
					{},
					element("summary", {}, t("Each of them, with its reason")),
					element("ul", {}, ...named),
					rest > 0 ? element("p", {}, t("... and {0} more.", rest)) : undefined,
				),
		element(
			"p",
			{},
			button(t("What is read now"), () => post({ kind: "showFiles" }), { class: "link" }),
		),
	);
}

function work(report: ShownReport): HTMLElement {
	const { model, device, training, windows, passes, seconds, peakRssMiB, preset, seed } = report;
	const rows = [
		[t("model, device"), `${model}, ${device}`],
		[t("windows scored, selected, held out"), `${windows.scored}, ${windows.selected}, ${windows.heldOut}`],
		[t("steps, the best one"), training === null ? "0" : `${training.steps}, ${training.bestStep}`],
		...(training?.start === "restarted"
			? [[t("begun anew"), t("the interrupted run was of other files or settings")]]
			: []),
		[t("forward and backward passes"), `${passes.forward}, ${passes.backward}`],
		[t("time: read, score, learn, judge"), stagesOf(seconds)],
		[t("time in all"), duration(seconds.total)],
		[t("most memory"), size(peakRssMiB * 2 ** 20)],
		[t("preset, seed"), `${preset}, ${seed}`],
	];
	return section(t("The work"), tableOf([t("what"), t("how much")], rows));
}

function stagesOf({ reading, scoring, learning, judging }: ShownReport["seconds"]): string {
	return [reading, scoring, learning, judging].map(duration).join(", ");
}
