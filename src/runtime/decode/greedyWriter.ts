/** Greedy answers of a model in float32 with any adapter, from kept keys and values: a token costs a row, not a whole window. */
import { blockPlaces } from "#models/cachedRows";
import { countParameters } from "#models/parameters";
import type { Adapter } from "../adapterState.ts";
import type { AdapterFeeds } from "./adapterFeeds.ts";
import { DecodeSession, type DecodeSessionOptions } from "./decodeSession.ts";
import { Sequence } from "./sequence.ts";

export type GreedyWriterOptions = Omit<DecodeSessionOptions, "format" | "adapters" | "prepack">;

export interface Answer {
	readonly maxTokens: number;
	/** Ids that end the text; the one met is not given. */
	readonly stop: ReadonlySet<number>;
}

/** Bytes of weights of which there may be a second layout beside a learner: it halves a token's time. */
const twice = 512 * 2 ** 20;

/** One call at a time. */
export class GreedyWriter {
	readonly #session: DecodeSession;
	readonly #context: number;
	readonly #prepared = new WeakMap<Adapter, AdapterFeeds>();

	static async open(options: GreedyWriterOptions): Promise<GreedyWriter> {
		const prepack = 4 * countParameters(options.config) <= twice;
		const session = await DecodeSession.open({ ...options, format: "float32", prepack });
		return new GreedyWriter(session, options.context);
	}

	private constructor(session: DecodeSession, context: number) {
		this.#session = session;
		this.#context = context;
	}

	/** The ids that follow `prompt`, which is not empty and shorter than the context; both together fill no more than that. */
	async write(prompt: Int32Array, { maxTokens, stop }: Answer, adapter?: Adapter): Promise<Int32Array> {
		const feeds = adapter && this.#feedsOf(adapter);
		const sequence = new Sequence(this.#session.config, this.#context);
		const answer: number[] = [];
		let unread = Array.from(prompt);
		while (answer.length < maxTokens) {
			const ids = unread.slice(0, blockPlaces - (sequence.tokens.length % blockPlaces));
			const { logits, present, rows } = await this.#session.run(sequence, ids, ids.length - 1, feeds);
			sequence.append(ids, present, rows);
			unread = unread.slice(ids.length);
			if (unread.length > 0) continue;
			const next = argmax(logits.subarray(0, this.#session.config.vocabularySize));
			if (stop.has(next)) break;
			answer.push(next);
			if (sequence.tokens.length >= this.#context) break;
			unread = [next];
		}
		return Int32Array.from(answer);
	}

	release(): Promise<void> {
		return this.#session.release();
	}

	#feedsOf(adapter: Adapter): AdapterFeeds {
		const known = this.#prepared.get(adapter) ?? this.#session.prepare(adapter);
		this.#prepared.set(adapter, known);
		return known;
	}
}

/** The first of the largest. */
function argmax(values: Float32Array): number {
	let best = 0;
	for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
	return best;
}
