/** A conversation cut to a model's context: whole turns go, the oldest first, and it is said how many. */
import { AttuneError } from "#base/errors";
import type { ChatFormat, ChatMessage } from "#text/chatTemplate";

export interface ChatWindow {
	readonly prompt: Int32Array;
	/** Messages at the beginning, system messages apart, that the model does not see any more. */
	readonly dropped: number;
}

/**
 * The prompt of `messages`, the last of which is the question, with room for an answer of `reserve` of the `context` tokens. System
 * messages at the beginning stay. Throws AttuneError "usage" with the counts if the question alone is too long.
 */
export function fitWindow(
	messages: readonly ChatMessage[],
	format: ChatFormat,
	context: number,
	reserve: number,
): ChatWindow {
	const first = messages.findIndex(({ role }) => role !== "system");
	const system = messages.slice(0, Math.max(0, first));
	const turns = messages.slice(system.length);
	for (let dropped = 0; ; ) {
		const prompt = format.prompt([...system, ...turns.slice(dropped)]);
		if (prompt.length + reserve <= context) return { prompt, dropped };
		const next = turns.findIndex(({ role }, i) => i > dropped && role === "user");
		if (next < 0) throw tooLong(prompt.length, context, reserve);
		dropped = next;
	}
}

/** Tokens kept free for an answer of up to `maxTokens`. */
export function reserveFor(maxTokens: number, context: number): number {
	return Math.min(maxTokens, Math.floor(context / 4));
}

/** For the words around parts of a project. */
const headingTokens = 16;

/** Tokens that `messages` leave for parts of the project beside them, at most `share` of the context: they never make a question too long. */
export function roomBeside(
	messages: readonly ChatMessage[],
	{ format, context, maxTokens }: { readonly format: ChatFormat; readonly context: number; readonly maxTokens: number },
	share: number,
): number {
	const left = context - reserveFor(maxTokens, context) - format.prompt(messages).length - headingTokens;
	return Math.max(0, Math.min(left, Math.floor(context * share)));
}

function tooLong(tokens: number, context: number, reserve: number): AttuneError {
	return new AttuneError(
		"usage",
		`the message has ${tokens} tokens; this model takes ${context}, ${reserve} of them for its answer`,
		{ remedy: "Ask about a smaller part, or choose a model with a longer context." },
	);
}
