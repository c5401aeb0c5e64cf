/** Guesses what comes next by looking where the last tokens stood before (prompt lookup decoding, Saxena 2023). */

/** Tokens that must agree before a place is worth looking at. */
const gram = 2;
/** Agreement beyond this does not make a place better. */
const longest = 16;
/** Places looked at for one guess, latest first. */
const looked = 8;

export interface Draft {
	/** What may follow, nearest first. */
	readonly ids: readonly number[];
	/** Last tokens that stood before it there, too; 0 without a draft. */
	readonly agreed: number;
}

const nothing: Draft = { ids: [], agreed: 0 };

/** Where each run of `gram` tokens ends, latest last. */
type Index = Map<number, number[]>;

const indexes = new WeakMap<Int32Array, Index>();

/** Drafts for one growing text, from the text itself and from `sources`, which are indexed once. */
export class Drafter {
	readonly #sources: readonly Int32Array[];
	readonly #text: number[] = [];
	readonly #index: Index = new Map();
	/** Where each token stood last in the text. */
	readonly #latest = new Map<number, number>();

	constructor(sources: readonly Int32Array[]) {
		this.#sources = sources;
	}

	push(id: number): void {
		this.#text.push(id);
		// The run that ends here is entered when the next token comes: nothing follows it yet.
		const end = this.#text.length - 1;
		if (end >= gram) enter(this.#index, keyAt(this.#text, end), end);
		if (end >= 1) this.#latest.set(this.#text[end - 1] as number, end);
	}

	/** Up to `most` tokens that followed where the text's last ones stood: at the longest agreement, the first source's of equals. */
	propose(most: number): Draft {
		const end = this.#text.length;
		if (most <= 0 || end === 0) return nothing;
		const key = keyAt(this.#text, end);
		let best: { readonly source: ArrayLike<number>; readonly at: number; readonly agreed: number } | undefined;
		const consider = (source: ArrayLike<number>, index: Index) => {
			for (const at of (index.get(key) ?? []).slice(-looked).reverse()) {
				const agreed = agreement(source, at, this.#text);
				if (agreed >= gram && agreed > (best?.agreed ?? 0)) best = { source, at, agreed };
			}
		};
		if (end >= gram) {
			consider(this.#text, this.#index);
			for (const source of this.#sources) consider(source, indexOf(source));
		}
		if (best === undefined) return this.#afterLast(most);
		const { source, at, agreed } = best;
		return { ids: copy(source, at, most, source === this.#text), agreed };
	}

	/** What followed the last token when it stood in the text before. */
	#afterLast(most: number): Draft {
		const at = this.#latest.get(this.#text.at(-1) as number);
		return at === undefined ? nothing : { ids: copy(this.#text, at, most, true), agreed: 1 };
	}
}

/** From `at` on; what ends with the text goes on with what was copied, so that a text in a circle goes round again. */
function copy(source: ArrayLike<number>, at: number, most: number, circular: boolean): number[] {
	const left = source.length - at;
	return Array.from({ length: circular ? most : Math.min(most, left) }, (_, i) => source[at + (i % left)] as number);
}

function indexOf(source: Int32Array): Index {
	const known = indexes.get(source);
	if (known !== undefined) return known;
	const index: Index = new Map();
	for (let end = gram; end < source.length; end++) enter(index, keyAt(source, end), end);
	indexes.set(source, index);
	return index;
}

function enter(index: Index, key: number, end: number): void {
	const places = index.get(key);
	if (places === undefined) index.set(key, [end]);
	else places.push(end);
}

/** A number for the `gram` tokens before `end`; equal runs have equal numbers, and `agreement` tells the rest apart. */
function keyAt(tokens: ArrayLike<number>, end: number): number {
	let key = 0;
	for (let i = end - gram; i < end; i++) key = (Math.imul(key, 0x01000193) ^ (tokens[i] as number)) >>> 0;
	return key;
}

/** How many tokens before `at` in `source` are those at the end of `text`. */
function agreement(source: ArrayLike<number>, at: number, text: readonly number[]): number {
	let agreed = 0;
	while (agreed < longest && agreed < at && source[at - 1 - agreed] === text[text.length - 1 - agreed]) agreed++;
	return agreed;
}
