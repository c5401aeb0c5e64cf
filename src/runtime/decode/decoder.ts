/** The `Decoder` port over onnxruntime: one session for prompt and answer, adapters by name, sequences kept between requests. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DecodedToken, DecodeRequest, Decoder, Sampling } from "#assist/decoder";
import type { Sampler } from "#assist/sampling";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { blockPlaces } from "#models/cachedRows";
import type { Adapter } from "../adapterState.ts";
import type { AdapterFeeds } from "./adapterFeeds.ts";
import { DecodeSession, type DecodeSessionOptions, type Predictions } from "./decodeSession.ts";
import { checkedRows, rowsStandAlone } from "./rowsAlone.ts";
import { Sequence } from "./sequence.ts";
import { type Lease, Sequences } from "./sequences.ts";
import { Writing } from "./writing.ts";

export interface OrtDecoderOptions extends DecodeSessionOptions {
	/** How tokens are drawn: policy, so it comes from outside. */
	readonly createSampler: (sampling: Sampling) => Sampler;
	/** Most memory for keys and values of all sequences; those in use are kept whatever they take. */
	readonly maxCacheBytes?: number;
}

interface NamedAdapter {
	readonly feeds: AdapterFeeds;
	/** Keys and values computed with one adapter mean nothing to another. */
	readonly prefix: string;
}

/** A request under way. */
interface Work {
	readonly lease: Lease;
	readonly request: DecodeRequest;
	readonly cancel: CancelToken;
	readonly adapter: NamedAdapter | undefined;
}

/**
 * What a sequence held before and what is drafted change no token, in no format: see `rowsStandAlone`.
 *
 * Not to be used after `release`. Requests of different sequences may overlap: their steps take turns.
 */
export class OrtDecoder implements Decoder {
	readonly context: number;
	readonly #session: DecodeSession;
	readonly #drafts: boolean;
	readonly #options: OrtDecoderOptions;
	readonly #sequences: Sequences;
	readonly #adapters = new Map<string, NamedAdapter>();
	#versions = 0;
	#released = false;

	/** Throws AttuneError "device" if onnxruntime refuses the graph. */
	static async open(options: OrtDecoderOptions): Promise<OrtDecoder> {
		const session = await DecodeSession.open(options);
		return new OrtDecoder(options, session, options.context >= checkedRows && (await rowsStandAlone(session)));
	}

	private constructor(options: OrtDecoderOptions, session: DecodeSession, drafts: boolean) {
		this.#drafts = drafts;
		this.context = options.context;
		this.#options = options;
		this.#session = session;
		const create = () => new Sequence(options.config, options.context);
		this.#sequences = new Sequences(create, options.maxCacheBytes ?? 256 * 2 ** 20);
	}

	/** Bytes of keys and values held. */
	get cacheBytes(): number {
		return this.#sequences.bytes;
	}

	/** Writes with the base model alone. */
	decode(request: DecodeRequest, cancel: CancelToken): AsyncIterable<DecodedToken> {
		return this.#decode(request, cancel, undefined);
	}

	/** Holds `adapter` under `name`. Requests that run with an older one of that name finish with the older one. */
	setAdapter(name: string, adapter: Adapter): void {
		this.removeAdapter(name);
		this.#adapters.set(name, { feeds: this.#session.prepare(adapter), prefix: `${++this.#versions}:` });
	}

	removeAdapter(name: string): void {
		const known = this.#adapters.get(name);
		if (known === undefined) return;
		this.#adapters.delete(name);
		this.#sequences.forget(known.prefix);
	}

	/**
	 * A decoder that writes with the adapter held under `name` when a request begins, or else with the one held now: a request that waits
	 * while it is removed still has it. AttuneError "adapter" if there is neither.
	 */
	adapted(name: string): Decoder {
		const held = this.#adapters.get(name);
		return {
			context: this.context,
			decode: (request, cancel) => {
				const adapter = this.#adapters.get(name) ?? held;
				if (adapter === undefined)
					throw new AttuneError("adapter", `no adapter "${name}" is loaded`, {
						remedy: "Adapt to the workspace first.",
					});
				return this.#decode(request, cancel, adapter);
			},
		};
	}

