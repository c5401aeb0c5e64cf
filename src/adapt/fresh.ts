import { hashString } from "#base/random";
import { HashSet } from "./hashSet.ts";
import type { Places } from "./lines.ts";
import type { TokenDocument, TokenRange } from "./windows.ts";

/** Hashes of lines, four bytes each on a disk. */
export interface SavedLines {
	readonly known: Uint32Array;
	/** Came since `settle`. Absent in states of earlier versions. */
	readonly recent?: Uint32Array;
}

/** Where so many are known, one new line in 360 is taken for an old one. They take up to 96 MiB of memory and 48 MB of a disk. */
const mostLines = 12_000_000;

/**
 * Lines that were there before, by a hash of 32 bits each: no text is kept. What moves, or is indented anew, is not new. Those that are
 * not settled yet can be forgotten again. None is forgotten to make room: all that is looked at again and again would be new each time.
 */
export class KnownLines {
	#settled: HashSet;
	#recent: HashSet;
	readonly #most: number;

	constructor({ known, recent }: SavedLines = { known: new Uint32Array() }, most = mostLines) {
		this.#settled = new HashSet(known);
		this.#recent = new HashSet(recent);
		this.#most = most;
	}

	get size(): number {
		return this.#settled.size + this.#recent.size;
	}

	/** More are not taken up, so that old lines can't be told from new ones any more. */
	get full(): boolean {
		return this.size >= this.#most;
	}

	has(line: string): boolean {
		return this.#has(hashOf(line));
	}

	add(text: string): void {
		for (const line of text.split("\n")) {
			const hash = hashOf(line);
			if (!this.full && !this.#has(hash)) this.#recent.add(hash);
		}
	}

	settle(): void {
		const [fewer, more] = [this.#settled, this.#recent].sort((a, b) => a.size - b.size) as [HashSet, HashSet];
		for (const hash of fewer.save()) more.add(hash);
		this.#settled = more;
		this.#recent = new HashSet();
	}

	/** Those that are not settled are new again. */
	forgetRecent(): void {
		this.#recent = new HashSet();
	}

	save(): SavedLines {
		return { known: this.#settled.save(), recent: this.#recent.save() };
	}

	#has(hash: number): boolean {
		return this.#settled.has(hash) || this.#recent.has(hash);
	}
}

function hashOf(line: string): number {
	return hashString(line.trim()) >>> 0;
}

/** Old or empty lines between two new ones that go with them. */
const bridged = 2;

/** Lines, both included. */
export interface Passage {
	readonly first: number;
	readonly last: number;
}

/** Where the new lines of a text are: what a change brought, not the file around it, which the model may have seen. */
export function freshPassages(text: string, known: KnownLines): readonly Passage[] {
	const passages: Passage[] = [];
	for (const [line, words] of text.split("\n").entries()) {
		if (words.trim() === "" || known.has(words)) continue;
		const open = passages.at(-1);
		if (open === undefined || line - open.last > bridged + 1) passages.push({ first: line, last: line });
		else passages[passages.length - 1] = { first: open.first, last: line };
	}
	return passages;
}

export function rangesOf(passages: readonly Passage[], document: TokenDocument, places: Places): TokenRange[] {
	return passages.flatMap(({ first, last }) => {
		const from = firstAt(places.line, first, document.textFrom);
		const to = firstAt(places.line, last + 1, from);
		return to > from ? [{ from, to, contextFrom: 0 }] : [];
	});
}

/** Index of the first token at or after `from` that stands on `line` or below. */
function firstAt(lines: Int32Array, line: number, from: number): number {
	let at = from;
	while (at < lines.length && (lines[at] as number) < line) at++;
	return at;
}

/** What of `ranges` lies in `allowed`; context is read from inside the allowed range alone. Both in order. */
export function within(ranges: readonly TokenRange[], allowed: readonly TokenRange[]): TokenRange[] {
	return ranges.flatMap((range) =>
		allowed.flatMap(({ from, to, contextFrom }) => {
			const inside = { from: Math.max(range.from, from), to: Math.min(range.to, to), contextFrom };
			return inside.to > inside.from ? [inside] : [];
		}),
	);
}
