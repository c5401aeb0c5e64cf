/** The decode graph, compiled: runs new rows of a sequence after those it holds. */
import { availableParallelism } from "node:os";
import { defined, invariant } from "#base/assert";
import { blockPlaces, openPlaces, queryParts } from "#models/cachedRows";
import type { ModelConfig } from "#models/config";
import { decodeGraph, type WeightFormat } from "#models/decodeGraph";
import type { Adapter } from "../adapterState.ts";
import { type CompiledGraph, compileGraph, type SessionTarget, type WeightSource } from "../graphSession.ts";
import { loadOrt, type OrtTensor } from "../ort.ts";
import { type AdapterFeeds, adapterFeeds } from "./adapterFeeds.ts";
import { Embedding } from "./embedding.ts";
import type { Sequence } from "./sequence.ts";

export interface DecodeSessionOptions {
	readonly config: ModelConfig;
	readonly weights: WeightSource;
	readonly format: WeightFormat;
	readonly context: number;
	readonly target: SessionTarget;
	/** false: a graph without inputs for adapters, a little faster. */
	readonly adapters?: boolean;
	/** false: weights stay where they lie, which takes half the memory and more time a run. */
	readonly prepack?: boolean;
}

/** What the model says after some of the rows, in their order. */
export interface Predictions {
	/** [rows, vocabulary], and maybe a row more. */
	readonly logits: Float32Array;
	/** Natural logarithm of the sum of the exponentials of each row's logits. */
	readonly normalisers: readonly number[];
	/** Keys and values of all `rows` that were run: see `Sequence.append`. Gone with the next run, as memory of its own would cost a page fault per 4 KiB. */
	readonly present: Float32Array;
	readonly rows: number;
}

interface LastingFeeds {
	readonly adapter: AdapterFeeds;
	views: Sequence["views"];
	readonly feeds: Record<string, OrtTensor>;
}

/** So negative that the softmax gives exactly 0. */
const hidden = -1e30;

export class DecodeSession {
	readonly config: ModelConfig;
	readonly #compiled: CompiledGraph;
	readonly #adapters: boolean;
	readonly #threads: number;
	readonly #none: AdapterFeeds;
	readonly #zeros: Float32Array;
	readonly #present: Float32Array;
	readonly #embedding: Embedding;
	readonly #feeds = new WeakMap<Sequence, LastingFeeds>();
	#runs = 0;
	#running: Promise<unknown> = Promise.resolve();

	static async open(options: DecodeSessionOptions): Promise<DecodeSession> {
		const { config, weights, format, context, target, adapters = true, prepack = true } = options;
		// Products with weights that are not laid out beforehand do so in each run of more than one row, and sum otherwise for one.
		const tuning = { prepack, optimization: "all", dynamicBlocks: 0 } as const;
		const { used, most } = threadsOf(target, config);
		const outputs = decodeGraph({ config, context, format, adapters, threads: most });
		return new DecodeSession(options, await compileGraph(outputs, { ...target, threads: used }, weights, tuning));
	}

	private constructor({ config, target, weights, adapters = true }: DecodeSessionOptions, compiled: CompiledGraph) {
		this.#embedding = new Embedding(weights, "model.embed_tokens.weight", config.hiddenSize);
		this.config = config;
		this.#threads = threadsOf(target, config).most;
		this.#compiled = compiled;
		this.#adapters = adapters;
		this.#none = adapters ? adapterFeeds(config, this.#threads) : {};
		this.#zeros = new Float32Array(openPlaces * config.kvHeads * config.headDim);
		this.#present = new Float32Array(2 * config.layers * config.kvHeads * blockPlaces * config.headDim);
	}

