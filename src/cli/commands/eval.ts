import { resolve } from "node:path";
import { chooseDevice } from "#engine/device";
import { attuneHome, mediaFolder } from "#engine/home";
import { type ConfidenceResult, evaluateConfidence } from "#engine/infilling/confidence";
import { evaluateInfilling, type InfillingResult } from "#engine/infilling/evaluate";
import { type Command, oneWord, usageError } from "../command.ts";
import { percent, table } from "../table.ts";
import { weightFormats } from "../weightFormats.ts";

export const evaluate: Command = {
	name: "eval",
	usage:
		"infilling <file|folder> | confidence [folder]  [--limit N] [--right S] [--model M] [--adapter DIR] [--format F] [--device D] [--threads N]",
	summary: "Evidence: exact lines of HumanEval single-line infilling; how often suggestions are right, by confidence.",
	help: [
		"--limit N   so many cases or cursors, spread evenly",
		"--right S   confidence: also the threshold from which on the share S (0 to 1) of the suggestions is right",
		"confidence takes code that the model was not trained on; without a folder, the general texts that come with Attune",
	],
	options: {
		limit: { type: "string" },
		right: { type: "string" },
		model: { type: "string" },
		adapter: { type: "string" },
		format: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
	},
	async run([kind, ...words], options, terminal) {
		if (kind !== "infilling" && kind !== "confidence") throw usageError("eval what? infilling or confidence");
		const adapter = options.text("adapter");
		const request = {
			model: options.text("model"),
			adapter: adapter === undefined ? undefined : resolve(adapter),
			format: options.choice("format", weightFormats, "float32"),
			target: await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1)),
			home: attuneHome(),
			cancel: terminal.interrupts.cancel,
		};
		const limit = options.number("limit", 1);
		if (kind === "confidence") {
			const result = await evaluateConfidence({
				...{ ...request, path: resolve(words[0] ?? mediaFolder("guard")), places: limit ?? 400, seed: 1 },
				wanted: shareOf(options.text("right")),
				onPlace: (done, all) => terminal.progress(`confidence  ${done} of ${all}`),
			});
			terminal.print(`${result.suggestions} suggestions at ${result.places} cursors, ${result.right} right`);
			terminal.print(`${binTable(result)}\n\n${thresholdTable(result)}`);
			return result;
		}
		const result = await evaluateInfilling({
			...{ ...request, path: resolve(oneWord(words, "a file or folder of cases")), limit },
			onCase: (done, all) => terminal.progress(`infilling  ${done} of ${all}`),
		});
		terminal.print(armTable(result));
		return result;
	},
};

function shareOf(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const share = Number(text);
	if (!(share > 0 && share <= 1)) throw usageError(`--right ${text}: a share between 0 and 1`);
	return share;
}

function binTable({ bins }: ConfidenceResult): string {
	const rows = bins
		.filter(({ count }) => count > 0)
		.map(({ from, to, count, right, confidence }) => [
			...[`${from.toFixed(1)} to ${to.toFixed(1)}`, String(count), String(right), percent(right / count)],
			percent(confidence ?? 0),
		]);
	return table([["confidence", "suggestions", "right", "share", "mean confidence"], ...rows]);
}

function thresholdTable({ thresholds, places }: ConfidenceResult): string {
	const rows = thresholds.map(({ wanted, threshold, shown, right }) => [
		percent(wanted),
		...(threshold === null
			? ["never so often", "", ""]
			: [threshold.toFixed(2), percent(right / shown), percent(shown / places)]),
	]);
	return table([["wanted right", "threshold", "right", "cursors with a suggestion"], ...rows]);
}

function armTable({ arms }: InfillingResult): string {
	const rows = arms.map(({ mode, adapter, exact, cases, exactMatch, interval, milliseconds }) => [
		`${mode}, adapter ${adapter}`,
		`${exact} of ${cases}`,
		percent(exactMatch),
		`${percent(interval[0])} to ${percent(interval[1])}`,
		milliseconds.toFixed(0),
	]);
	return table([["", "exact lines", "share", "95 % interval", "ms"], ...rows]);
}
