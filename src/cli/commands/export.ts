import { exportFormats, exportModel } from "#engine/export";
import { attuneHome } from "#engine/home";
import { type Command, usageError } from "../command.ts";

const precisions = ["f32", "f16", "q8_0", "q4_0"] as const;

export const exportCommand: Command = {
	name: "export",
	usage: "[--adapter DIR] --format peft|merged|gguf [--model M] [--out F]",
	summary: "An adapter for other programs: as it is, added to its model, or for llama.cpp; or a model for llama.cpp.",
	help: [
		"--adapter DIR    the adapter; without it the model itself is exported, with --format gguf",
		"--format F       peft: its PEFT folder; merged: a Hugging Face folder of the model with the adapter in it;",
		"                 gguf: a file that llama.cpp loads, of the adapter (beside its model's) or of the model",
		"--quantize Q     weights in a model's GGUF: f32 (default), f16, q8_0 or q4_0",
		"--out F          file or folder to make, else one in this folder, named after the model; it must not be there yet",
	],
	options: {
		adapter: { type: "string" },
		format: { type: "string" },
		model: { type: "string" },
		quantize: { type: "string" },
		out: { type: "string" },
	},
	async run(words, options, terminal) {
		if (words.length > 0) throw usageError(`"${words[0]}" is one word too many`);
		if (options.text("format") === undefined) throw usageError(`--format is missing: ${exportFormats.join(", ")}`);
		const adapter = options.text("adapter");
		const format = options.choice("format", exportFormats, "gguf");
		if (options.text("quantize") !== undefined && (adapter !== undefined || format !== "gguf"))
			throw usageError("--quantize is for a model's GGUF");
		const exported = await exportModel({
			...{ adapter, format, model: options.text("model"), out: options.text("out") },
			precision: options.choice("quantize", precisions, "f32"),
			home: attuneHome(),
			cancel: terminal.interrupts.cancel,
			onProgress: (done, total) => terminal.progress(`${done} of ${total}`),
		});
		terminal.print(`${exported.path} (${exported.bytes} bytes)`);
		return exported;
	},
};
