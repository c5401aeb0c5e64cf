import type { Extent } from "./extent/extent.ts";

/** A suggestion as the model gave it for a place. */
export interface CachedCompletion {
	readonly path: string;
	readonly prefix: string;
	/** See `anchoredSuffix`. */
	readonly suffix: string;
	/** All of it, closing marks taken over included. */
	readonly text: string;
	readonly extent: Extent;
	readonly logProbabilities: readonly number[];
	readonly mode: "infill" | "prefixOnly";
}

/** A suggestion, or what is left of it after the user typed its beginning. */
export interface CacheHit {
	readonly cached: CachedCompletion;
	readonly rest: string;
}

const mostEntries = 100;

/**
 * Suggestions by what is before and behind the cursor. One is found again for every place that typing its beginning leads to, in any number
 * of keys and after deleting some again. The least recently used are forgotten.
 */
export class CompletionCache {
	/** Least recently used first. */
	#entries: CachedCompletion[] = [];

	get size(): number {
		return this.#entries.length;
	}

	put(entry: CachedCompletion): void {
		const same = ({ path, prefix, suffix }: CachedCompletion): boolean =>
			path === entry.path && prefix === entry.prefix && suffix === entry.suffix;
		this.#entries = [...this.#entries.filter((other) => !same(other)), entry].slice(-mostEntries);
	}

	/** The newest suggestion that goes on from here with something more to type. */
	find(path: string, prefix: string, suffix: string): CacheHit | undefined {
		for (let i = this.#entries.length - 1; i >= 0; i--) {
			const cached = this.#entries[i] as CachedCompletion;
			const typed = prefix.length - cached.prefix.length;
			if (typed < 0 || typed >= cached.text.length || cached.path !== path) continue;
			if (prefix.slice(cached.prefix.length) !== cached.text.slice(0, typed)) continue;
			if (cached.suffix !== suffix || !prefix.startsWith(cached.prefix)) continue;
			this.#entries.splice(i, 1);
			this.#entries.push(cached);
			return { cached, rest: cached.text.slice(typed) };
		}
		return undefined;
	}

	clear(): void {
		this.#entries = [];
	}
}
