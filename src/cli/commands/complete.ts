import { resolve } from "node:path";
import { complete as completeLine } from "#engine/complete";
import { chooseDevice } from "#engine/device";
import { attuneHome } from "#engine/home";
import { type Command, oneWord, usageError } from "../command.ts";

export const complete: Command = {
	name: "complete",
	usage: "<file> --line L --column C [--adapter DIR] [--model M] [--device D] [--threads N]",
	summary: "One inline completion at a cursor (1-based), up to the end of the line.",
	options: {
		line: { type: "string" },
		column: { type: "string" },
		adapter: { type: "string" },
		model: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
	},
	async run(words, options, terminal) {
		const file = resolve(oneWord(words, "a file"));
		const line = options.number("line", 1);
		const column = options.number("column", 1);
		if (line === undefined || column === undefined) throw usageError("--line and --column are needed");
		const adapter = options.text("adapter");
		const completion = await completeLine({
			...{ file, line, column, model: options.text("model"), home: attuneHome() },
			adapter: adapter === undefined ? undefined : resolve(adapter),
			target: await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1)),
		});
		terminal.print(completion.text);
		return completion;
	},
};
