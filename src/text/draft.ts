/** Guesses what comes next by looking where the last tokens stood before (prompt lookup decoding, Saxena 2023). */

/** Tokens that must agree before a place is worth looking at. */
const gram = 3;
/** Agreement beyond this does not make a place better. */
const longest = 16;
/** Places looked at for one guess, latest first. */
const looked = 8;

/** Where each run of `gram` tokens ends, latest last. */
type Index = Map<number, number[]>;

const indexes = new WeakMap<Int32Array, Index>();

/** Drafts for one growing text, from the text itself and from `sources`, which are indexed once. */
export class Drafter {
	readonly #sources: readonly Int32Array[];
	readonly #text: number[] = [];
	readonly #index: Index = new Map();

	constructor(sources: readonly Int32Array[]) {
		this.#sources = sources;
	}

	push(id: number): void {
		this.#text.push(id);
		// The run that ends here is entered when the next token comes: nothing follows it yet.
		const end = this.#text.length - 1;
		if (end >= gram) enter(this.#index, keyAt(this.#text, end), end);
	}

	/**
	 * Up to `most` tokens that followed where the text's last ones stood: at the longest agreement, the first source's of equals. No
	 * more than agreed: checking costs time, and a short agreement promises little.
	 */
	propose(most: number): readonly number[] {
		const end = this.#text.length;
		if (most <= 0 || end < gram) return [];
		const key = keyAt(this.#text, end);
		let best: { readonly source: ArrayLike<number>; readonly at: number; readonly agreed: number } | undefined;
		const consider = (source: ArrayLike<number>, index: Index) => {
			for (const at of (index.get(key) ?? []).slice(-looked).reverse()) {
				const agreed = agreement(source, at, this.#text);
				if (agreed >= gram && agreed > (best?.agreed ?? 0)) best = { source, at, agreed };
			}
		};
		consider(this.#text, this.#index);
		for (const source of this.#sources) consider(source, indexOf(source));
		if (best === undefined) return [];
		const { source, at, agreed } = best;
		return Array.from({ length: Math.min(most, agreed, source.length - at) }, (_, i) => source[at + i] as number);
	}
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
