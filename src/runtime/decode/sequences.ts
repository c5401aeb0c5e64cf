/** Several sequences kept by name, the least recently used dropped first. */
import type { Sequence } from "./sequence.ts";

/** The right to change a sequence. It ends when another request takes the same one. */
export interface Lease {
	readonly sequence: Sequence;
	/** Whether nobody else has taken the sequence since. */
	readonly held: boolean;
	release(): void;
}

interface Entry {
	readonly sequence: Sequence;
	/** Undefined when idle. */
	holder: object | undefined;
}

export class Sequences {
	/** In order of use, latest last. */
	readonly #entries = new Map<string, Entry>();
	readonly #create: () => Sequence;
	readonly #maxBytes: number;

	constructor(create: () => Sequence, maxBytes: number) {
		this.#create = create;
		this.#maxBytes = maxBytes;
	}

	/** Memory of all sequences together. Those in use count but are never dropped. */
	get bytes(): number {
		let sum = 0;
		for (const { sequence } of this.#entries.values()) sum += sequence.bytes;
		return sum;
	}

	/** The sequence of that name, taken away from whoever uses it: of two requests the later one is wanted. */
	take(name: string): Lease {
		const entry = this.#entries.get(name) ?? { sequence: this.#create(), holder: undefined };
		const holder = {};
		entry.holder = holder;
		this.#entries.delete(name);
		this.#entries.set(name, entry);
		this.trim();
		return {
			sequence: entry.sequence,
			get held() {
				return entry.holder === holder;
			},
			release: () => {
				if (entry.holder === holder) entry.holder = undefined;
				this.trim();
			},
		};
	}

	/** Drops idle sequences, least recently used first, until the rest fits. */
	trim(): void {
		let bytes = this.bytes;
		for (const [name, { sequence, holder }] of this.#entries) {
			if (bytes <= this.#maxBytes) return;
			if (holder !== undefined) continue;
			this.#entries.delete(name);
			bytes -= sequence.bytes;
		}
	}

	/** Forgets the sequences whose name begins so; requests that use one keep it to their end. */
	forget(prefix: string): void {
		for (const name of [...this.#entries.keys()]) if (name.startsWith(prefix)) this.#entries.delete(name);
	}
}
