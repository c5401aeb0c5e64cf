import { resolve } from "node:path";
import { fetchModel } from "#engine/fetchModel";
import { attuneHome } from "#engine/home";
import { listModels, modelInfo } from "#engine/models";
import { openModels } from "#engine/openModels";
import type { OpenModel } from "#protocol/store";
import { type Command, type Options, oneWord, type Terminal, usageError } from "../command.ts";
import { fetchLine } from "../fetchLine.ts";
import { table } from "../table.ts";

export const models: Command = {
	name: "models",
	usage: "list | info <model> | fetch <owner/name>[@revision]",
	summary: "The models on this machine, what one of them is, and more of them from a Hugging Face-compatible host.",
	help: [
		"--host URL         where to fetch from; default: $HF_ENDPOINT, then https://huggingface.co",
		"--token-file FILE  a token for models that are not open to all; default: $HF_TOKEN",
		"Proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. A fetch that was stopped goes on where it was.",
	],
	options: { host: { type: "string" }, "token-file": { type: "string" } },
	async run([verb, ...words], options, terminal) {
		const home = attuneHome();
		switch (verb) {
			case "info":
				return { models: [show(modelInfo(oneWord(words, "a model"), home), terminal)] };
			case "list": {
				const found = listModels(home);
				const names = new Set(found.map(({ name }) => name));
				const open = openModels.filter(({ name }) => !names.has(name));
				terminal.print(table(found.map(({ name, folder }) => [name, folder])));
				terminal.print(`\nOpen models that \`attune models fetch\` brings:\n${table(open.map(openRow))}`);
				return { models: found, open };
			}
			case "fetch":
				return fetch(oneWord(words, "a model's name, owner/name,"), options, terminal);
			default:
				throw usageError("models what? list, info <model> or fetch <owner/name>");
		}
	},
};

async function fetch(repository: string, options: Options, terminal: Terminal): Promise<object> {
	const tokenFile = options.text("token-file");
	const { model, ...fetched } = await fetchModel({
		repository,
		hub: {
			host: options.text("host"),
			tokenFile: tokenFile === undefined ? undefined : resolve(tokenFile),
			environment: process.env,
		},
		home: attuneHome(),
		cancel: terminal.interrupts.cancel,
		onProgress: (progress) => terminal.progress(fetchLine(progress)),
	});
	for (const { path, bytes, how } of fetched.files) terminal.print(`${how.padEnd(8)}  ${path} (${bytes} bytes)`);
	return { models: [show(model, terminal)], fetched };
}

function openRow({ repository, license, diskMiB, context, infilling, chat }: OpenModel): string[] {
	const uses = [infilling ? "fills in" : "", chat ? "chats" : ""].filter(Boolean).join(", ");
	return [repository, license, `${diskMiB} MiB`, `${context} tokens`, uses];
}

function show<T extends object>(info: T, terminal: Terminal): T {
	terminal.print(table(Object.entries(info).map(([name, value]) => [name, said(value)])));
	return info;
}

function said(value: unknown): string {
	if (typeof value !== "object" || value === null) return String(value);
	return Object.entries(value)
		.map(([name, inner]) => `${name} ${inner}`)
		.join(", ");
}
