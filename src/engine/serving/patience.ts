/** Who types goes first: a conversation waits between two tokens, or two chunks of its prompt, while a suggestion is being made. */
import type { Decoder } from "#assist/decoder";

export class Patience {
	#urgent = 0;
	#waiting: (() => void)[] = [];

	/** Runs `work` while all patient decoders wait. */
	async first<T>(work: () => Promise<T>): Promise<T> {
		this.#urgent++;
		try {
			return await work();
		} finally {
			if (--this.#urgent === 0) for (const go of this.#waiting.splice(0)) go();
		}
	}

	/** Resolves when no urgent work is under way. */
	async quiet(): Promise<void> {
		while (this.#urgent > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
	}

	/** The same decoder, letting urgent work pass. */
	decoder(decoder: Decoder): Decoder {
		const yieldTo = () => this.quiet();
		return { context: decoder.context, decode: (request, cancel) => decoder.decode({ ...request, yieldTo }, cancel) };
	}
}
