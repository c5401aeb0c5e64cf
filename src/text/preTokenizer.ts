import { SplitPreTokenizer } from "@huggingface/tokenizers";
import { messageOf } from "#base/errors";
import type { Fields } from "#base/fields";
import { nestedList } from "./tokenizerJson.ts";

/** Cuts text into the pieces that BPE never merges across. */
export type Stage = (text: string, place: Place) => readonly string[];

/** Where a text stands: it begins the document, it goes on after a cut or an added token, or it goes on where another text broke off. */
export type Place = "first" | "later" | "continuing";

export interface PreTokenizer {
	readonly stages: readonly Stage[];
	/** Whether pieces become the 256 letters that stand for bytes. */
	readonly byteLevel: boolean;
	/** Whether a space that was not there may open the first piece. */
	readonly addsSpace: boolean;
}

/**
 * The `pre_tokenizer` of a tokenizer.json. The patterns of Split are translated by the library. The rest is here, because the library
 * (0.2.0) differs from Python's tokenizers: its Digits know ASCII digits alone, its ByteLevel takes U+FEFF for white space and
 * U+0085 not, its Metaspace never splits, its Split drops what lies between inverted matches.
 */
export function parsePreTokenizer(fields: Fields | undefined): PreTokenizer {
	if (fields === undefined) return { stages: [], byteLevel: false, addsSpace: false };
	const type = fields.string("type");
	switch (type) {
		case "Sequence":
			return joinParts(nestedList(fields, "pretokenizers").map(parsePreTokenizer));
		case "Split":
			return { stages: [splitStage(fields)], byteLevel: false, addsSpace: false };
		case "Digits":
			return { stages: [digitStage(fields.boolean("individual_digits", false))], byteLevel: false, addsSpace: false };
		case "ByteLevel":
			if (fields.boolean("add_prefix_space", true))
				fields.unsupported("a ByteLevel pre-tokenizer with add_prefix_space is not supported");
			return { stages: fields.boolean("use_regex", true) ? [isolate(gpt2)] : [], byteLevel: true, addsSpace: false };
		case "Metaspace":
			return metaspace(fields);
		default:
			return fields.unsupported(`a pre-tokenizer ${type} is not supported`);
	}
}

function joinParts(parts: readonly PreTokenizer[]): PreTokenizer {
	return {
		stages: parts.flatMap(({ stages }) => stages),
		byteLevel: parts.some(({ byteLevel }) => byteLevel),
		addsSpace: parts.some(({ addsSpace }) => addsSpace),
	};
}

/** GPT-2's pattern as Rust reads it: white space is the Unicode property, which is not what `\s` is in JavaScript. */
const gpt2 =
	/'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function splitStage(fields: Fields): Stage {
	const behaviour = fields.string("behavior");
	const invert = fields.boolean("invert", false);
	const pattern = compile(fields);
	if (behaviour === "Isolated") return isolate(pattern);
	if (behaviour !== "Removed")
		return fields.unsupported(`a Split pre-tokenizer with behavior ${behaviour} is not supported`);
	return invert ? (text) => nonEmpty(text.match(pattern) ?? []) : (text) => nonEmpty(text.split(pattern));
}

function compile(fields: Fields): RegExp {
	const pattern = fields.nested("pattern") ?? fields.fail('"pattern" is missing');
	if (!pattern.has("String") && !pattern.has("Regex")) pattern.fail("the pattern is neither String nor Regex");
	let compiled: RegExp | null;
	try {
		compiled = new SplitPreTokenizer({ type: "Split", pattern: pattern.object, invert: true } as never).pattern;
	} catch (error) {
		return pattern.unsupported(`a pattern of the pre-tokenizer cannot be translated (${messageOf(error)})`);
	}
	if (compiled === null) return pattern.fail("the pattern is neither String nor Regex");
	// A group that captures would add pieces to `split`.
	if (new RegExp(`${compiled.source}|`, compiled.flags.replace("g", "")).exec("")?.length !== 1) {
		return pattern.unsupported("a pattern of the pre-tokenizer with capturing groups is not supported");
	}
	return compiled;
}

/** Matches and what lies between them, all of the text. */
function isolate(pattern: RegExp): Stage {
	return (text) => {
		const matches = text.match(pattern);
		if (matches === null) return text === "" ? [] : [text];
		let length = 0;
		for (const match of matches) length += match.length;
		return length === text.length ? nonEmpty(matches) : withGaps(text, pattern);
	};
}

function withGaps(text: string, pattern: RegExp): string[] {
	const pieces: string[] = [];
	let end = 0;
	for (const match of text.matchAll(pattern)) {
		pieces.push(text.slice(end, match.index), match[0]);
		end = match.index + match[0].length;
	}
	pieces.push(text.slice(end));
	return nonEmpty(pieces);
}

function nonEmpty(pieces: string[]): string[] {
	return pieces.includes("") ? pieces.filter((piece) => piece !== "") : pieces;
}

/** Rust's `is_numeric` is the Unicode categories Nd, Nl and No together. */
function digitStage(individual: boolean): Stage {
	const pattern = individual ? /\p{N}|\P{N}+/gu : /\p{N}+|\P{N}+/gu;
	return (text) => text.match(pattern) ?? [];
}

const metaspaceMark = "▁";

function metaspace(fields: Fields): PreTokenizer {
	const mark = fields.string("replacement", metaspaceMark);
	if (mark !== metaspaceMark)
		fields.unsupported(`a Metaspace pre-tokenizer with ${JSON.stringify(mark)} is not supported`);
	const fallback = fields.boolean("add_prefix_space", true) ? "always" : "never";
	const scheme = fields.string("prepend_scheme", fallback);
	if (!["always", "first", "never"].includes(scheme))
		fields.fail(`prepend_scheme ${JSON.stringify(scheme)} is unknown`);
	const split = fields.boolean("split", true);
	const opens = { first: scheme !== "never", later: scheme === "always", continuing: false };
	const stage: Stage = (text, place) => {
		const marked = text.replaceAll(" ", mark);
		const whole = opens[place] && !marked.startsWith(mark) ? mark + marked : marked;
		return split ? nonEmpty(whole.match(/▁[^▁]*|[^▁]+/gu) ?? []) : [whole];
	};
	return { stages: [stage], byteLevel: false, addsSpace: scheme !== "never" };
}

/**
 * A stage that cuts before every mark, where that changes no id: merges never reach over a cut if no token holds a mark after another
 * letter. Without it a Llama 2 file is one piece, and nothing can be remembered.
 */
export function wordStage(vocabulary: Iterable<string>): Stage | undefined {
	const tokens = new Set(vocabulary);
	if (!tokens.has(metaspaceMark)) return undefined;
	for (const token of tokens) if (/[^▁]▁/u.test(token)) return undefined;
	return (text) => text.match(/▁+[^▁]*|[^▁]+/gu) ?? [];
}
