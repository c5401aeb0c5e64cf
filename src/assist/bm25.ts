/** Okapi BM25 (Robertson and Zaragoza, 2009) over pieces of files, kept up to date file by file. No text is kept. */

export interface Piece {
	readonly path: string;
	/** First and last line, from 0, both included. */
	readonly from: number;
	readonly to: number;
}

export interface Found extends Piece {
	readonly score: number;
}

/** Saturation of a word's count, and how much a piece's length counts. */
const k1 = 1.2;
const b = 0.75;

interface Entry extends Piece {
	/** In words, names counted with their parts. */
	readonly length: number;
	alive: boolean;
}

export class Bm25 {
	/** By number; those of removed files are dead until the next tidying. */
	#entries: Entry[] = [];
	readonly #byPath = new Map<string, number[]>();
	/** Word to pairs of an entry's number and the word's count in it. */
	#postings = new Map<string, number[]>();
	#alive = 0;
	#words = 0;

	get size(): number {
		return this.#alive;
	}

	/** Puts the pieces of a file in place of those it had. `terms` of each are its words. */
	set(
		path: string,
		pieces: readonly { readonly from: number; readonly to: number; readonly terms: readonly string[] }[],
	): void {
		this.delete(path);
		const numbers = pieces.map(({ from, to, terms }) => {
			const number = this.#entries.push({ path, from, to, length: terms.length, alive: true }) - 1;
			const counts = new Map<string, number>();
			for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
			for (const [term, count] of counts) {
				const list = this.#postings.get(term);
				if (list === undefined) this.#postings.set(term, [number, count]);
				else list.push(number, count);
			}
			this.#alive++;
			this.#words += terms.length;
			return number;
		});
		if (numbers.length > 0) this.#byPath.set(path, numbers);
	}

	delete(path: string): void {
		for (const number of this.#byPath.get(path) ?? []) {
			const entry = this.#entries[number] as Entry;
			entry.alive = false;
			this.#alive--;
			this.#words -= entry.length;
		}
		this.#byPath.delete(path);
		if (this.#entries.length > 1000 && this.#alive < this.#entries.length / 2) this.#tidy();
	}

	/** The best pieces for the words, best first; of equals the earlier path and line. */
	search(terms: Iterable<string>, limit: number): readonly Found[] {
		const scores = new Float64Array(this.#entries.length);
		const mean = this.#words / Math.max(1, this.#alive);
		for (const term of new Set(terms)) {
			const list = this.#postings.get(term) ?? [];
			let alive = 0;
			for (let i = 0; i < list.length; i += 2) if (this.#entries[list[i] as number]?.alive === true) alive++;
			const rarity = Math.log(1 + (this.#alive - alive + 0.5) / (alive + 0.5));
			for (let i = 0; i < list.length; i += 2) {
				const number = list[i] as number;
				const entry = this.#entries[number] as Entry;
				if (!entry.alive) continue;
				const count = list[i + 1] as number;
				const weight = (count * (k1 + 1)) / (count + k1 * (1 - b + (b * entry.length) / mean));
				scores[number] = (scores[number] as number) + rarity * weight;
			}
		}
		return this.#best(scores, limit);
	}

	/** Few of many: a short list is kept in order, and most do not come near it. */
	#best(scores: Float64Array, limit: number): Found[] {
		const best: Found[] = [];
		for (const [number, score] of scores.entries()) {
			const last = best.at(-1);
			if (score === 0 || (best.length >= limit && last !== undefined && score < last.score)) continue;
			const { path, from, to } = this.#entries[number] as Entry;
			const found = { path, from, to, score };
			const at = best.findIndex((other) => comesFirst(found, other));
			best.splice(at < 0 ? best.length : at, 0, found);
			if (best.length > limit) best.pop();
		}
		return best;
	}

	/** Numbers the living anew and forgets the dead. */
	#tidy(): void {
		const numbers = new Map<number, number>();
		const entries: Entry[] = [];
		for (const [number, entry] of this.#entries.entries())
			if (entry.alive) numbers.set(number, entries.push(entry) - 1);
		const postings = new Map<string, number[]>();
		for (const [term, list] of this.#postings) {
			const kept: number[] = [];
			for (let i = 0; i < list.length; i += 2) {
				const number = numbers.get(list[i] as number);
				if (number !== undefined) kept.push(number, list[i + 1] as number);
			}
			if (kept.length > 0) postings.set(term, kept);
		}
		for (const [path, list] of this.#byPath)
			this.#byPath.set(
				path,
				list.map((number) => numbers.get(number) as number),
			);
		this.#entries = entries;
		this.#postings = postings;
	}
}

function comesFirst(a: Found, b: Found): boolean {
	if (a.score !== b.score) return a.score > b.score;
	return a.path === b.path ? a.from < b.from : a.path < b.path;
}

/** Words come again and again. */
const known = new Map<string, readonly string[]>();
const mostKnown = 50_000;

/** The words of a text: names as a whole and in their parts (`parseHTTPUrl` gives also parse, http, url), lower case. */
export function termsOf(text: string): string[] {
	const terms: string[] = [];
	for (const word of text.match(/[\p{L}\p{N}_$]+/gu) ?? []) {
		let own = known.get(word);
		if (own === undefined) {
			own = termsOfWord(word);
			if (known.size >= mostKnown) known.clear();
			if (word.length <= longestWord) known.set(word, own);
		}
		for (const term of own) terms.push(term);
	}
	return terms;
}

/** Longer ones are data. */
const longestWord = 64;

function termsOfWord(word: string): string[] {
	const parts = word.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}\p{M}]+|\p{N}+/gu) ?? [];
	const terms = word.length <= longestWord ? [word.toLowerCase()] : [];
	if (parts.length > 1) for (const part of parts) if (part.length > 1) terms.push(part.toLowerCase());
	return terms;
}
