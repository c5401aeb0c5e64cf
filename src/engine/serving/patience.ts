/** Who types goes first: a conversation waits between two tokens while a suggestion is being made. */
import type { DecodedToken, DecodeRequest, Decoder } from "#assist/decoder";
import type { CancelToken } from "#base/cancel";

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

	/** The same decoder, letting urgent work pass before each token. */
	decoder(decoder: Decoder): Decoder {
		return { context: decoder.context, decode: (request, cancel) => this.#decode(decoder, request, cancel) };
	}

	async *#decode(decoder: Decoder, request: DecodeRequest, cancel: CancelToken): AsyncGenerator<DecodedToken> {
		for await (const token of decoder.decode(request, cancel)) {
			yield token;
			await this.quiet();
		}
	}
}
