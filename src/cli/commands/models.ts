import { attuneHome } from "#engine/home";
import { listModels, modelInfo } from "#engine/models";
import { type Command, oneWord, usageError } from "../command.ts";
import { table } from "../table.ts";

export const models: Command = {
	name: "models",
	usage: "list | info <model>",
	summary: "The models on this machine, and what one of them is.",
	options: {},
	async run([verb, ...words], _options, terminal) {
		const home = attuneHome();
		if (verb === "info") {
			const info = modelInfo(oneWord(words, "a model"), home);
			terminal.print(table(Object.entries(info).map(([name, value]) => [name, String(value)])));
			return { models: [info] };
		}
		if (verb !== "list") throw usageError("models what? list or info <model>");
		const found = listModels(home);
		terminal.print(table(found.map(({ name, folder }) => [name, folder])));
		return { models: found };
	},
};
