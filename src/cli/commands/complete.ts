import { resolve } from "node:path";
import { complete as completeFile } from "#engine/complete";
import { chooseDevice } from "#engine/device";
import { attuneHome } from "#engine/home";
import { type Command, oneWord, usageError } from "../command.ts";
import { weightFormats } from "../weightFormats.ts";

export const complete: Command = {
	name: "complete",
	usage:
		"<file> --line L --column C [--workspace DIR] [--lines] [--alternatives N] [--adapter DIR] [--model M] [--format F] [--device D] [--threads N]",
	summary: "One inline completion at a cursor (1-based), up to the end of the line.",
	help: [
		"--workspace DIR  other files of this folder may be shown to the model",
		"--lines  several lines: a body, or statements up to the end of a block",
		"--alternatives N  several texts to choose from",
		"--format  float32 (default), int8 or int4: how weights are kept",
	],
	options: {
		line: { type: "string" },
		column: { type: "string" },
		workspace: { type: "string" },
		lines: { type: "boolean" },
		alternatives: { type: "string" },
		adapter: { type: "string" },
		model: { type: "string" },
		format: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
	},
	async run(words, options, terminal) {
		const file = resolve(oneWord(words, "a file"));
		const line = options.number("line", 1);
		const column = options.number("column", 1);
		if (line === undefined || column === undefined) throw usageError("--line and --column are needed");
		const [adapter, workspace] = [options.text("adapter"), options.text("workspace")];
		const alternatives = options.number("alternatives", 1) ?? 1;
		const completion = await completeFile({
			...{ file, line, column, model: options.text("model"), home: attuneHome(), alternatives },
			lines: options.flag("lines"),
			workspace: workspace === undefined ? undefined : resolve(workspace),
			adapter: adapter === undefined ? undefined : resolve(adapter),
			format: options.choice("format", weightFormats, "float32"),
			target: await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1)),
			cancel: terminal.interrupts.cancel,
		});
		terminal.print(completion.reason === "completed" ? completion.text : `(nothing: ${completion.reason})`);
		for (const text of completion.alternatives) terminal.print(`--\n${text}`);
		return completion;
	},
};
