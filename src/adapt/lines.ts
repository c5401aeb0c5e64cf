import type { Tokenizer } from "#text/tokenizer";
import { encodeUtf8 } from "#text/utf8";
import type { TokenWindow, WindowScore } from "./learner.ts";
import type { TokenDocument } from "./windows.ts";

/** Where the tokens of a text stand. */
export interface Places {
	/** Per token of the document, 0-based; those before the text are on line 0. */
	readonly line: Int32Array;
	/** Per token, UTF-8 bytes from the text's beginning; one entry more than tokens. */
	readonly byte: Int32Array;
	/** UTF-8 bytes from the text's beginning, per line. */
	readonly lineStart: readonly number[];
}

const newline = 10;
const carriageReturn = 13;

/**
 * A token counts for the line of its first byte that breaks no line: of "\n\t\t" the indentation matters. One of line breaks alone
 * ends the line that it stands in.
 */
export function placeTokens(text: string, document: TokenDocument, tokenizer: Tokenizer): Places {
	const bytes = encodeUtf8(text);
	const { tokens, textFrom } = document;
	const line = new Int32Array(tokens.length);
	const byte = new Int32Array(tokens.length + 1);
	let all = 0;
	for (let i = textFrom; i < tokens.length; i++) all += tokenizer.byteLength(tokens[i] as number);
	// Some tokenizers open a text with a space of their own.
	let at = Math.min(0, bytes.length - all);
	let current = 0;
	const lineStart = [0];
	for (let i = textFrom; i < tokens.length; i++) {
		byte[i] = Math.max(0, at);
		line[i] = current;
		let placed = false;
		const end = at + tokenizer.byteLength(tokens[i] as number);
		for (; at < end; at++) {
			const value = bytes[at] ?? 0;
			if (!placed && value !== newline && value !== carriageReturn) {
				line[i] = current;
				placed = true;
			}
			if (value !== newline) continue;
			current++;
			lineStart.push(at + 1);
		}
	}
	byte[tokens.length] = Math.max(0, at);
	return { line, byte, lineStart };
}

/** How surprising a line is. */
export interface LineSurprise {
	/** 0-based. */
	readonly line: number;
	/** Summed over its tokens. */
	readonly bits: number;
	readonly tokens: number;
	/** UTF-8, of its scored tokens. */
	readonly bytes: number;
	/** The most surprising token: its index in the document, and its own bits. */
	readonly worst: { readonly token: number; readonly bits: number };
}

/** Lines that hold a scored token, in their order. `windows` are of the document, `scores` theirs. */
export function surpriseOfLines(
	document: TokenDocument,
	places: Places,
	windows: readonly TokenWindow[],
	scores: readonly WindowScore[],
): LineSurprise[] {
	const lines = new Map<number, LineSurprise>();
	for (const [i, window] of windows.entries()) {
		const first = firstScored(document, window);
		for (const [j, nats] of (scores[i]?.nll ?? []).entries()) {
			const token = first + j;
			const line = places.line[token] as number;
			const bits = nats / Math.LN2;
			const before = lines.get(line) ?? { line, bits: 0, tokens: 0, bytes: 0, worst: { token, bits: 0 } };
			const bytes = before.bytes + (places.byte[token + 1] as number) - (places.byte[token] as number);
			const worst = bits > before.worst.bits ? { token, bits } : before.worst;
			lines.set(line, { line, bits: before.bits + bits, tokens: before.tokens + 1, bytes, worst });
		}
	}
	return [...lines.values()].sort((a, b) => a.line - b.line);
}

/** Index, in the document, of the first token that the window scores. */
export function firstScored(document: TokenDocument, { tokens, scoreFrom }: TokenWindow): number {
	return (tokens.byteOffset - document.tokens.byteOffset) / tokens.BYTES_PER_ELEMENT + scoreFrom;
}

/** Over all these lines. */
export function bitsPerByteOf(lines: readonly LineSurprise[]): number {
	const bytes = lines.reduce((sum, line) => sum + line.bytes, 0);
	return bytes === 0 ? 0 : lines.reduce((sum, line) => sum + line.bits, 0) / bytes;
}

/** A surprising line costs this much more than its length would make it, and by more than a token or two. */
const overExpected = 1.25;
const fewestBits = 12;

/** The most surprising lines first: at most `most`, and none that is like the rest of its file. A long line is not surprising for its length. */
export function mostSurprising(lines: readonly LineSurprise[], most: number): LineSurprise[] {
	const rate = bitsPerByteOf(lines);
	const excess = ({ bits, bytes }: LineSurprise): number => bits - rate * bytes;
	return lines
		.filter((line) => line.bits > overExpected * rate * line.bytes && excess(line) > fewestBits)
		.sort((a, b) => excess(b) - excess(a) || a.line - b.line)
		.slice(0, most);
}
