import { resolve } from "node:path";
import { chooseDevice } from "#engine/device";
import { attuneHome } from "#engine/home";
import { type ScoreResult, scoreFiles } from "#engine/score";
import { withRemedies } from "#engine/skipRemedy";
import { type Command, usageError } from "../command.ts";
import { table } from "../table.ts";

/** Of each file, for people. */
const shownLines = 5;

export const score: Command = {
	name: "score",
	usage: "<folder|file>... [--model M] [--adapter DIR] [--lines] [--device D] [--threads N]",
	summary: "Perplexity and bits per byte of each file, by the base model or with an adapter.",
	help: [
		"--device D       cpu (default) | webgpu | auto, the fastest that works here",
		"--lines          bits of every line, too; without --json the dearest of each file",
	],
	options: {
		lines: { type: "boolean" },
		model: { type: "string" },
		adapter: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
	},
	async run(words, options, terminal) {
		if (words.length === 0) throw usageError("a folder or file is missing");
		const adapter = options.text("adapter");
		const result = await scoreFiles({
			roots: words.map((word) => resolve(word)),
			model: options.text("model"),
			adapter: adapter === undefined ? undefined : resolve(adapter),
			lines: options.flag("lines"),
			target: await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1)),
			home: attuneHome(),
			cancel: terminal.interrupts.cancel,
			onFile: (done) => terminal.progress(`scoring  ${done} files`),
		});
		terminal.print(scoreTable(result));
		return { ...result, skippedFiles: withRemedies(result.skippedFiles) };
	},
};

function scoreTable({ files, total }: ScoreResult): string {
	const cells = [...files, { path: "all", ...total }].map((file) => [
		file.path,
		String(file.bytes),
		file.perplexity.toFixed(3),
		file.bitsPerByte.toFixed(4),
		file.top1.toFixed(3),
	]);
	const dearest = files.flatMap(({ path, lines = [] }) =>
		[...lines]
			.sort((a, b) => b.bits - a.bits)
			.slice(0, shownLines)
			.map(({ line, bits }) => [`${path}:${line}`, bits.toFixed(1)]),
	);
	const lineTable = dearest.length === 0 ? "" : `\n\n${table([["line", "bits"], ...dearest])}`;
	return table([["file", "bytes", "perplexity", "bits per byte", "next token right"], ...cells]) + lineTable;
}
