import { blocksOf, linesOf } from "./blocks.ts";
import type { TokenCache } from "./tokenCache.ts";

/** Ids of a text's blocks, as many as a prompt could hold; never more than `room` and one block. */
export interface BlockIds {
	readonly blocks: readonly string[];
	readonly ids: readonly Int32Array[];
	readonly length: number;
}

/** The last blocks of a text. The very last changes with every key and is not remembered. */
export function lastBlocks(text: string, room: number, cache: TokenCache): BlockIds {
	const blocks = blocksOf(text);
	const ids: Int32Array[] = [];
	let length = 0;
	let first = blocks.length;
	while (first > 0 && length <= room) {
		first--;
		const block = blocks[first] as string;
		const isLast = first === blocks.length - 1;
		const encoded = isLast ? cache.encodeOnce(block, first > 0) : cache.encode(block, first > 0);
		ids.unshift(encoded);
		length += encoded.length;
	}
	return { blocks: blocks.slice(first), ids, length };
}

/** The first blocks of a text that other ids come before. */
export function firstBlocks(text: string, room: number, cache: TokenCache): BlockIds {
	const blocks: string[] = [];
	const ids: Int32Array[] = [];
	let length = 0;
	for (const block of blocksOf(text.slice(0, room * mostCharactersPerId))) {
		if (length > room) break;
		const encoded = cache.encode(block, true);
		blocks.push(block);
		ids.push(encoded);
		length += encoded.length;
	}
	return { blocks, ids, length };
}

/** No vocabulary has longer tokens in numbers that matter; what is beyond cannot be in the prompt. */
const mostCharactersPerId = 64;

/** The end of a text in at most `room` ids: whole blocks, or the last lines of the last block where it alone is too long. */
export function endWithin({ blocks, ids }: BlockIds, room: number, cache: TokenCache): Int32Array {
	let first = ids.length;
	let length = 0;
	while (first > 0 && length + (ids[first - 1] as Int32Array).length <= room)
		length += (ids[--first] as Int32Array).length;
	if (first < ids.length || ids.length === 0) return join(ids.slice(first));
	return lastLines(blocks.at(-1) ?? "", ids.at(-1) as Int32Array, room, cache);
}

/**
 * The last lines of a block that is longer than `room`. It is cut at multiples of a quarter of the room, and from there at the next line, so
 * that typing moves the cut seldom; a line that is too long by itself is cut anywhere.
 */
function lastLines(block: string, whole: Int32Array, room: number, cache: TokenCache): Int32Array {
	const step = Math.max(1, room >> 2);
	const lines = linesOf(block);
	const ids = lines.map((line, i) => (i < lines.length - 1 ? cache.encode(line, true) : cache.encodeOnce(line, true)));
	const total = ids.reduce((sum, { length }) => sum + length, 0);
	const drop = Math.ceil(Math.max(0, total - room) / step) * step;
	let before = 0;
	for (const [i, { length }] of ids.entries()) {
		if (before >= drop) return join(ids.slice(i));
		before += length;
	}
	return whole.subarray(Math.ceil(Math.max(0, whole.length - room) / step) * step);
}

/** The start of a text in at most `room` ids, cut after a line; a first line that is too long by itself is cut anywhere. */
export function startWithin({ blocks, ids }: BlockIds, room: number, cache: TokenCache): Int32Array {
	const taken: Int32Array[] = [];
	let left = room;
	for (const [i, block] of blocks.entries()) {
		const whole = ids[i] as Int32Array;
		if (whole.length <= left) {
			taken.push(whole);
			left -= whole.length;
			continue;
		}
		for (const line of linesOf(block)) {
			const encoded = cache.encode(line, true);
			if (encoded.length > left) {
				if (taken.length === 0) taken.push(encoded.subarray(0, left));
				break;
			}
			taken.push(encoded);
			left -= encoded.length;
		}
		break;
	}
	return join(taken);
}

export function join(parts: readonly ArrayLike<number>[]): Int32Array {
	const whole = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
