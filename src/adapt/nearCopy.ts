/** Tokens of a shingle: long enough that sharing one by chance is rare in code. */
const shingleTokens = 16;
const base = 0x2c1b3c6d;

/** A judged text is dropped if more than this share of its shingles was trained on. */
export const nearCopyShare = 0.5;

/**
 * For each candidate the share of its 16-token shingles that occur in a trained text, 0..1; 0 where it is shorter than a
 * shingle. One pass over the trained texts; memory is that of the candidates' shingles, whatever the size of the rest.
 */
export function trainedShares(candidates: readonly Int32Array[], trained: Iterable<Int32Array>): number[] {
	const found = new Map<number, boolean>();
	for (const candidate of candidates) eachShingle(candidate, (hash) => found.set(hash, false));
	for (const text of trained) {
		eachShingle(text, (hash) => {
			if (found.has(hash)) found.set(hash, true);
		});
	}
	return candidates.map((candidate) => {
		let all = 0;
		let seen = 0;
		eachShingle(candidate, (hash) => {
			all++;
			if (found.get(hash)) seen++;
		});
		return all === 0 ? 0 : seen / all;
	});
}

/** A window of a stream with more than this share of a judged text's shingles is left alone. A gap stands between what is judged and what is learned, so it is small. */
export const judgedWindowShare = 0.1;

/** The 16-token shingles of texts, at four bytes each on a disk; of more than `most` the oldest are forgotten. */
export class Shingles {
	readonly #hashes: Set<number>;

	constructor(hashes: Iterable<number> = []) {
		this.#hashes = new Set(hashes);
	}

	add(text: Int32Array): void {
		eachShingle(text, (hash) => this.#hashes.add(hash));
		for (const oldest of this.#hashes) {
			if (this.#hashes.size <= most) return;
			this.#hashes.delete(oldest);
		}
	}

	/** Share of the text's shingles that are among these, 0..1; 0 where it is shorter than a shingle. */
	shareOf(text: Int32Array): number {
		let all = 0;
		let known = 0;
		eachShingle(text, (hash) => {
			all++;
			if (this.#hashes.has(hash)) known++;
		});
		return all === 0 ? 0 : known / all;
	}

	save(): Int32Array {
		return Int32Array.from(this.#hashes);
	}
}

const most = 1_000_000;

/** Rolling polynomial hash modulo 2^32, in linear time. */
function eachShingle(tokens: Int32Array, visit: (hash: number) => void): void {
	if (tokens.length < shingleTokens) return;
	let leading = 1;
	for (let i = 1; i < shingleTokens; i++) leading = Math.imul(leading, base);
	let hash = 0;
	for (let i = 0; i < tokens.length; i++) {
		if (i >= shingleTokens) hash = (hash - Math.imul(spread(tokens[i - shingleTokens] as number), leading)) | 0;
		hash = (Math.imul(hash, base) + spread(tokens[i] as number)) | 0;
		if (i >= shingleTokens - 1) visit(hash);
	}
}

/** Neighbouring ids land far apart, so that sums of small ids do not collide. */
function spread(id: number): number {
	const mixed = Math.imul(id + 1, 0x9e3779b1);
	return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
}
