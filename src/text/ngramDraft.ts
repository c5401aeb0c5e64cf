/** Guesses of what comes next, read off text that is there already: what speculative decoding checks instead of writing (prompt lookup). */

/** Longest run of last ids that is looked for. */
const longest = 4;
/** One id alone is followed by anything. */
const shortest = 2;

/**
 * Remembers, for every run of 2 to 4 ids, where it was seen last. The newest text wins: append what is least likely first (other files), the
 * prompt last. Ids are kept until `clear`; memory is about 50 bytes per id.
 */
export class NgramDraft {
	#ids = new Int32Array(1024);
	#length = 0;
	/** Position after the newest place of each run, by length of the run and its hash. */
	readonly #seen: readonly Map<number, number>[] = Array.from({ length: longest + 1 }, () => new Map<number, number>());
	/** Runs never reach across a border between texts. */
	#textFrom = 0;

	get length(): number {
		return this.#length;
	}

	/** Begins another text. */
	border(): void {
		this.#textFrom = this.#length;
	}

	append(ids: ArrayLike<number>): void {
		this.#reserve(this.#length + ids.length);
		for (let i = 0; i < ids.length; i++) {
			// A run is entered when an id follows it, so that what is found always has a continuation.
			this.#enter();
			this.#ids[this.#length++] = ids[i] as number;
		}
	}

	/** At most `count` ids that followed the longest run seen before that `tail` ends with; empty if there is none. */
	propose(tail: ArrayLike<number>, count: number): Int32Array {
		for (let size = Math.min(longest, tail.length); size >= shortest; size--) {
			const at = this.#seen[size]?.get(hashRun(tail, tail.length - size, tail.length));
			if (at !== undefined && this.#matches(tail, at, size))
				return this.#ids.slice(at, Math.min(at + count, this.#length));
		}
		return new Int32Array();
	}

	clear(): void {
		this.#length = 0;
		this.#textFrom = 0;
		for (const map of this.#seen) map.clear();
	}

	#enter(): void {
		const end = this.#length;
		for (let size = shortest; size <= Math.min(longest, end - this.#textFrom); size++)
			this.#seen[size]?.set(hashRun(this.#ids, end - size, end), end);
	}

	/** Different runs may share a hash. */
	#matches(tail: ArrayLike<number>, at: number, size: number): boolean {
		for (let i = 1; i <= size; i++) if (this.#ids[at - i] !== tail[tail.length - i]) return false;
		return true;
	}

	#reserve(length: number): void {
		if (length <= this.#ids.length) return;
		const larger = new Int32Array(Math.max(length, this.#ids.length * 2));
		larger.set(this.#ids.subarray(0, this.#length));
		this.#ids = larger;
	}
}

function hashRun(ids: ArrayLike<number>, from: number, to: number): number {
	let hash = 0;
	for (let i = from; i < to; i++) hash = Math.imul(hash ^ (ids[i] as number), 0x9e3779b1) ^ (hash >>> 15);
	return hash;
}
