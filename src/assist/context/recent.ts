import { type Chunk, chunkAt, chunkLines, overlaps } from "./chunks.ts";
import { similarity } from "./similarity.ts";

/** Chunks around the places that were edited or looked at last, newest first; a value: each visit gives a new one. */
export type RecentChunks = readonly Chunk[];

const mostChunks = 16;
/** A chunk this alike says nothing new. */
const tooAlike = 0.9;

/** `recent` with the chunk around a 0-based line of a file in front. What overlaps it or says the same leaves. */
export function visit(recent: RecentChunks, path: string, text: string, line: number): RecentChunks {
	const lines = text.replaceAll("\r\n", "\n").split("\n");
	// Anchored, so that typing in one place keeps making the same chunk.
	const quarter = chunkLines / 4;
	const middle = Math.floor(Math.max(0, line) / quarter) * quarter;
	const from = Math.max(0, Math.min(middle - quarter, lines.length - chunkLines));
	const chunk = chunkAt(path, lines, from);
	if (chunk.words.size === 0) return recent;
	const others = recent.filter((other) => !overlaps(other, chunk) && similarity(other.words, chunk.words) < tooAlike);
	return [chunk, ...others].slice(0, mostChunks);
}

/** `recent` without what stood in a file that is gone or may not be read any more. */
export function forget(recent: RecentChunks, path: string): RecentChunks {
	return recent.filter((chunk) => chunk.path !== path);
}
