import { resolve } from "node:path";
import { ProjectChat } from "#engine/chat";
import { chooseDevice } from "#engine/device";
import { attuneHome } from "#engine/home";
import { type Command, type Terminal, usageError } from "../command.ts";
import { converse, describePart, tell } from "../converse.ts";

export const chat: Command = {
	name: "chat",
	usage: "[--prompt TEXT] [<folder>...] [options]",
	summary: "Answers a question, or converses until you leave, with parts of the project that fit the question.",
	help: [
		"--prompt TEXT  one question; without it, questions are read line by line",
		"--adapter DIR  an adapter of the project; --model M, --device D, --threads N as elsewhere",
		"--tokens N     most tokens of an answer; default 512",
		"--seed N       default 42",
	],
	options: {
		prompt: { type: "string" },
		adapter: { type: "string" },
		model: { type: "string" },
		device: { type: "string" },
		threads: { type: "string" },
		tokens: { type: "string" },
		seed: { type: "string" },
	},
	async run(words, options, terminal) {
		const started = performance.now();
		const prompt = options.text("prompt");
		if (prompt === undefined && terminal.json) throw usageError("--json needs --prompt");
		const adapter = options.text("adapter");
		const opened = await ProjectChat.open({
			...{ model: options.text("model"), home: attuneHome(), cancel: terminal.interrupts.cancel },
			roots: words.map((word) => resolve(word)),
			adapter: adapter === undefined ? undefined : resolve(adapter),
			target: await chooseDevice(options.text("device") ?? "cpu", options.number("threads", 1)),
			seed: options.number("seed", 0) ?? 42,
			maxTokens: options.number("tokens", 1) ?? 512,
		});
		try {
			if (opened.notice !== undefined) terminal.note(opened.notice);
			if (prompt !== undefined) return await answerOnce(opened, prompt, started, terminal);
			await converse(opened, terminal, { input: process.stdin, output: process.stdout });
			return {};
		} finally {
			await opened.release();
		}
	},
};

async function answerOnce(opened: ProjectChat, prompt: string, started: number, terminal: Terminal): Promise<object> {
	const loaded = performance.now();
	let first = 0;
	let text = "";
	let result: object = {};
	let context: readonly { readonly path: string; readonly lines: readonly [number, number] }[] = [];
	for await (const event of opened.ask(prompt, terminal.interrupts.cancel)) {
		if (event.kind === "context") context = event.context;
		else {
			first ||= performance.now();
			tell(event, terminal);
		}
		if (event.kind === "text") text += event.text;
		if (event.kind === "end") result = { reason: event.reason, tokens: event.tokens, promptTokens: event.promptTokens };
	}
	terminal.write("\n");
	if (context.length > 0) terminal.note(`read: ${context.map(describePart).join(", ")}`);
	return {
		...{ text, ...result, context, model: opened.model, notice: opened.notice },
		milliseconds: { load: loaded - started, prompt: first - loaded, decode: performance.now() - first },
	};
}
