import { byteLetters } from "./tokenBytes.ts";
import type { TokenizerJson } from "./tokenizerJson.ts";
import { encodeUtf8 } from "./utf8.ts";

/** Ids of one piece of text by byte-pair encoding: always the merge of lowest rank, the leftmost of equals. */
export type Bpe = (piece: string) => Int32Array;

/**
 * The merging of Rust's tokenizers, over ids in flat arrays. The library's own (0.2.0) gives the same ids but spells every pair as
 * JSON: measured 8 to 30 times slower.
 */
export function makeBpe(json: TokenizerJson, byteLevel: boolean): Bpe {
	const ranks = makeRanks(json);
	const toSymbols = byteLevel ? byteSymbols(json) : letterSymbols(json);
	const whole = json.model["ignore_merges"] === true ? (byteLevel ? toLetters : (piece: string) => piece) : undefined;
	return (piece) => {
		const id = whole === undefined ? undefined : json.vocabulary.get(whole(piece));
		if (id !== undefined) return Int32Array.of(id);
		const symbols = toSymbols(piece);
		const length = symbols.length > 48 ? mergeLong(symbols, ranks) : mergeShort(symbols, ranks);
		return symbols.slice(0, length);
	};
}

/** Looks a pair of ids up: its rank, or -1. The id it becomes is `merged[rank]`. */
interface Ranks {
	rank(left: number, right: number): number;
	readonly merged: Int32Array;
}

/** An open-addressing table over pairs; a later merge of the same pair wins, as in a map. */
function makeRanks({ vocabulary, model }: TokenizerJson): Ranks {
	const merges = model["merges"] as readonly (string | readonly [string, string])[];
	const capacity = 2 ** Math.ceil(Math.log2(merges.length * 2 + 2));
	const mask = capacity - 1;
	const lefts = new Int32Array(capacity).fill(-1);
	const rights = new Int32Array(capacity);
	const ranks = new Int32Array(capacity);
	const merged = new Int32Array(merges.length);
	const slotOf = (left: number, right: number): number => {
		let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
		slot = (slot ^ (slot >>> 15)) & mask;
		while (lefts[slot] !== -1 && (lefts[slot] !== left || rights[slot] !== right)) slot = (slot + 1) & mask;
		return slot;
	};
	for (const [rank, merge] of merges.entries()) {
		const [a, b] = (typeof merge === "string" ? merge.split(" ") : merge) as [string, string];
		const [left, right] = [vocabulary.get(a) as number, vocabulary.get(b) as number];
		const slot = slotOf(left, right);
		lefts[slot] = left;
		rights[slot] = right;
		ranks[slot] = rank;
		merged[rank] = vocabulary.get(a + b) as number;
	}
	const rank = (left: number, right: number): number => {
		const slot = slotOf(left, right);
		return lefts[slot] === -1 ? -1 : (ranks[slot] as number);
	};
	return { rank, merged };
}

/** Merges in place and returns how many symbols are left. Quadratic, with no memory: right for words. */
function mergeShort(symbols: Int32Array, { rank, merged }: Ranks): number {
	let length = symbols.length;
	const pairs = new Int32Array(Math.max(length - 1, 0));
	for (let i = 0; i + 1 < length; i++) pairs[i] = rank(symbols[i] as number, symbols[i + 1] as number);
	for (;;) {
		let best = -1;
		let at = -1;
		for (let i = 0; i + 1 < length; i++) {
			const pair = pairs[i] as number;
			if (pair >= 0 && (best < 0 || pair < best)) [best, at] = [pair, i];
		}
		if (at < 0) return length;
		symbols[at] = merged[best] as number;
		symbols.copyWithin(at + 1, at + 2, length);
		pairs.copyWithin(at, at + 1, length - 1);
		length--;
		if (at > 0) pairs[at - 1] = rank(symbols[at - 1] as number, symbols[at] as number);
		if (at + 1 < length) pairs[at] = rank(symbols[at] as number, symbols[at + 1] as number);
	}
}

