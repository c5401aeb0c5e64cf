/** A conversation with a model: streamed answers, regenerated or taken back, within the model's context. */
import type { CancelToken } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { hashString } from "#base/random";
import type { ChatFormat, ChatMessage } from "#text/chatTemplate";
import { Reasoning } from "#text/reasoning";
import type { Tokenizer } from "#text/tokenizer";
import { createChatText } from "./chatText.ts";
import { fitWindow, reserveFor, roomBeside } from "./chatWindow.ts";
import type { Decoder, Sampling } from "./decoder.ts";

export interface ChatModel {
	readonly decoder: Decoder;
	readonly tokenizer: Tokenizer;
	readonly format: ChatFormat;
}

export interface ChatOptions {
	/** Names the keys and values that are kept between questions. */
	readonly sequence: string;
	readonly sampling: Sampling;
	/** Most tokens of one answer; fewer where the context is small. */
	readonly maxTokens: number;
	/** What the model is told before everything else; "" is nothing. */
	readonly system: string;
}

export type ChatEvent =
	/** Before any text: so many messages at the beginning no longer fit the model's context. */
	| { readonly kind: "dropped"; readonly messages: number }
	| { readonly kind: "text"; readonly text: string }
	| { readonly kind: "end"; readonly reason: ChatEnd; readonly tokens: number; readonly promptTokens: number };

/** Tokens that a model which is made to think first may think before its answer. */
const mostReasoning = 2048;

/** The model ended, or the answer reached its length. */
export type ChatEnd = "finished" | "length";

/** How answers are drawn unless told otherwise: lively enough that another seed gives another answer. */
export const chatSampling: Sampling = {
	...{ temperature: 0.7, topK: 40, topP: 0.9, minP: 0.02 },
	...{ repetitionPenalty: 1.05, seed: 42 },
};

/**
 * Answers `messages`, whose last is a question. Text comes as it is made and no faster than it is read; leaving the loop, or
 * cancelling, ends the work within one token. Throws AttuneError "usage" (too long), "config" (template), "cancelled".
 */
export async function* answer(
	messages: readonly ChatMessage[],
	model: ChatModel,
	options: Omit<ChatOptions, "system">,
	cancel: CancelToken,
): AsyncGenerator<ChatEvent, void, undefined> {
	const { decoder, tokenizer, format } = model;
	const reserve = reserveFor(options.maxTokens, decoder.context);
	const { prompt, dropped } = fitWindow(messages, format, decoder.context, reserve);
	if (dropped > 0) yield { kind: "dropped", messages: dropped };
	const room = decoder.context - prompt.length;
	const most = Math.min(options.maxTokens, room);
	const reasoning = new Reasoning(format.reasoning, prompt);
	const maxTokens = reasoning.inside ? Math.min(most + mostReasoning, room) : most;
	const { sampling, sequence } = options;
	const request = { prompt, maxTokens, sampling, stop: format.stop, sequence };
	// What is likeliest often stands in the prompt already: it is drafted from there. What is drawn seldom does.
	const asked = sampling.temperature === 0 ? { ...request, drafts: [] } : request;
	const text = createChatText(tokenizer, format.stopTexts);
	let [tokens, written] = [0, 0];
	for await (const { id } of decoder.decode(asked, cancel)) {
		written++;
		if (reasoning.takes(id)) continue;
		tokens++;
		const shown = text.push(id);
		if (shown !== "") yield { kind: "text", text: shown };
		if (text.stopped || tokens === most) break;
	}
	const rest = text.end();
	if (rest !== "") yield { kind: "text", text: rest };
	const reason: ChatEnd = !text.stopped && (tokens >= most || written >= maxTokens) ? "length" : "finished";
	yield { kind: "end", reason, tokens, promptTokens: prompt.length };
}

/** What was said, and the next answer to it. One answer at a time. */
export class Chat {
	readonly #model: ChatModel;
	readonly #options: ChatOptions;
	#messages: readonly ChatMessage[];
	#attempts = 0;

	/** `messages`: of an earlier time, to go on with. */
	constructor(model: ChatModel, options: ChatOptions, messages: readonly ChatMessage[] = []) {
		this.#model = model;
		this.#options = options;
		this.#messages = messages;
	}

	/** Questions and answers as they were said. */
	get messages(): readonly ChatMessage[] {
		return this.#messages;
	}

	/**
	 * Asks. The model sees `context` before the question this once. What was answered when it ends, or is cancelled, is kept; a
	 * question without any answer is not.
	 */
	async *ask(question: string, context: string, cancel: CancelToken): AsyncGenerator<ChatEvent, void, undefined> {
		const { sampling } = this.#options;
		if (question.trim() === "") throw new AttuneError("usage", "the question is empty", { remedy: "Ask something." });
		const before = this.#messages;
		const content = context === "" ? question : `${context}\n\n${question}`;
		const seed = hashString(`${before.length}:${this.#attempts}`, sampling.seed);
		const options = { ...this.#options, sampling: { ...sampling, seed } };
		let said = "";
		try {
			for await (const event of answer(this.#asked(before, content), this.#model, options, cancel)) {
				if (event.kind === "text") said += event.text;
				yield event;
			}
		} finally {
			if (said !== "")
				this.#messages = [...before, { role: "user", content: question }, { role: "assistant", content: said }];
		}
	}

	/** Tokens for a context of `question`, at most `share` of the model's: with it the question fits as it does alone. */
	roomFor(question: string, share: number): number {
		const { format, decoder } = this.#model;
		const { maxTokens } = this.#options;
		return roomBeside(this.#asked([], question), { format, context: decoder.context, maxTokens }, share);
	}

	#asked(before: readonly ChatMessage[], content: string): readonly ChatMessage[] {
		const { system } = this.#options;
		const head: ChatMessage[] = system === "" ? [] : [{ role: "system", content: system }];
		return [...head, ...before, { role: "user", content }];
	}

	/** Another answer to the last question, by another seed. */
	async *regenerate(context: string, cancel: CancelToken): AsyncGenerator<ChatEvent, void, undefined> {
		const kept = this.#messages;
		const question = this.takeBack();
		if (question === undefined)
			throw new AttuneError("usage", "there is no answer to give anew", { remedy: "Ask something first." });
		this.#attempts++;
		try {
			yield* this.ask(question, context, cancel);
		} finally {
			// Nothing came in its place.
			if (this.#messages.length < kept.length) this.#messages = kept;
		}
	}

	/** Forgets the last question and its answer, and returns the question; undefined if there is none. */
	takeBack(): string | undefined {
		const at = this.#messages.findLastIndex(({ role }) => role === "user");
		const question = this.#messages[at]?.content;
		if (at >= 0) this.#messages = this.#messages.slice(0, at);
		return question;
	}

	clear(): void {
		this.#messages = [];
		this.#attempts = 0;
	}
}
