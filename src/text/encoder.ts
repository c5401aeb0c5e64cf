import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { defined } from "#base/assert";
import { messageOf } from "#base/errors";
import type { Fields } from "#base/fields";
import { makeBpe } from "./bpe.ts";
import { type Place, parsePreTokenizer, type Stage, wordStage } from "./preTokenizer.ts";
import type { AddedToken, TokenizerJson } from "./tokenizerJson.ts";

/** Text to ids, without BOS or EOS and without ever making a control token. */
export interface Encoder {
	readonly byteLevel: boolean;
	/** `place`: where the text stands; it decides whether a space is put before it. */
	encode(text: string, place: Place): Int32Array;
}

/** Pieces remembered before all are forgotten: about 20 MB. */
const rememberedPieces = 100_000;
/** Longer pieces hardly ever come again. */
const rememberedLength = 100;

/** The library normalises and translates patterns; cutting, added tokens, merging and remembering are here. */
export function makeEncoder(json: TokenizerJson): Encoder {
	const { stages, byteLevel, addsSpace } = parsePreTokenizer(json.fields.nested("pre_tokenizer"));
	const words = byteLevel || json.model["ignore_merges"] === true ? undefined : wordStage(json.vocabulary.keys());
	const normalize = makeNormalizer(json.fields, json.normalizer);
	const normalizeOn = makeNormalizer(json.fields, withoutPrepend(json.normalizer));
	const all = words === undefined ? stages : [...stages, words];
	// What comes after two cuts is short and comes again: its further cuts are remembered with its ids, wherever it stands.
	const head = addsSpace ? all : all.slice(0, 2);
	const tail = all.slice(head.length);
	const bpe = makeBpe(json, byteLevel);
	const pieceIds = remember((piece) =>
		tail.length === 0 ? bpe(piece) : concatenate(cut(piece, tail, "later").map(bpe)),
	);
	const raw = makeSplitter(json.added.filter(({ control, normalized }) => !control && !normalized));
	const normalized = makeSplitter(
		json.added.filter(({ control, normalized }) => !control && normalized),
		normalize,
	);
	return {
		byteLevel,
		encode(text, from) {
			const ids: number[] = [];
			let place = from;
			for (const section of raw(text)) {
				const normal = place === "continuing" ? normalizeOn : normalize;
				for (const part of typeof section === "number" ? [section] : normalized(normal(section))) {
					if (typeof part === "number") ids.push(part);
					else for (const piece of cut(part, head, place)) for (const id of pieceIds(piece)) ids.push(id);
					place = "later";
				}
			}
			return Int32Array.from(ids);
		},
	};
}

function cut(text: string, stages: readonly Stage[], place: Place): readonly string[] {
	let pieces: readonly string[] = text === "" ? [] : [text];
	for (const stage of stages) {
		if (pieces.length === 1) pieces = stage(pieces[0] as string, place);
		else pieces = pieces.flatMap((piece, i) => stage(piece, i === 0 ? place : "later") as string[]);
	}
	return pieces;
}

function concatenate(parts: readonly Int32Array[]): Int32Array {
	const whole = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

function remember(compute: (piece: string) => Int32Array): (piece: string) => Int32Array {
	const known = new Map<string, Int32Array>();
	return (piece) => {
		const found = known.get(piece);
		if (found !== undefined) return found;
		const ids = compute(piece);
		if (piece.length > rememberedLength) return ids;
		if (known.size >= rememberedPieces) known.clear();
		known.set(piece, ids);
		return ids;
	};
}

/** The library's normalizer. It gets no vocabulary: merging is done here, and no text may spell an added token. */
function makeNormalizer(fields: Fields, normalizer: unknown): (text: string) => string {
	if (normalizer === undefined || normalizer === null) return (text) => text;
	const model = { type: "BPE", vocab: {}, merges: [] };
	const bare = { model, normalizer, added_tokens: [], pre_tokenizer: null, post_processor: null, decoder: null };
	try {
		const library = defined(new LibraryTokenizer(bare, {}).normalizer, "normalizer");
		return (text) => (text === "" ? text : library.normalize(text));
	} catch (error) {
		return fields.fail(`the normalizer cannot be built (${messageOf(error)})`);
	}
}

/** The same normalizer, except that it puts nothing before a text. */
function withoutPrepend(normalizer: unknown): unknown {
	const { type, normalizers } = (normalizer ?? {}) as { type?: string; normalizers?: readonly unknown[] };
	if (type === "Prepend") return undefined;
	if (type !== "Sequence" || normalizers === undefined) return normalizer;
	return { type, normalizers: normalizers.map(withoutPrepend).filter((part) => part !== undefined) };
}

/** Cuts the ids of `tokens` out of a text, the longest first at every place; in between the text stays. */
function makeSplitter(
	tokens: readonly AddedToken[],
	normalize = (text: string) => text,
): (text: string) => readonly (string | number)[] {
	if (tokens.length === 0) return (text) => [text];
	const ids = new Map(tokens.map(({ content, id }) => [normalize(content), id]));
	const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length);
	const pattern = new RegExp(
		longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"),
		"g",
	);
	return (text) => {
		const parts: (string | number)[] = [];
		let end = 0;
		for (const match of text.matchAll(pattern)) {
			if (match.index > end) parts.push(text.slice(end, match.index));
			parts.push(defined(ids.get(match[0]), "id of an added token"));
			end = match.index + match[0].length;
		}
		if (end < text.length) parts.push(text.slice(end));
		return parts;
	};
}
