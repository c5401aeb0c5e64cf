/** Which parts of a project a question is about: words by BM25, names by where they are declared. */
import type { Tokenizer } from "#text/tokenizer";
import { Bm25, type Found, type Piece, termsOf } from "./bm25.ts";
import { fenced } from "./markdown.ts";
import { declarationsOf } from "./retrievalSymbols.ts";

/** A part of a file that the model is shown. */
export interface ContextItem {
	readonly path: string;
	/** First and last line, from 1, both included. */
	readonly lines: readonly [number, number];
	readonly text: string;
	readonly language: string;
}

/** Lines of one piece: at most, and from where on a better place to cut is looked for. */
const mostLines = 40;
const leastLines = 20;
/** Declaring a name says more than using it. */
const declaredWeight = 3;

/** An index of a project's files that follows their changes; holds words, no text. */
export class Retrieval {
	readonly #index = new Bm25();

	/** Pieces of files. */
	get size(): number {
		return this.#index.size;
	}

	set(path: string, text: string, language: string): void {
		const lines = text.split("\n");
		const declared = declarationsOf(text, language);
		const starts = new Set(declared.map(({ from }) => from));
		const ofPath = termsOf(path);
		const pieces = cut(lines, starts).map(([from, to]) => {
			const names = declared.filter(({ at }) => at >= from && at <= to).map(({ name }) => name);
			const weighted = names.flatMap((name) => Array<string[]>(declaredWeight).fill(termsOf(name)).flat());
			const terms = [...termsOf(lines.slice(from, to + 1).join("\n")), ...ofPath, ...weighted, ...names.map(declaring)];
			return { from, to, terms };
		});
		this.#index.set(path, pieces);
	}

	delete(path: string): void {
		this.#index.delete(path);
	}

	/** The pieces that fit the question best. `without`: what is shown anyway. */
	search(question: string, limit: number, without?: Piece): readonly Found[] {
		const names = question.match(/[\p{L}_$][\p{L}\p{N}_$]{2,}/gu) ?? [];
		const found = this.#index.search([...termsOf(question), ...names.map(declaring)], limit + 4);
		const shown = ({ path, from, to }: Piece): boolean =>
			without !== undefined && path === without.path && from <= without.to && to >= without.from;
		return found.filter((piece) => !shown(piece)).slice(0, limit);
	}
}

/** A term for the place where a name is declared; no word of a text looks like it. */
function declaring(name: string): string {
	return `declares ${name}`;
}

/** Pieces of at most `mostLines`, cut where a declaration or a paragraph begins, at the least depth there is. */
function cut(lines: readonly string[], starts: ReadonlySet<number>): [number, number][] {
	const pieces: [number, number][] = [];
	for (let from = 0; from < lines.length; ) {
		let next = Math.min(lines.length, from + mostLines);
		let best = Number.POSITIVE_INFINITY;
		if (next < lines.length) {
			for (let i = from + leastLines; i <= from + mostLines; i++) {
				const line = lines[i] ?? "";
				if (line.trim() === "" || !(starts.has(i) || (lines[i - 1] ?? "").trim() === "")) continue;
				const depth = line.length - line.trimStart().length;
				if (depth > best) continue;
				best = depth;
				next = i;
			}
		}
		const last = lines.findLastIndex((line, i) => i < next && line.trim() !== "");
		if (last >= from) pieces.push([from, last]);
		from = next;
	}
	return pieces;
}

/** The part cut after the last line that fits into `budget` tokens; undefined where not even its first line does. */
export function fitItem(item: ContextItem, budget: number, tokenizer: Tokenizer): ContextItem | undefined {
	const [first, last] = item.lines;
	const lines = item.text.split("\n");
	const head = (count: number): ContextItem => ({
		...{ ...item, lines: [first, first + count - 1] },
		text: lines.slice(0, count).join("\n"),
	});
	let [fits, tooMany] = [0, last - first + 2];
	// The whole part is the usual case.
	for (let next = tooMany - 1; tooMany - fits > 1; next = (fits + tooMany) >> 1) {
		if (tokensOf(head(next), tokenizer) <= budget) fits = next;
		else tooMany = next;
	}
	return fits === 0 ? undefined : head(fits);
}

/** The first of `items` that fit into `budget` tokens together, and the text that shows them to the model. */
export function showContext(
	items: readonly ContextItem[],
	budget: number,
	tokenizer: Tokenizer,
): { readonly text: string; readonly used: readonly ContextItem[]; readonly tokens: number } {
	const used: ContextItem[] = [];
	const parts: string[] = [];
	let left = budget;
	for (const item of items) {
		const tokens = tokensOf(item, tokenizer);
		if (tokens > left) continue;
		left -= tokens;
		parts.push(shownAs(item));
		used.push(item);
	}
	const text = parts.length === 0 ? "" : `Parts of the project:\n\n${parts.join("\n\n")}`;
	return { text, used, tokens: budget - left };
}

function tokensOf(item: ContextItem, tokenizer: Tokenizer): number {
	return tokenizer.encode(shownAs(item)).length + 2;
}

function shownAs({ path, lines: [first, last], text, language }: ContextItem): string {
	return `\`${path}\`, lines ${first} to ${last}:\n\n${fenced(text, language)}`;
}
