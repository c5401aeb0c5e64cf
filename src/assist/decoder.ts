/** What completion, chat and explanations need of a model that writes; `runtime` implements it. */
import type { CancelToken } from "#base/cancel";

/** How the next token is drawn from the model's distribution. Filters apply in the order of their fields. */
export interface Sampling {
	/** 0 takes the most likely token; no other field matters then, but those against repetition. */
	readonly temperature: number;
	/** Keeps the k most likely tokens; 0 keeps all. */
	readonly topK: number;
	/** Keeps the fewest tokens whose probabilities sum to this; 1 keeps all. */
	readonly topP: number;
	/** Keeps tokens at least this share of the most likely one's probability; 0 keeps all. */
	readonly minP: number;
	/** Divides positive logits (multiplies negative ones) of tokens already present; 1 does nothing (CTRL, 1909.05858). */
	readonly repetitionPenalty: number;
	/** So many tokens in a row occur no more than once in what is written (transformers' `no_repeat_ngram_size`, without the prompt). */
	readonly noRepeatNgram?: number;
	readonly seed: number;
}

export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };

export interface DecodeRequest {
	/** The whole prompt; what a sequence of the same name already holds of it is not read again. */
	readonly prompt: Int32Array;
	readonly maxTokens: number;
	readonly sampling: Sampling;
	/** Ids that end the text; the one met is not given. */
	readonly stop: readonly number[];
	/** Name of the sequence whose keys and values are reused and kept, such as "file:/src/a.ts" or "chat:3". */
	readonly sequence: string;
	/** Text to draft from, most likely first; the tokens given are the same without it. */
	readonly drafts?: readonly Int32Array[];
	/** Awaited before each token and each part of the prompt's work: resolves when nothing more urgent is under way. */
	readonly yieldTo?: () => Promise<void>;
}

export interface DecodedToken {
	readonly id: number;
	/** Natural logarithm of its probability before temperature and filters. */
	readonly logProbability: number;
}

export interface Decoder {
	/** Positions a sequence may hold, prompt and answer together. */
	readonly context: number;
	/**
	 * Tokens as they are made. Leaving the loop ends decoding; a cancelled token ends it within one decoded token or
	 * as much of the prompt as takes that long, by `AttuneError("cancelled")`.
	 */
	decode(request: DecodeRequest, cancel: CancelToken): AsyncIterable<DecodedToken>;
}
