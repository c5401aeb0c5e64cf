import type { Tokenizer } from "./tokenizer.ts";

/** Prefix-suffix-middle, or suffix-prefix-middle with the prefix right before the middle. */
export type InfillOrder = "psm" | "spm";

/** How a model is asked for the text between a prefix and a suffix; marker ids of one tokenizer. */
export interface InfillFormat {
	readonly family: string;
	readonly prefix: number;
	readonly suffix: number;
	/** Where the middle begins; the prefix marker again in a format that has no third one. */
	readonly middle: number;
	/** Ends the middle in training data; undefined if the vocabulary has no such token. */
	readonly end: number | undefined;
	/** What is served first, then what is trained besides. */
	readonly orders: readonly InfillOrder[];
	/** How files of one repository follow each other, if the model was trained so. */
	readonly repository?: RepositoryFormat;
}

/** `<name>repository`, `nameEnd`, then for each file `<file>path`, a line break, its text. */
export interface RepositoryFormat {
	readonly name: number | undefined;
	readonly nameEnd: string;
	readonly file: number;
}

interface Family {
	readonly family: string;
	readonly prefix: string;
	readonly suffix: string;
	/** Undefined: the prefix comes last and the middle right after it. */
	readonly middle: string | undefined;
	readonly end: string;
	readonly orders: readonly InfillOrder[];
	/** Tells vocabularies with the same markers apart. */
	readonly has?: string;
	readonly repository?: { readonly name: string | undefined; readonly nameEnd: string; readonly file: string };
}

const barred = { prefix: "<|fim_prefix|>", suffix: "<|fim_suffix|>", middle: "<|fim_middle|>" } as const;
const plain = { prefix: "<fim_prefix>", suffix: "<fim_suffix>", middle: "<fim_middle>", end: "<|endoftext|>" } as const;
const qwenRepository = { name: "<|repo_name|>", nameEnd: "\n", file: "<|file_sep|>" } as const;

/**
 * Sources: the starter's own training (tools/pretrain); Qwen2.5-Coder technical report (2409.12186); StarCoder (2305.06161) and
 * StarCoder2 (2402.19173); Code Llama (2308.12950) and its `CodeLlamaTokenizer` in transformers; DeepSeek-Coder (2401.14196), trained
 * on one order only; CodeGemma's prompt structure (ai.google.dev); Granite's model cards; `encode_fim` of mistral-common for Codestral.
 * The first family whose markers a vocabulary has is taken.
 *
 * Suffix first is served wherever it was trained in this layout, because a typed character then changes the last ids alone: by the starter and
 * by StarCoder, whose code (bigcode-project/Megatron-LM) cuts half of its middles so and encodes prefix and middle apart, as they are when
 * somebody types. Code Llama learned it too, but with prefix and middle encoded as one, so that a prefix that ends within a token was never
 * seen: its paper advises the other order. Of Qwen2.5-Coder, StarCoder2, Granite and CodeGemma the reports and cards show one layout only.
 */
const families: readonly Family[] = [
	{
		...{ family: "attune", ...barred, end: "<|endoftext|>", has: "<|assistant|>" },
		...{ orders: ["spm", "psm"], repository: qwenRepository },
	},
	{
		...{ family: "codegemma", ...barred, end: "<|file_separator|>", has: "<|file_separator|>" },
		...{ orders: ["psm"], repository: { name: undefined, nameEnd: "", file: "<|file_separator|>" } },
	},
	{
		...{ family: "granite", ...barred, end: "<|end_of_text|>", has: "<|filename|>" },
		...{ orders: ["psm"], repository: { name: "<|reponame|>", nameEnd: "", file: "<|filename|>" } },
	},
	{ family: "qwen", ...barred, end: "<|endoftext|>", orders: ["psm"], repository: qwenRepository },
	{
		...{ family: "starcoder2", ...plain, has: "<file_sep>", orders: ["psm"] },
		repository: { name: "<repo_name>", nameEnd: "", file: "<file_sep>" },
	},
	{
		...{ family: "starcoder", ...plain, orders: ["spm", "psm"] },
		repository: { name: "<reponame>", nameEnd: "", file: "<filename>" },
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
	{ family: "codestral", prefix: "[PREFIX]", suffix: "[SUFFIX]", middle: undefined, end: "</s>", orders: ["spm"] },
];

/** Every spelling of a marker, in any family: what no completion may show. */
export const markerSpellings: readonly string[] = [
	...new Set(
		families.flatMap(({ prefix, suffix, middle, end, repository }) =>
			[prefix, suffix, middle, end, repository?.name, repository?.file].filter((token) => token !== undefined),
		),
	),
];

/**
 * The format whose three markers the vocabulary has, or undefined. A vocabulary may have markers that its model never
 * learned (plain Qwen2.5): whether infilling works is for measurement to say.
 */
export function detectInfillFormat(tokenizer: Tokenizer): InfillFormat | undefined {
	for (const { family, orders, has, repository, ...markers } of families) {
		const prefix = tokenizer.special(markers.prefix);
		const suffix = tokenizer.special(markers.suffix);
		const middle = markers.middle === undefined ? prefix : tokenizer.special(markers.middle);
		if (prefix === undefined || suffix === undefined || middle === undefined) continue;
		if (has !== undefined && tokenizer.special(has) === undefined) continue;
		const [anyEnd] = tokenizer.endOfText;
		const end = tokenizer.special(markers.end) ?? anyEnd;
		const file = repository === undefined ? undefined : tokenizer.special(repository.file);
		const format = { family, prefix, suffix, middle, end, orders };
		if (repository === undefined || file === undefined) return format;
		const name = repository.name === undefined ? undefined : tokenizer.special(repository.name);
		return { ...format, repository: { name, nameEnd: repository.nameEnd, file } };
	}
	return undefined;
}

/** Ids an infilling prompt adds, at most, to the prefix, the suffix and the document start. */
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
	const opens = format.middle !== format.prefix;
	const markers = opens ? infillMarkers : infillMarkers - 1;
	const tokens = new Int32Array(start.length + markers + prefix.length + suffix.length);
	let length = 0;
	const put = (ids: ArrayLike<number>): number => {
		tokens.set(ids, length);
		length += ids.length;
		return length - ids.length;
	};
	put(start);
	if (opens) put([format.prefix]);
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
