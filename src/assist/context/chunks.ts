import { similarity, wordsOf } from "./similarity.ts";
import type { Snippet } from "./snippet.ts";

/** Lines of a chunk. */
export const chunkLines = 64;

export interface Chunk extends Snippet {
	readonly words: ReadonlySet<string>;
}

/** Longest text that is cut; nobody completes from more. */
const mostCharacters = 400_000;

/** The file in chunks that overlap by half. */
export function chunksOf(path: string, text: string): Chunk[] {
	const lines = text.slice(0, mostCharacters).split("\n");
	if (lines.at(-1) === "") lines.pop();
	const chunks: Chunk[] = [];
	for (let from = 0; from < lines.length; from += chunkLines / 2) {
		chunks.push(chunkAt(path, lines, from));
		if (from + chunkLines >= lines.length) break;
	}
	return chunks;
}

/** The chunk that begins at line `from`. */
export function chunkAt(path: string, lines: readonly string[], from: number): Chunk {
	const to = Math.min(lines.length, from + chunkLines);
	const text = `${lines.slice(from, to).join("\n")}\n`;
	return { path, from, to, text, words: wordsOf(text) };
}

export function overlaps(a: Snippet, b: Pick<Snippet, "path" | "from" | "to">): boolean {
	return a.path === b.path && a.from < b.to && b.from < a.to;
}

/** The likest chunks first, at least `least` alike; of those that overlap the likest only. */
export function likest(chunks: readonly Chunk[], words: ReadonlySet<string>, count: number, least: number): Chunk[] {
	const ranked = chunks
		.map((chunk) => ({ chunk, score: similarity(chunk.words, words) }))
		.filter(({ score }) => score >= least)
		.sort((a, b) => b.score - a.score);
	const taken: Chunk[] = [];
	for (const { chunk } of ranked) {
		if (taken.length >= count) break;
		if (!taken.some((other) => overlaps(other, chunk))) taken.push(chunk);
	}
	return taken;
}
