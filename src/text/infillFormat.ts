import type { Tokenizer } from "./tokenizer.ts";

/** Prefix-suffix-middle, or suffix-prefix-middle with the prefix right before the middle. */
export type InfillOrder = "psm" | "spm";

/** How a model is asked for the text between a prefix and a suffix; marker ids of one tokenizer. */
export interface InfillFormat {
	readonly family: string;
	readonly prefix: number;
	readonly suffix: number;
	readonly middle: number;
	/** Ends the middle in training data; undefined if the vocabulary has no such token. */
	readonly end: number | undefined;
	/** What is served first, then what is trained besides. */
	readonly orders: readonly InfillOrder[];
}

interface Family {
	readonly family: string;
	readonly prefix: string;
	readonly suffix: string;
	readonly middle: string;
	readonly end: string;
	readonly orders: readonly InfillOrder[];
}

/**
 * Sources: Qwen2.5-Coder technical report (2409.12186); StarCoder (2305.06161); Code Llama (2308.12950) and its
 * `CodeLlamaTokenizer` in transformers; DeepSeek-Coder (2401.14196), trained on one order only.
 */
const families: readonly Family[] = [
	{
		family: "qwen",
		prefix: "<|fim_prefix|>",
		suffix: "<|fim_suffix|>",
		middle: "<|fim_middle|>",
		end: "<|endoftext|>",
		orders: ["psm", "spm"],
	},
	{
		family: "starcoder",
		prefix: "<fim_prefix>",
		suffix: "<fim_suffix>",
		middle: "<fim_middle>",
		end: "<|endoftext|>",
		orders: ["psm", "spm"],
	},
	{
		family: "deepseek",
		prefix: "<｜fim▁begin｜>",
		suffix: "<｜fim▁hole｜>",
		middle: "<｜fim▁end｜>",
		end: "<｜end▁of▁sentence｜>",
		orders: ["psm"],
	},
	{
		family: "codellama",
		prefix: "▁<PRE>",
		suffix: "▁<SUF>",
		middle: "▁<MID>",
		end: "▁<EOT>",
		orders: ["psm", "spm"],
	},
];

/**
 * The format whose three markers the vocabulary has, or undefined. A vocabulary may have markers that its model never
 * learned (plain Qwen2.5): whether infilling works is for measurement to say.
 */
export function detectInfillFormat(tokenizer: Tokenizer): InfillFormat | undefined {
	for (const { family, orders, ...markers } of families) {
		const prefix = tokenizer.special(markers.prefix);
		const suffix = tokenizer.special(markers.suffix);
		const middle = tokenizer.special(markers.middle);
		if (prefix === undefined || suffix === undefined || middle === undefined) continue;
		const [anyEnd] = tokenizer.endOfText;
		return { family, prefix, suffix, middle, end: tokenizer.special(markers.end) ?? anyEnd, orders };
	}
	return undefined;
}

/** Ids an infilling prompt adds to the prefix, the suffix and the document start. */
export const infillMarkers = 3;

export interface InfillPrompt {
	readonly tokens: Int32Array;
	/** Where the prefix text begins in `tokens`. */
	readonly prefixAt: number;
}

/** The ids after which the model writes the middle. `start` is the tokenizer's `documentStart`. */
export function infillPrompt(
	format: InfillFormat,
	order: InfillOrder,
	start: readonly number[],
	prefix: ArrayLike<number>,
	suffix: ArrayLike<number>,
): InfillPrompt {
	const tokens = new Int32Array(start.length + infillMarkers + prefix.length + suffix.length);
	let length = 0;
	const put = (ids: ArrayLike<number>): number => {
		tokens.set(ids, length);
		length += ids.length;
		return length - ids.length;
	};
	put(start);
	put([format.prefix]);
	let prefixAt: number;
	if (order === "psm") {
		prefixAt = put(prefix);
		put([format.suffix]);
		put(suffix);
		put([format.middle]);
	} else {
		put([format.suffix]);
		put(suffix);
		put([format.middle]);
		prefixAt = put(prefix);
	}
	return { tokens, prefixAt };
}
