import type { Tokenizer } from "#text/tokenizer";
import type { TokenWindow } from "./learner.ts";
import type { SourceFile } from "./source.ts";

/** A file as token ids: all the policy keeps of it. */
export interface TokenDocument {
	readonly path: string;
	readonly language: string;
	readonly modifiedMs: number;
	/** UTF-8 length of the text. */
	readonly bytes: number;
	/** The tokenizer's document start, then the text. */
	readonly tokens: Int32Array;
	/** Index of the first token of the text. */
	readonly textFrom: number;
}

/** Token indices `[from, to)` of one document. */
export interface TokenRange {
	readonly from: number;
	readonly to: number;
	/** Context is read from here on, never from before: what lies before belongs to another role. */
	readonly contextFrom: number;
}

/** A window and where it comes from. */
export interface SourceWindow {
	readonly window: TokenWindow;
	readonly path: string;
	readonly language: string;
	/** Among the windows of its document. */
	readonly index: number;
}

export function tokenizeFile(file: SourceFile, tokenizer: Tokenizer): TokenDocument {
	const text = tokenizer.encode(file.text);
	const start = tokenizer.documentStart;
	const tokens = new Int32Array(start.length + text.length);
	tokens.set(start);
	tokens.set(text, start.length);
	const { path, language, modifiedMs, bytes } = file;
	return { path, language, modifiedMs, bytes, tokens, textFrom: start.length };
}

export function wholeRange(document: TokenDocument): TokenRange {
	return { from: document.textFrom, to: document.tokens.length, contextFrom: 0 };
}

/**
 * Windows that score every token of the range exactly once, each at most `capacity + 1` ids long. All but the first
 * repeat an eighth of a window as unscored head, so that no token is surprising only because a window begins there;
 * lengths are even, so that no tiny last window weighs as much as a full one. With nothing before it (a tokenizer
 * without BOS) the first token of a document has no prediction and is not scored. `tokens` are views of the document.
 */
export function cutWindows(
	document: TokenDocument,
	range: TokenRange,
	capacity: number,
	tokenizer: Tokenizer,
): SourceWindow[] {
	const overlap = overlapOf(capacity);
	const first = Math.max(range.from, range.contextFrom + 1);
	const scored = range.to - first;
	if (scored <= 0) return [];
	const fits = range.to - contextOf(first, overlap, range) <= capacity + 1;
	const count = fits ? 1 : Math.ceil(scored / (capacity + 1 - overlap));
	return Array.from({ length: count }, (_, index) => {
		const from = first + Math.floor((index * scored) / count);
		const to = first + Math.floor(((index + 1) * scored) / count);
		const context = contextOf(from, overlap, range);
		const window: TokenWindow = {
			tokens: document.tokens.subarray(context, to),
			scoreFrom: from - context,
			bytes: bytesOf(document.tokens, from, to, tokenizer),
		};
		return { window, path: document.path, language: document.language, index };
	});
}

/** Tokens of a window that count. */
export function scoredTokens(window: TokenWindow): number {
	return window.tokens.length - window.scoreFrom;
}

export function overlapOf(capacity: number): number {
	return Math.max(1, Math.floor(capacity / 8));
}

/** UTF-8 bytes of `tokens[from..to)`. */
export function bytesOf(tokens: Int32Array, from: number, to: number, tokenizer: Tokenizer): number {
	let bytes = 0;
	for (let i = from; i < to; i++) bytes += tokenizer.byteLength(tokens[i] as number);
	return bytes;
}

function contextOf(from: number, overlap: number, range: TokenRange): number {
	return Math.max(range.contextFrom, from - overlap);
}
