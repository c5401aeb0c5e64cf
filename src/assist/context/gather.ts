import { blocksOf } from "../prompt/blocks.ts";
import { type Chunk, chunksOf, likest, overlaps } from "./chunks.ts";
import { importedPaths } from "./imports.ts";
import type { RecentChunks } from "./recent.ts";
import { wordsOf } from "./similarity.ts";
import type { Snippet } from "./snippet.ts";

/** A file that the editor has open, or that an import may name. */
export interface KnownFile {
	readonly path: string;
	readonly text: string;
	readonly open: boolean;
}

export interface Surroundings {
	readonly path: string;
	readonly language: string;
	readonly prefix: string;
	readonly suffix: string;
	/** Other files; the current one is left out whether given or not. */
	readonly files: readonly KnownFile[];
	readonly recent: RecentChunks;
}

export interface OtherFiles {
	readonly stable: readonly Snippet[];
	readonly recent: readonly Snippet[];
}

const mostStable = 4;
const mostRecent = 3;
/** Imported files are wanted at any likeness; others must share this much. */
const leastAlike = 0.06;
/** Lines around the cursor that the prompt shows anyway. */
const shownLines = 100;

/** Chooses chunks of other files. Chunks of a file are remembered until its text changes. */
export class ContextIndex {
	readonly #chunks = new Map<string, { readonly text: string; readonly chunks: readonly Chunk[] }>();

	/** Depends on finished blocks before the cursor, not on the line that is typed: the choice holds still between keys. */
	gather(at: Surroundings): OtherFiles {
		const files = at.files.filter(({ path }) => path !== at.path);
		this.#forget(files);
		const words = wordsOf(queryOf(at));
		const paths = files.map(({ path }) => path);
		const imported = new Set(importedPaths(at.path, at.prefix + at.suffix, at.language, paths));
		const ofImports: Chunk[] = [];
		for (const file of files) if (imported.has(file.path)) ofImports.push(...likest(this.#chunksOf(file), words, 1, 0));
		const ofOpen = files
			.filter(({ path, open }) => open && !imported.has(path))
			.flatMap((file) => this.#chunksOf(file));
		const stable = [...likest(ofImports, words, mostStable, 0), ...likest(ofOpen, words, mostStable, leastAlike)];
		const line = at.prefix.split("\n").length - 1;
		const shown = { path: at.path, from: line - shownLines, to: line + shownLines };
		const texts = new Map(files.map(({ path, text }) => [path, text]));
		const recent = at.recent.filter(
			(chunk) =>
				!overlaps(chunk, shown) &&
				!stable.some((other) => overlaps(other, chunk)) &&
				(chunk.path === at.path || texts.has(chunk.path)),
		);
		return { stable: stable.slice(0, mostStable), recent: likest(recent, words, mostRecent, leastAlike) };
	}

	#chunksOf({ path, text }: KnownFile): readonly Chunk[] {
		const known = this.#chunks.get(path);
		if (known !== undefined && known.text === text) return known.chunks;
		const chunks = chunksOf(path, text.replaceAll("\r\n", "\n"));
		this.#chunks.set(path, { text, chunks });
		return chunks;
	}

	#forget(files: readonly KnownFile[]): void {
		const kept = new Set(files.map(({ path }) => path));
		for (const path of this.#chunks.keys()) if (!kept.has(path)) this.#chunks.delete(path);
	}
}

const queryBlocks = 4;

/** The blocks before the one that is typed in, or the lines before the one typed, and the line breaks after it. */
function queryOf({ prefix, suffix }: Surroundings): string {
	const blocks = blocksOf(prefix.slice(-20_000));
	const before =
		blocks.length > 1 ? blocks.slice(-1 - queryBlocks, -1).join("") : prefix.slice(0, prefix.lastIndexOf("\n") + 1);
	const from = suffix.indexOf("\n");
	return before + (from < 0 ? "" : suffix.slice(from, from + 1500));
}