	/** Ends every request at its next step. */
	async release(): Promise<void> {
		this.#released = true;
		this.#sequences.forget("");
		await this.#session.release();
	}

	async *#decode(request: DecodeRequest, cancel: CancelToken, adapter?: NamedAdapter): AsyncGenerator<DecodedToken> {
		this.#check(request);
		const lease = this.#sequences.take(`${adapter?.prefix ?? "0:"}${request.sequence}`);
		const work: Work = { lease, request, cancel, adapter };
		try {
			const sampler = this.#options.createSampler(request.sampling);
			const { drafts: _, ...plain } = request;
			const asked = this.#drafts ? request : plain;
			const writing = new Writing(asked, sampler, this.context, this.#options.format);
			let predictions = await this.#read(work);
			for (;;) {
				const { tokens, kept } = writing.take(predictions, this.#options.config.vocabularySize);
				if (kept.length > 0) lease.sequence.append(kept, predictions.present, predictions.rows);
				for (const token of tokens) {
					yield token;
					this.#checkRunning(work);
				}
				if (writing.ended) return;
				predictions = await this.#step(work, writing.next(roomOf(lease.sequence)), 0);
			}
		} finally {
			lease.release();
		}
	}

	/** Reads what of the prompt the sequence does not hold; the last token's predictions. */
	async #read(work: Work): Promise<Predictions> {
		const { prompt } = work.request;
		const { sequence } = work.lease;
		// The last token is read again in any case: its predictions are wanted.
		sequence.truncate(Math.min(commonLength(sequence.tokens, prompt), prompt.length - 1));
		sequence.expect(prompt.length);
		const turns = { pause: () => this.#pause(work), check: () => this.#checkRunning(work) };
		for (;;) {
			const first = sequence.tokens.length;
			const ids = Array.from(prompt.subarray(first, first + roomOf(sequence)));
			const isLast = first + ids.length === prompt.length;
			await turns.pause();
			const firstPicked = isLast ? ids.length - 1 : ids.length;
			const predictions = await this.#session.read(sequence, ids, firstPicked, turns, work.adapter?.feeds);
			this.#sequences.trim();
			if (isLast) return predictions;
		}
	}

	/** One run; the sequence is not changed. */
	async #step(work: Work, ids: readonly number[], firstPicked: number): Promise<Predictions> {
		await this.#pause(work);
		const predictions = await this.#session.run(work.lease.sequence, ids, firstPicked, work.adapter?.feeds);
		this.#checkRunning(work);
		this.#sequences.trim();
		return predictions;
	}

	/** A turn of the event loop, in which a cancellation or something more urgent may arrive. */
	async #pause(work: Work): Promise<void> {
		await nextTurn();
		await work.request.yieldTo?.();
		this.#checkRunning(work);
	}

	#checkRunning({ lease, cancel }: Work): void {
		throwIfCancelled(cancel);
		if (this.#released || !lease.held)
			throw new AttuneError("cancelled", this.#released ? "the model was unloaded" : "a later request took its place", {
				remedy: "Ask again.",
			});
	}

	#check({ prompt }: DecodeRequest): void {
		const { vocabularySize } = this.#options.config;
		if (prompt.length === 0 || prompt.length >= this.context)
			throw new AttuneError("usage", `a prompt of ${prompt.length} tokens; this model takes 1 to ${this.context - 1}`, {
				remedy: "Send less text, or choose a model with a longer context.",
			});
		const wrong = prompt.find((id) => id < 0 || id >= vocabularySize);
		if (wrong !== undefined)
			throw new AttuneError("tokenizer", `token ${wrong} is not among the model's ${vocabularySize}`, {
				remedy: "The tokenizer belongs to another model: fetch the model again.",
			});
	}
}

/** Rows that a run may have. */
function roomOf({ tokens }: Sequence): number {
	return blockPlaces - (tokens.length % blockPlaces);
}

/** How many tokens at the beginning are the same. */
function commonLength(a: readonly number[], b: Int32Array): number {
	let length = 0;
	while (length < a.length && length < b.length && a[length] === b[length]) length++;
	return length;
}
