import { resolve } from "node:path";
import { chooseDevice } from "#engine/device";
import { attuneHome } from "#engine/home";
import { evaluateInfilling, type InfillingResult } from "#engine/infilling/evaluate";
import { type Command, oneWord, usageError } from "../command.ts";
import { percent, table } from "../table.ts";
import { weightFormats } from "../weightFormats.ts";

export const evaluate: Command = {
	name: "eval",
	usage: "infilling <file|folder> [--limit N] [--model M] [--adapter DIR] [--format F] [--device D] [--threads N]",
	summary: "Evidence: exact lines of HumanEval single-line infilling, with and without the suffix and the adapter.",
	help: ["--limit N  so many cases, spread evenly over the file"],
	options: {
		limit: { type: "string" },
		model: { type: "string" },
		adapter: { type: "string" },
		format: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
	},
	async run([kind, ...words], options, terminal) {
		if (kind !== "infilling") throw usageError("eval what? infilling");
		const adapter = options.text("adapter");
		const result = await evaluateInfilling({
			path: resolve(oneWord(words, "a file or folder of cases")),
			limit: options.number("limit", 1),
			model: options.text("model"),
			adapter: adapter === undefined ? undefined : resolve(adapter),
			format: options.choice("format", weightFormats, "float32"),
			target: await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1)),
			home: attuneHome(),
			cancel: terminal.interrupts.cancel,
			onCase: (done, all) => terminal.progress(`infilling  ${done} of ${all}`),
		});
		terminal.print(armTable(result));
		return result;
	},
};

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
