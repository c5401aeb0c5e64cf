/** Says what a part of a file does: a selection, a declaration, what a tool complains about, or all of it. */

import { answer, type ChatEnd } from "#assist/chat";
import { roomBeside } from "#assist/chatWindow";
import type { Sampling } from "#assist/decoder";
import { type ExplainFile, type ExplainTarget, explainPrompt, findExplained } from "#assist/explain";
import { showContext } from "#assist/retrieval";
import { readAllowed } from "./allowedFile.ts";
import type { ContextShown } from "./chat.ts";
import { ChatContext } from "./chatContext.ts";
import { type ChatModelOptions, type OpenChatModel, openChatModel } from "./chatModel.ts";

export interface ExplainRequest extends ChatModelOptions {
	readonly file: string;
	readonly part: ExplainTarget;
	/** Folders to look up what the code uses; only models with a long context are shown it. */
	readonly roots: readonly string[];
	readonly onNotice: (notice: string) => void;
	/** The explanation as it is made; the next piece waits for what it returns. */
	readonly onText: (text: string) => void | Promise<void>;
}

export interface Explanation {
	readonly text: string;
	readonly reason: ChatEnd;
	readonly model: string;
	/** What it is about, then what else the model was shown. */
	readonly context: readonly ContextShown[];
	readonly notice: string | undefined;
	readonly tokens: number;
	readonly milliseconds: { readonly load: number; readonly prompt: number; readonly decode: number };
}

/** Of a model that was never taught to end its answers. */
const mostPlainTokens = 128;
const mostItems = 4;
const contextShare = 1 / 4;

export async function explain(request: ExplainRequest): Promise<Explanation> {
	const started = performance.now();
	const file = await readAllowed(request.file);
	// Before a model is opened for nothing.
	findExplained(file, request.part);
	const model = await openChatModel(request);
	try {
		const wanted = model.style === "full" && request.roots.length > 0;
		const project = wanted ? await ChatContext.open(request.roots, request.home, request.cancel) : undefined;
		const load = performance.now() - started;
		const { milliseconds, ...explanation } = await explainPart(file, request.part, { ...request, model, project });
		return { ...explanation, milliseconds: { load, ...milliseconds } };
	} finally {
		await model.release();
	}
}

export interface ExplainWith extends Pick<ExplainRequest, "cancel" | "onNotice" | "onText"> {
	readonly model: OpenChatModel;
	readonly project: ChatContext | undefined;
	/** Undefined: what is likeliest is said. */
	readonly sampled?: Sampling | undefined;
}

/** The same with a model that is resident already, of a file as the editor has it. */
export async function explainPart(
	file: ExplainFile,
	part: ExplainTarget,
	{ model, project, cancel, sampled, onNotice, onText }: ExplainWith,
): Promise<Omit<Explanation, "milliseconds"> & { readonly milliseconds: Omit<Explanation["milliseconds"], "load"> }> {
	const started = performance.now();
	const { style, decoder, tokenizer, format } = model;
	const found = findExplained(file, part);
	const without = { path: file.path, from: found.lines[0] - 1, to: found.lines[1] - 1 };
	const question = `${found.message ?? ""}\n${found.code}`;
	const items = style === "full" ? (project?.find(question, mostItems, without) ?? []) : [];
	const { notice = model.notice, sampling, ...alone } = explainPrompt(found, file, style, "");
	const maxTokens = format.kind === "plain" ? Math.min(mostPlainTokens, alone.maxTokens) : alone.maxTokens;
	const room = roomBeside(alone.messages, { format, context: decoder.context, maxTokens }, contextShare);
	const shown = showContext(items, room, tokenizer);
	const { messages } = explainPrompt(found, file, style, shown.text);
	if (notice !== undefined) onNotice(notice);
	let first = 0;
	let text = "";
	let end: { readonly reason: ChatEnd; readonly tokens: number } = { reason: "finished", tokens: 0 };
	const options = { sampling: sampled ?? sampling, maxTokens, sequence: "explain" };
	for await (const event of answer(messages, model, options, cancel)) {
		first ||= performance.now();
		if (event.kind === "text") {
			text += event.text;
			await onText(event.text);
		} else if (event.kind === "end") end = event;
	}
	return {
		...{ text: text.trim(), reason: end.reason, model: model.name, notice, tokens: end.tokens },
		context: [{ path: file.path, lines: found.lines }, ...shown.used.map(({ path, lines }) => ({ path, lines }))],
		milliseconds: { prompt: first - started, decode: performance.now() - first },
	};
}