	/** Inputs that make an adapter take part; computed once, they can be switched from run to run. */
	prepare(adapter: Adapter): AdapterFeeds {
		invariant(this.#adapters, "an adapter for a graph without inputs for one");
		return adapterFeeds(this.config, this.#threads, adapter);
	}

	/**
	 * Reads `ids` after the tokens of `sequence`, which is left as it is. Logits are given of rows `firstPicked` and later, if there are any. They are
	 * the same bits whatever the other rows are. Together with the tokens since the last multiple of 64 there are 64 at most.
	 */
	async run(
		sequence: Sequence,
		ids: readonly number[],
		firstPicked: number,
		adapter: AdapterFeeds = this.#none,
	): Promise<Predictions> {
		invariant(ids.length > 0, "a run of no rows");
		const past = sequence.tokens.length;
		invariant((past % blockPlaces) + ids.length <= blockPlaces, `${ids.length} rows after ${past} are in two blocks`);
		const feeds = this.#lasting(sequence, adapter);
		Object.assign(feeds, this.#rowFeeds(ids, past, sequence.capacity));
		const picked = ids.slice(firstPicked).map((_, i) => firstPicked + i);
		feeds["told"] = bool(picked.length > 0);
		feeds["picked"] = int64s(inPairs(picked));
		const rows = evenly(ids.length);
		const newest = () => this.#runs;
		const present = this.#presentOf(rows);
		const running = this.#compiled.session.run(feeds, { logits: null, first: null, present });
		this.#running = running;
		const results = await running;
		const floats = (name: string) => defined(results[name], name).data as Float32Array;
		const [logits, first] = [floats("logits"), floats("first")];
		const normalisers = Array.from(first, (logProbability, row) => {
			return (logits[row * this.config.vocabularySize] as number) - logProbability;
		});
		const run = ++this.#runs;
		return {
			...{ logits, normalisers, rows },
			get present() {
				invariant(run === newest(), "keys and values of a run before the last one");
				return present.data as Float32Array;
			},
		};
	}

	/** Waits for a run that has begun. */
	async release(): Promise<void> {
		await this.#running.catch(() => {});
		await this.#compiled.session.release();
		this.#embedding.close();
	}

	/** What stays from run to run: joining hundreds of inputs anew would take a noticeable part of a token's time. */
	#lasting(sequence: Sequence, adapter: AdapterFeeds): Record<string, OrtTensor> {
		const known = this.#feeds.get(sequence);
		const { views } = sequence;
		if (known?.adapter === adapter) {
			if (known.views !== views) Object.assign(known.feeds, views);
			known.views = views;
			return known.feeds;
		}
		const feeds = { ...views, ...adapter };
		this.#feeds.set(sequence, { adapter, views, feeds });
		return feeds;
	}

	/** Where a run writes its keys and values. */
	#presentOf(rows: number): OrtTensor {
		const { layers, kvHeads, headDim } = this.config;
		const heads = 2 * layers * kvHeads;
		const { Tensor } = loadOrt();
		return new Tensor("float32", this.#present.subarray(0, heads * rows * headDim), [heads, 1, rows, headDim]);
	}

	#rowFeeds(ids: readonly number[], past: number, places: number): Record<string, OrtTensor> {
		const { slidingWindow: window, kvHeads, headDim } = this.config;
		const { Tensor } = loadOrt();
		const rows = evenly(ids.length);
		const held = past - (past % blockPlaces);
		const fill = openPlaces - (past - held) - rows;
		const feeds: Record<string, OrtTensor> = {
			embedded: new Tensor("float32", this.#embedding.rows(inPairs(ids)), [rows, this.config.hiddenSize]),
			positions: int64s(inPairs(ids.map((_, row) => past + row))),
			lengths: int64s([places, openPlaces]),
			...{ held: int64s([held]), past: int64s([past]) },
			fill: new Tensor("float32", this.#zeros.subarray(0, kvHeads * fill * headDim), [kvHeads, 1, fill, headDim]),
		};
		if (window === undefined || window.layers.includes(false)) feeds["mask"] = this.#mask(rows, past, places, Infinity);
		if (window !== undefined) feeds["slidingMask"] = this.#mask(rows, past, places, window.size);
		return feeds;
	}

	/** [heads of a part * rows, places + openPlaces]: 0 for the tokens held and the rows up to each, as far back as `reach`. */
	#mask(rows: number, past: number, places: number, reach: number): OrtTensor {
		const { Tensor } = loadOrt();
		const { heads, kvHeads } = this.config;
		const group = heads / kvHeads / queryParts(this.config, this.#threads);
		const width = places + openPlaces;
		const held = past - (past % blockPlaces);
		const mask = new Float32Array(group * rows * width).fill(hidden, 0, rows * width);
		for (let row = 0; row < rows; row++) {
			const [first, end] = [Math.max(0, past + row + 1 - reach), past + row + 1];
			mask.fill(0, row * width + Math.min(first, held), row * width + held);
			mask.fill(0, row * width + places + Math.max(0, first - held), row * width + places + end - held);
		}
		for (let copy = 1; copy < group; copy++) mask.copyWithin(copy * rows * width, 0, rows * width);
		return new Tensor("float32", mask, [group * rows, width]);
	}
}

/**
 * No more than heads: attention has no work for others, and would be cut up for them. With a single key head onnxruntime makes one product
 * of all, which it would cut up in any case. 0 stands for its own choice, the cores without their second threads.
 */
function threadsOf({ threads }: SessionTarget, { heads, kvHeads }: ModelConfig): { used: number; most: number } {
	const most = availableParallelism();
	if (kvHeads > 1 && threads === 0 && most <= heads) return { used: 0, most };
	const wanted = threads === 0 ? Math.ceil(most / 2) : threads;
	const used = kvHeads === 1 ? 1 : Math.min(wanted, heads);
	return { used, most: used };
}

/** Kernels take rows in pairs, and a single one otherwise: so there is none. */
function evenly(rows: number): number {
	return rows + (rows % 2);
}

/** The last one twice if there is an odd number. */
function inPairs(values: readonly number[]): readonly number[] {
	return values.length % 2 === 0 ? values : [...values, values[values.length - 1] as number];
}

function bool(value: boolean): OrtTensor {
	const { Tensor } = loadOrt();
	return new Tensor("bool", Uint8Array.of(Number(value)), []);
}

function int64s(values: readonly number[]): OrtTensor {
	const { Tensor } = loadOrt();
	return new Tensor("int64", BigInt64Array.from(values, BigInt), [values.length]);
}
