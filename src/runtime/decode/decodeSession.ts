/** The decode graph, compiled: runs new rows of a sequence after those it holds. */
import { availableParallelism } from "node:os";
import { defined, invariant } from "#base/assert";
import { blockPlaces, openPlaces } from "#models/cachedRows";
import type { ModelConfig } from "#models/config";
import { decodeGraph, type WeightFormat } from "#models/decodeGraph";
import { sectionInput, sectionsOf } from "#models/sections";
import type { Adapter } from "../adapterState.ts";
import { type CompiledGraph, compileGraph, type SessionTarget, type WeightSource } from "../graphSession.ts";
import { loadOrt, type OrtTensor } from "../ort.ts";
import { type AdapterFeeds, adapterFeeds } from "./adapterFeeds.ts";
import { Embedding } from "./embedding.ts";
import { Masks } from "./masks.ts";
import { Pace } from "./pace.ts";
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
	/** Keys and values of all `rows` that were run: see `Sequence.prepare`. Gone with the next run, as memory of its own would cost a page fault per 4 KiB. */
	readonly present: Float32Array;
	readonly rows: number;
}

/** Of a reader who may be interrupted; what these throw ends the reading, with the sequence as it was. */
export interface Turns {
	/** Awaited between two runs. */
	pause(): Promise<void>;
	/** Throws if the sequence is not the reader's any more. */
	check(): void;
}

interface LastingFeeds {
	readonly adapter: AdapterFeeds;
	views: Sequence["views"];
	readonly feeds: Record<string, OrtTensor>;
	readonly masks: Masks;
	/** Memory of rows [64, d] as they are, and of what the next sections make of them. */
	rows: readonly [Float32Array, Float32Array];
}

