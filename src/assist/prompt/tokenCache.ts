import type { Tokenizer } from "#text/tokenizer";

/** Blocks remembered: a dozen files of 500 lines. */
const remembered = 1024;

/** Ids of blocks of text, remembered, with the least recently used forgotten first. */
export class TokenCache {
	readonly tokenizer: Tokenizer;
	readonly #known = new Map<string, Int32Array>();

	constructor(tokenizer: Tokenizer) {
		this.tokenizer = tokenizer;
	}

	get size(): number {
		return this.#known.size;
	}

	/** Never the id of a special token, whatever `text` spells. `continues`: other ids of the same text come before. */
	encode(text: string, continues: boolean): Int32Array {
		const key = continues ? `+${text}` : `-${text}`;
		const found = this.#known.get(key);
		if (found !== undefined) {
			this.#known.delete(key);
			this.#known.set(key, found);
			return found;
		}
		const ids = this.encodeOnce(text, continues);
		this.#known.set(key, ids);
		if (this.#known.size > remembered) this.#known.delete(this.#known.keys().next().value ?? "");
		return ids;
	}

	/** For text that changes with every key. */
	encodeOnce(text: string, continues: boolean): Int32Array {
		const ids = this.tokenizer.encode(text, continues);
		return ids.every((id) => this.tokenizer.byteLength(id) > 0)
			? ids
			: ids.filter((id) => this.tokenizer.byteLength(id) > 0);
	}
}