/** The same with a linked list and a heap of candidates: a piece may be a whole file. */
function mergeLong(symbols: Int32Array, { rank, merged }: Ranks): number {
	const count = symbols.length;
	const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
	const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
	const heap = makeHeap();
	/** The rank of the pair that starts at a place now; a candidate of another rank is out of date. */
	const current = new Int32Array(count).fill(-1);
	const offer = (i: number): void => {
		const right = next[i] as number;
		const value = right < 0 ? -1 : rank(symbols[i] as number, symbols[right] as number);
		current[i] = value;
		if (value >= 0) heap.push(value * 2 ** 24 + i);
	};
	for (let i = 0; i + 1 < count; i++) offer(i);
	for (let candidate = heap.pop(); candidate >= 0; candidate = heap.pop()) {
		const best = Math.floor(candidate / 2 ** 24);
		const i = candidate - best * 2 ** 24;
		if (current[i] !== best) continue;
		const gone = next[i] as number;
		symbols[i] = merged[best] as number;
		const after = next[gone] as number;
		next[i] = after;
		current[gone] = -1;
		if (after >= 0) previous[after] = i;
		offer(i);
		if ((previous[i] as number) >= 0) offer(previous[i] as number);
	}
	let length = 0;
	for (let i = count > 0 ? 0 : -1; i >= 0; i = next[i] as number) symbols[length++] = symbols[i] as number;
	return length;
}

/** A binary heap of non-negative numbers, the least first; -1 when empty. */
function makeHeap(): { push(value: number): void; pop(): number } {
	const items: number[] = [];
	return {
		push(value) {
			let at = items.push(value) - 1;
			while (at > 0) {
				const parent = (at - 1) >> 1;
				if ((items[parent] as number) <= value) break;
				items[at] = items[parent] as number;
				at = parent;
			}
			items[at] = value;
		},
		pop() {
			const top = items[0] ?? -1;
			const last = items.pop() as number;
			const count = items.length;
			if (count === 0) return top;
			let at = 0;
			for (let child = 1; child < count; child = 2 * at + 1) {
				if (child + 1 < count && (items[child + 1] as number) < (items[child] as number)) child++;
				if ((items[child] as number) >= last) break;
				items[at] = items[child] as number;
				at = child;
			}
			items[at] = last;
			return top;
		},
	};
}

/** One symbol per byte. A byte that the vocabulary lacks becomes the unknown token, or nothing where there is none. */
function byteSymbols(json: TokenizerJson): (piece: string) => Int32Array {
	const unknown = unknownId(json);
	const ids = Int32Array.from(byteLetters, (letter) => json.vocabulary.get(letter) ?? unknown);
	const complete = !ids.includes(-1);
	return (piece) => {
		const symbols = Int32Array.from(encodeUtf8(piece), (byte) => ids[byte] as number);
		return complete ? symbols : dropMissing(symbols, json);
	};
}

/** One symbol per code point, or per byte where the vocabulary has no such letter and bytes to fall back on. */
function letterSymbols(json: TokenizerJson): (piece: string) => Int32Array {
	const { vocabulary, byteFallback } = json;
	const unknown = unknownId(json);
	const byteIds = Array.from(
		{ length: 256 },
		(_, byte) => vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`) ?? -1,
	);
	return (piece) => {
		const symbols: number[] = [];
		for (const letter of piece) {
			const id = vocabulary.get(letter);
			if (id !== undefined) symbols.push(id);
			else {
				const bytes = byteFallback ? Array.from(encodeUtf8(letter), (byte) => byteIds[byte] as number) : [-1];
				symbols.push(...(bytes.includes(-1) ? [unknown] : bytes));
			}
		}
		return dropMissing(Int32Array.from(symbols), json);
	};
}

function unknownId({ model, vocabulary }: TokenizerJson): number {
	const token = model["unk_token"];
	return (typeof token === "string" ? vocabulary.get(token) : undefined) ?? -1;
}

/** Leaves out what has no id and, with `fuse_unk`, all but the first of unknown tokens in a row. */
function dropMissing(symbols: Int32Array, json: TokenizerJson): Int32Array {
	const unknown = unknownId(json);
	const fuse = json.model["fuse_unk"] === true;
	return symbols.filter((id, i) => id >= 0 && !(fuse && id === unknown && symbols[i - 1] === unknown));
}

function toLetters(piece: string): string {
	let letters = "";
	for (const byte of encodeUtf8(piece)) letters += byteLetters[byte];
	return letters;
}