export class DecodeSession {
	readonly config: ModelConfig;
	readonly #compiled: CompiledGraph;
	readonly #sections: readonly (readonly number[])[];
	readonly #pace: Pace;
	readonly #adapters: boolean;
	readonly #threads: number;
	readonly #none: AdapterFeeds;
	readonly #yes = bool(true);
	readonly #no = bool(false);
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
		this.#sections = sectionsOf(config.layers);
		this.#pace = new Pace(this.#sections.length);
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
		adapter = this.#none,
	): Promise<Predictions> {
		const lasting = this.#begin(sequence, ids, adapter);
		return this.#through(lasting, ids, firstPicked, [0, this.#sections.length]);
	}

	/**
	 * As `run`, but not all layers at once: other sequences may be run in between. At the end `ids` have been appended to `sequence`, before that
	 * nothing.
	 */
	async read(
		sequence: Sequence,
		ids: readonly number[],
		firstPicked: number,
		turns: Turns,
		adapter = this.#none,
	): Promise<Predictions> {
		sequence.reserve(sequence.tokens.length + ids.length);
		const lasting = this.#begin(sequence, ids, adapter);
		const all = this.#sections.length;
		for (let first = 0; ; await turns.pause()) {
			const end = Math.min(all, first + this.#pace.sections(ids.length));
			const predictions = await this.#through(lasting, ids, end < all ? ids.length : firstPicked, [first, end]);
			turns.check();
			const layers = this.#sections.slice(first, end).flat();
			if (end === all) layers.push(this.config.layers - 1);
			sequence.prepare(layers, ids.length, predictions.present, predictions.rows);
			if (end === all) {
				sequence.push(ids);
				return predictions;
			}
			first = end;
		}
	}

	#begin(sequence: Sequence, ids: readonly number[], adapter: AdapterFeeds): LastingFeeds {
		invariant(ids.length > 0, "a run of no rows");
		const past = sequence.tokens.length;
		invariant((past % blockPlaces) + ids.length <= blockPlaces, `${ids.length} rows after ${past} are in two blocks`);
		const lasting = this.#lasting(sequence, adapter);
		const embedded = this.#rows(this.#embedding.read(inPairs(ids), lasting.rows[0]));
		const masks = lasting.masks.of(evenly(ids.length), past, sequence.capacity);
		Object.assign(lasting.feeds, { embedded }, this.#rowFeeds(ids, past, sequence.capacity), masks);
		return lasting;
	}

	/** [rows, d] */
	#rows(values: Float32Array): OrtTensor {
		const { Tensor } = loadOrt();
		const width = this.config.hiddenSize;
		return new Tensor("float32", values, [values.length / width, width]);
	}

	/** Through sections [first, end) and, if these are the last, the last layer; `feeds` then hold what the next go on from. */
	async #through(
		lasting: LastingFeeds,
		ids: readonly number[],
		firstPicked: number,
		[first, end]: readonly [number, number],
	): Promise<Predictions> {
		const { feeds } = lasting;
		const picked = ids.slice(firstPicked).map((_, i) => firstPicked + i);
		const bool = (value: boolean) => (value ? this.#yes : this.#no);
		feeds["told"] = bool(picked.length > 0);
		feeds["picked"] = int64s(inPairs(picked));
		for (const index of this.#sections.keys()) feeds[sectionInput(index)] = bool(first <= index && index < end);
		const rows = evenly(ids.length);
		const isLast = end === this.#sections.length;
		feeds["arrived"] = bool(isLast);
		const layers = this.#sections.slice(first, end).flat().length + Number(isLast);
		const present = this.#presentOf(rows, layers);
		const hidden = this.#rows(lasting.rows[1].subarray(0, rows * this.config.hiddenSize));
		const start = performance.now();
		const running = this.#compiled.session.run(feeds, {
			logits: null,
			first: null,
			present,
			...(!isLast && { hidden }),
		});
		this.#running = running;
		const results = await running;
		this.#pace.took(performance.now() - start, ids.length, end - first);
		if (!isLast) {
			feeds["embedded"] = hidden;
			lasting.rows = [lasting.rows[1], lasting.rows[0]];
		}
		const floats = (name: string) => defined(results[name], name).data as Float32Array;
		const [logits, firsts] = [floats("logits"), floats("first")];
		const normalisers = Array.from(firsts, (logProbability, row) => {
			return (logits[row * this.config.vocabularySize] as number) - logProbability;
		});
		const [run, newest] = [++this.#runs, () => this.#runs];
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
	#lasting(sequence: Sequence, adapter: AdapterFeeds): LastingFeeds {
		const known = this.#feeds.get(sequence);
		const { views } = sequence;
		if (known?.adapter === adapter) {
			if (known.views !== views) Object.assign(known.feeds, views);
			known.views = views;
			return known;
		}
		const rows = () => new Float32Array(blockPlaces * this.config.hiddenSize);
		const lasting: LastingFeeds = {
			...{ adapter, views, feeds: { ...views, ...adapter } },
			...{ masks: new Masks(this.config), rows: [rows(), rows()] },
		};
		this.#feeds.set(sequence, lasting);
		return lasting;
	}

	/** Where a run through so many layers writes their keys and values. */
	#presentOf(rows: number, layers: number): OrtTensor {
		const { kvHeads, headDim } = this.config;
		const { Tensor } = loadOrt();
		const length = 2 * layers * kvHeads * rows * headDim;
		return new Tensor("float32", this.#present.subarray(0, length), [length]);
	}

	#rowFeeds(ids: readonly number[], past: number, places: number): Record<string, OrtTensor> {
		const { kvHeads, headDim } = this.config;
		const { Tensor } = loadOrt();
		const rows = evenly(ids.length);
		const held = past - (past % blockPlaces);
		const fill = openPlaces - (past - held) - rows;
		return {
			positions: int64s(inPairs(ids.map((_, row) => past + row))),
			lengths: int64s([places, openPlaces]),
			...{ held: int64s([held]), past: int64s([past]) },
			fill: new Tensor("float32", this.#zeros.subarray(0, kvHeads * fill * headDim), [kvHeads, 1, fill, headDim]),
		};
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
