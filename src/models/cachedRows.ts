/** Rows that come after others whose keys and values were kept. */
import { defined } from "#base/assert";
import { at } from "#graph/op";
import { choose, onlyIf } from "#graph/ops/branch";
import { add } from "#graph/ops/elementwise";
import { concat, reshape, sliceBy, splitBy, transpose } from "#graph/ops/layout";
import { matmul } from "#graph/ops/linear";
import { gatherRows } from "#graph/ops/lookup";
import { expand } from "#graph/ops/reduce";
import { softmax } from "#graph/ops/softmax";
import { constant, input, type Tensor } from "#graph/tensor";
import type { ModelConfig } from "./config.ts";
import type { Rows } from "./forward.ts";
import { sectionInput } from "./sections.ts";

/**
 * Places of a sequence are in blocks of so many, and the rows of a run lie in one of them. What a row gives then depends on nothing but the
 * tokens up to it, to the last bit: not on how many rows were run with it. Rounding to 8 bits on the way makes more of a last bit.
 */
export const blockPlaces = 64;
/** Places that attention sees beside those of whole blocks: one block, and rows that stand in for nothing. */
export const openPlaces = 80;

/** Lengths of a run, as dimensions known only then: T new rows, P places of the cache, of which H are in the block not yet full. */
const newRows = -1;
export const pastRows = -1_000;
const heldRows = -20_000;
const fillRows = -300_000;
/** Rows whose logits are wanted. */
const pickedRows = -1_000_000;
/** `openPlaces` when it runs. */
const openRows = heldRows + newRows + fillRows;

export interface CachedRows extends Rows {
	/** Keys, then values, of the new rows in every layer that was run: [2 * layers * kvHeads * T * headDim]. */
	present(): Tensor;
	/** What comes out of the sections [T, d]: where the last layer is not run, what the next section goes on from. */
	hidden(): Tensor;
}

/**
 * Inputs `embedded` [T, d], the rows' embeddings, `positions` [T] int64, per layer `key.<i> value.<i>` [kvHeads, 1, P, headDim], `held` [1] and `past` [1] int64: places of
 * whole blocks and of all tokens held, `fill` [kvHeads, 1, F, headDim] with F = openPlaces - (past - held) - T, `lengths` = (P, openPlaces)
 * [2] int64, and `mask` [T, P + openPlaces], added to the scores: 0 for what a row sees, hugely negative elsewhere; `slidingMask` likewise for layers with a
 * sliding window; `picked` [k] int64, the rows wanted; per section one bool, `sectionInput`: a section that is not run gives its input on; and `arrived`, one bool,
 * whether the last layer is run.
 *
 * Whole blocks are read where they lie. The open block is put together with the new rows, so that every place is where it is in any
 * other run, and sums go over the same numbers in the same order. `threads` are those that onnxruntime may use.
 */
export function cachedRows(config: ModelConfig, span: number, threads: number): CachedRows {
	const { heads, kvHeads, headDim } = config;
	const group = heads / kvHeads;
	const parts = queryParts(config, threads);
	const mask = (name: string) => input(name, "float32", [newRows, pastRows + openRows]);
	const [full, sliding] = [mask("mask"), mask("slidingMask")];
	const lengths = input("lengths", "int64", [2]);
	const [held, end] = [input("held", "int64", [1]), input("past", "int64", [1])];
	const picked = input("picked", "int64", [pickedRows]);
	const fill = input("fill", "float32", [kvHeads, 1, fillRows, headDim]);
	const made: { key: Tensor; value: Tensor }[] = [];
	const nothing = expand(constant([0], "float32", [1]), [0]);
	let hidden = input("embedded", "float32", [newRows, config.hiddenSize]);

	const byHead = (x: Tensor) => transpose(reshape(x, [newRows, kvHeads, 1, headDim]), [1, 2, 0, 3]); // [kv, 1, T, hd]
	const past = (name: string) => input(name, "float32", [kvHeads, 1, pastRows, headDim]);
	/** [kv, 1, openPlaces, hd] */
	const open = (name: string, x: Tensor) => concat([sliceBy(past(name), held, end, heldRows, 2), x, fill], 2);

	function attend(layer: number, ...projected: [query: Tensor, key: Tensor, value: Tensor]): Tensor {
		const [query, flatKey, flatValue] = layer === config.layers - 1 ? ifArrived(projected) : projected;
		const [key, value] = [byHead(flatKey), byHead(flatValue)];
		made[layer] = {
			key: reshape(key, [kvHeads * newRows * headDim]),
			value: reshape(value, [kvHeads * newRows * headDim]),
		};
		const split = transpose(reshape(query, [newRows, kvHeads, group, headDim]), [1, 2, 0, 3]);
		const queries = reshape(split, [kvHeads, parts, (group / parts) * newRows, headDim]);
		const scored = { transB: true, alpha: 1 / Math.sqrt(headDim) };
		const scores = concat(
			[matmul(queries, past(`key.${layer}`), scored), matmul(queries, open(`key.${layer}`, key), scored)],
			3, // [kv, parts, group * T / parts, P + openPlaces]
		);
		const visible = config.slidingWindow?.layers[layer] ? sliding : full;
		const byRow = reshape(scores, [kvHeads, group, newRows, pastRows + openRows]);
		const weights = reshape(softmax(add(byRow, visible)), scores.shape);
		const [whole, rest] = splitBy(weights, lengths, [pastRows, openRows], 3);
		const mixed = add(matmul(whole, past(`value.${layer}`)), matmul(rest, open(`value.${layer}`, value)));
		const rows = transpose(reshape(mixed, [kvHeads, group, newRows, headDim]), [2, 0, 1, 3]);
		return reshape(rows, [newRows, heads * headDim]);
	}

	function section(index: number, x: Tensor, run: (x: Tensor) => Tensor): Tensor {
		const first = made.length;
		const y = run(x);
		const own = made.slice(first).flatMap(({ key, value }) => [key, value]);
		const wanted = input(sectionInput(index), "bool", []);
		const [out, ...kept] = choose(wanted, [y, ...own], [x, ...own.map(() => nothing)]);
		for (let i = first; i < made.length; i++) {
			const [key, value] = [at(kept, 2 * (i - first)), at(kept, 2 * (i - first) + 1)];
			made[i] = { key, value };
		}
		hidden = defined(out, "rows after a section");
		return hidden;
	}

	/** Of the last layer what all rows need is computed when they come to it. */
	function ifArrived(tensors: readonly Tensor[]): [Tensor, Tensor, Tensor] {
		const arrived = onlyIf(input("arrived", "bool", []), tensors);
		return [at(arrived, 0), at(arrived, 1), at(arrived, 2)];
	}

	return {
		embed: () => hidden,
		positions: input("positions", "int64", [newRows]),
		span,
		attend,
		section,
		hidden: () => hidden,
		want: (x) => gatherRows(x, picked),
		present: () => concat([...made.map(({ key }) => key), ...made.map(({ value }) => value)], 0),
	};
}

/**
 * In how many parts the queries of a key head go, each with those of whole heads. onnxruntime cuts a product up where there are more threads
 * than products, and sums in another order then: where that can be, there are more products.
 */
export function queryParts({ heads, kvHeads }: ModelConfig, threads: number): number {
	const group = heads / kvHeads;
	let parts = 1;
	while (parts < group && (group % parts !== 0 || kvHeads * parts < threads)) parts++;
	return parts;
}
