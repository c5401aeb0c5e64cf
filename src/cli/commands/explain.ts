import { resolve } from "node:path";
import { chooseDevice } from "#engine/device";
import { explain as explainFile } from "#engine/explain";
import { attuneHome } from "#engine/home";
import { type Command, type Options, oneWord, usageError } from "../command.ts";

export const explain: Command = {
	name: "explain",
	usage: "<file> [--lines A-B | --symbol NAME | --line N --message TEXT] [options]",
	summary: "Says what a part of a file does, or what a tool's message about it means; without a part, the whole file.",
	help: [
		"--lines A-B     lines of the file, from 1",
		"--symbol NAME   a function or class that the file declares",
		"--message TEXT  what a tool says about the line named by --line",
		"--folder DIR    a project to look up what the code uses, for models with a long context",
		"--adapter DIR   an adapter of the project; --model M, --device D, --threads N as elsewhere",
	],
	options: {
		lines: { type: "string" },
		symbol: { type: "string" },
		line: { type: "string" },
		message: { type: "string" },
		folder: { type: "string" },
		adapter: { type: "string" },
		model: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
	},
	async run(words, options, terminal) {
		const file = resolve(oneWord(words, "a file"));
		const part = partOf(options);
		const adapter = options.text("adapter");
		const folder = options.text("folder");
		const explanation = await explainFile({
			...{ file, part, model: options.text("model"), home: attuneHome(), cancel: terminal.interrupts.cancel },
			adapter: adapter === undefined ? undefined : resolve(adapter),
			roots: folder === undefined ? [] : [resolve(folder)],
			target: await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1)),
			onNotice: (notice) => terminal.note(notice),
			onText: (text) => terminal.write(text),
		});
		terminal.write("\n");
		return explanation;
	},
};

function partOf(options: Options): Parameters<typeof explainFile>[0]["part"] {
	const lines = options.text("lines");
	const name = options.text("symbol");
	const message = options.text("message");
	const line = options.number("line", 1);
	if ([lines, name, message].filter((option) => option !== undefined).length > 1)
		throw usageError("--lines, --symbol and --message exclude each other");
	if ((message === undefined) !== (line === undefined)) throw usageError("--message and --line belong together");
	if (message !== undefined && line !== undefined) return { kind: "diagnostic", message, line };
	if (name !== undefined) return { kind: "symbol", name };
	if (lines === undefined) return { kind: "file" };
	const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(lines) ?? [];
	if (from === undefined || Number(from) < 1) throw usageError(`--lines is A-B, not "${lines}"`);
	return { kind: "lines", from: Number(from), to: Number(to) };
}
