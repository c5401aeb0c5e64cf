import type { TokenDocument } from "./windows.ts";

/** Negative if `a` is to be kept rather than `b`. Must order any two different documents. */
export type Precedence = (a: Pick<TokenDocument, "path" | "modifiedMs">, b: typeof a) => number;

/**
 * The best documents of a stream, held to about `maxTokens` tokens (4 bytes each; a quarter more between two trims). What
 * is kept depends on the documents alone, not on the order they came in: the best ones up to and with the one that
 * reaches the limit.
 */
export class DocumentPool {
	readonly #maxTokens: number;
	readonly #precedence: Precedence;
	#documents: TokenDocument[] = [];
	#tokens = 0;
	/** The best document ever left out: nothing behind it can come back. */
	#leftOut: TokenDocument | undefined;

	constructor(maxTokens: number, precedence: Precedence) {
		this.#maxTokens = maxTokens;
		this.#precedence = precedence;
	}

	/** False if a document of this path and time would be left out anyway: it need not be tokenised. */
	wants(candidate: Pick<TokenDocument, "path" | "modifiedMs">): boolean {
		return this.#leftOut === undefined || this.#precedence(candidate, this.#leftOut) < 0;
	}

	add(document: TokenDocument): void {
		if (!this.wants(document)) return;
		this.#documents.push(document);
		this.#tokens += document.tokens.length;
		if (this.#tokens > this.#maxTokens * 1.25) this.#trim();
	}

	/** The kept documents, best first. */
	documents(): readonly TokenDocument[] {
		this.#trim();
		return this.#documents;
	}

	#trim(): void {
		this.#documents.sort(this.#precedence);
		let tokens = 0;
		let count = 0;
		for (const document of this.#documents) {
			if (tokens >= this.#maxTokens) break;
			tokens += document.tokens.length;
			count++;
		}
		if (count < this.#documents.length) {
			this.#leftOut = this.#documents[count];
			this.#documents.length = count;
		}
		this.#tokens = tokens;
	}
}
