/** The keys and values of one sequence of tokens. */
import { invariant } from "#base/assert";
import type { ModelConfig } from "#models/config";
import { loadOrt, type OrtTensor } from "../ort.ts";

/** Places are added so many at a time, and more of a long sequence: the graph reads unused ones too, and adding moves all others. */
const step = 64;
const share = 1 / 8;
/** Memory is taken for twice as many places, which costs nothing before it is written to. */
const spare = 2;

/** Keys and values per layer, [kvHeads, 1, capacity, headDim] each, in one block of memory. */
export class Sequence {
	/** Ids whose keys and values are held, in order. */
	readonly tokens: number[] = [];
	/** Inputs `key.<i>` and `value.<i>`: views of the block, remade only when it grows. */
	views: Readonly<Record<string, OrtTensor>> = {};
	capacity = 0;
	readonly #config: ModelConfig;
	readonly #context: number;
	readonly #layers: readonly number[];
	#block = new Float32Array(0);
	#expected = 0;

	constructor(config: ModelConfig, context: number) {
		this.#config = config;
		this.#context = context;
		this.#layers = Array.from({ length: config.layers }, (_, i) => i);
		this.views = this.#views();
	}

	get bytes(): number {
		return this.#block.byteLength;
	}

	/** So many tokens will come, in all: memory for them is taken at once when some is taken. */
	expect(length: number): void {
		this.#expected = length;
	}

	/** Makes room for `length` tokens in all. */
	reserve(length: number): void {
		invariant(length <= this.#context, `${length} tokens in a context of ${this.#context}`);
		if (length <= this.capacity) return;
		const { layers, kvHeads, headDim } = this.#config;
		const wanted = Math.max(length, this.tokens.length * (1 + share));
		const capacity = Math.min(this.#context, Math.ceil(wanted / step) * step);
		const heads = 2 * layers * kvHeads;
		const old = this.#block;
		if (heads * capacity * headDim > old.length) {
			const places = this.#expected > capacity ? this.#expected + step : spare * capacity;
			this.#block = new Float32Array(heads * Math.min(this.#context, places) * headDim);
		}
		const used = this.tokens.length * headDim;
		// The last one first: in the same block each moves up into what the next has left.
		for (let head = heads - 1; head >= 0; head--) {
			const [from, to] = [head * this.capacity * headDim, head * capacity * headDim];
			if (this.#block === old) old.copyWithin(to, from, from + used);
			else this.#block.set(old.subarray(from, from + used), to);
		}
		this.capacity = capacity;
		this.views = this.#views();
	}

	/** Appends `ids`, the first rows of a run of `rows` through all layers: see `prepare`. */
	append(ids: readonly number[], present: Float32Array, rows: number): void {
		this.prepare(this.#layers, ids.length, present, rows);
		this.push(ids);
	}

	/**
	 * What `layers` made of the next `count` tokens, which are pushed when all have: `present` holds keys, then values, [layers, kvHeads, rows, headDim],
	 * of the first `count` rows.
	 */
	prepare(layers: readonly number[], count: number, present: Float32Array, rows: number): void {
		const { kvHeads, headDim } = this.#config;
		const start = this.tokens.length;
		this.reserve(start + count);
		const parts = [...layers, ...layers.map((layer) => this.#config.layers + layer)];
		for (const [i, part] of parts.entries()) {
			for (let head = 0; head < kvHeads; head++) {
				const from = (i * kvHeads + head) * rows * headDim;
				const made = present.subarray(from, from + count * headDim);
				this.#block.set(made, ((part * kvHeads + head) * this.capacity + start) * headDim);
			}
		}
	}

	/** Tokens whose keys and values have been prepared in all layers. */
	push(ids: readonly number[]): void {
		this.tokens.push(...ids);
	}

	/** Forgets all but the first `length` tokens. */
	truncate(length: number): void {
		this.tokens.length = Math.min(this.tokens.length, length);
	}

	#views(): Record<string, OrtTensor> {
		const { layers, kvHeads, headDim } = this.#config;
		const { Tensor } = loadOrt();
		const size = kvHeads * this.capacity * headDim;
		const view = (index: number) =>
			new Tensor("float32", this.#block.subarray(index * size, (index + 1) * size), [
				kvHeads,
				1,
				this.capacity,
				headDim,
			]);
		const views: Record<string, OrtTensor> = {};
		for (let layer = 0; layer < layers; layer++) {
			views[`key.${layer}`] = view(layer);
			views[`value.${layer}`] = view(layers + layer);
		}
		return views;
	}
}
