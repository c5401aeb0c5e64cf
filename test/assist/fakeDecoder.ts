import type { DecodedToken, DecodeRequest, Decoder } from "#assist/decoder";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import type { Tokenizer } from "#text/tokenizer";

/** Writes what it is told to, a turn of the event loop per token; counts what is asked of it. */
export class FakeDecoder implements Decoder {
	readonly context: number;
	readonly requests: DecodeRequest[] = [];
	/** Requests that run, and the most that ever did at once. */
	running = 0;
	most = 0;
	/** Of tokens. */
	logProbability = -0.1;
	/** The text for a request, or its ids. */
	says: (request: DecodeRequest) => string | Int32Array = () => "";
	/** Called before each token. */
	beforeToken: () => void = () => {};
	readonly #tokenizer: Tokenizer;

	constructor(tokenizer: Tokenizer, context = 1024) {
		this.#tokenizer = tokenizer;
		this.context = context;
	}

	async *decode(request: DecodeRequest, cancel: CancelToken): AsyncGenerator<DecodedToken> {
		this.requests.push(request);
		this.most = Math.max(this.most, ++this.running);
		try {
			const said = this.says(request);
			const ids = typeof said === "string" ? this.#tokenizer.encode(said, true) : said;
			for (const id of ids.subarray(0, request.maxTokens)) {
				await Promise.resolve();
				this.beforeToken();
				throwIfCancelled(cancel);
				yield { id, logProbability: this.logProbability };
			}
		} finally {
			this.running--;
		}
	}
}
