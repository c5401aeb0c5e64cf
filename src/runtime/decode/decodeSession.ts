/** The decode graph, compiled: runs new rows of a sequence after those it holds. */
import { defined, invariant } from "#base/assert";
import type { ModelConfig } from "#models/config";
import { decodeGraph, type WeightFormat } from "#models/decodeGraph";
import { type CompiledGraph, compileGraph, type SessionTarget, type WeightSource } from "../graphSession.ts";
import { loadOrt, type OrtTensor } from "../ort.ts";
import { type Adapter, type AdapterFeeds, adapterFeeds } from "./adapterFeeds.ts";
import type { Sequence } from "./sequence.ts";

export interface DecodeSessionOptions {
	readonly config: ModelConfig;
	readonly weights: WeightSource;
	readonly format: WeightFormat;
	readonly context: number;
	readonly target: SessionTarget;
	/** false: a graph without inputs for adapters, a little faster. */
	readonly adapters?: boolean;
}

/** What the model says after some of the rows, in their order. */
export interface Predictions {
	/** [rows, vocabulary]. */
	readonly logits: Float32Array;
	/** Natural logarithm of the sum of the exponentials of each row's logits. */
	readonly normalisers: readonly number[];
	/** Keys and values of all rows: see `Sequence.append`. */
	readonly present: Float32Array;
}

/** So negative that the softmax gives exactly 0. */
const hidden = -1e30;

export class DecodeSession {
	readonly config: ModelConfig;
	readonly #compiled: CompiledGraph;
	readonly #adapters: boolean;
	readonly #none: AdapterFeeds;
	/** By the sequence's part. */
	readonly #feeds = new WeakMap<object, { adapter: AdapterFeeds; feeds: Record<string, OrtTensor> }>();
	#running: Promise<unknown> = Promise.resolve();

	static async open(options: DecodeSessionOptions): Promise<DecodeSession> {
		const { config, weights, format, context, target, adapters = true } = options;
		const tuning = { prepack: format !== "float32", optimization: "all" } as const;
		const outputs = decodeGraph({ config, context, format, adapters });
		return new DecodeSession(options, await compileGraph(outputs, target, weights, tuning));
	}

	private constructor({ config, adapters = true }: DecodeSessionOptions, compiled: CompiledGraph) {
		this.config = config;
		this.#compiled = compiled;
		this.#adapters = adapters;
		this.#none = adapters ? adapterFeeds(config) : {};
	}

	/** Inputs that make an adapter take part; computed once, they can be switched from run to run. */
	prepare(adapter: Adapter): AdapterFeeds {
		invariant(this.#adapters, "an adapter for a graph without inputs for one");
		return adapterFeeds(this.config, adapter);
	}

	/** Reads `ids` after the tokens of `sequence`, which is left as it is. Logits are given of rows `firstPicked` and later. */
	async run(
		sequence: Sequence,
		ids: readonly number[],
		firstPicked: number,
		adapter: AdapterFeeds = this.#none,
	): Promise<Predictions> {
		// Without rows, products of quantised weights divide by zero and take the process with them.
		invariant(firstPicked < ids.length, `logits of row ${firstPicked} of ${ids.length}`);
		const past = sequence.tokens.length;
		const feeds = this.#lasting(sequence.feeds, adapter);
		Object.assign(feeds, this.#rowFeeds(ids, past, sequence.capacity));
		feeds["picked"] = int64s(ids.slice(firstPicked).map((_, i) => firstPicked + i));
		const running = this.#compiled.session.run(feeds);
		this.#running = running;
		const results = await running;
		const floats = (name: string) => defined(results[name], name).data as Float32Array;
		const [logits, first] = [floats("logits"), floats("first")];
		const normalisers = Array.from(first, (logProbability, row) => {
			return (logits[row * this.config.vocabularySize] as number) - logProbability;
		});
		return { logits, normalisers, present: floats("present") };
	}

	/** Waits for a run that has begun. */
	async release(): Promise<void> {
		await this.#running.catch(() => {});
		await this.#compiled.session.release();
	}

	/** What stays from run to run: joining hundreds of inputs anew would take a noticeable part of a token's time. */
	#lasting(sequence: Sequence["feeds"], adapter: AdapterFeeds): Record<string, OrtTensor> {
		const known = this.#feeds.get(sequence);
		if (known?.adapter === adapter) return known.feeds;
		const feeds = { ...sequence, ...adapter };
		this.#feeds.set(sequence, { adapter, feeds });
		return feeds;
	}

	#rowFeeds(ids: readonly number[], past: number, places: number): Record<string, OrtTensor> {
		const rows = ids.length;
		const window = this.config.slidingWindow;
		const feeds: Record<string, OrtTensor> = {
			tokens: int64s(ids),
			positions: int64s(ids.map((_, row) => past + row)),
			lengths: int64s([places, rows]),
		};
		if (window === undefined || window.layers.includes(false)) feeds["mask"] = this.#mask(rows, past, places, Infinity);
		if (window !== undefined) feeds["slidingMask"] = this.#mask(rows, past, places, window.size);
		return feeds;
	}

	/** [group * rows, places + rows]: 0 for the tokens held and the rows up to each, as far back as `reach`. */
	#mask(rows: number, past: number, places: number, reach: number): OrtTensor {
		const { Tensor } = loadOrt();
		const group = this.config.heads / this.config.kvHeads;
		const width = places + rows;
		const mask = new Float32Array(group * rows * width).fill(hidden, 0, rows * width);
		for (let row = 0; row < rows; row++) {
			const first = Math.max(0, past + row + 1 - reach);
			mask.fill(0, row * width + Math.min(first, past), row * width + past);
			mask.fill(0, row * width + places + Math.max(0, first - past), row * width + places + row + 1);
		}
		for (let copy = 1; copy < group; copy++) mask.copyWithin(copy * rows * width, 0, rows * width);
		return new Tensor("float32", mask, [group * rows, width]);
	}
}

function int64s(values: readonly number[]): OrtTensor {
	const { Tensor } = loadOrt();
	return new Tensor("int64", BigInt64Array.from(values, BigInt), [values.length]);
}
