/** Rows that come after others whose keys and values were kept. */
import { add } from "#graph/ops/elementwise";
import { concat, reshape, splitBy, transpose } from "#graph/ops/layout";
import { matmul } from "#graph/ops/linear";
import { softmax } from "#graph/ops/softmax";
import { input, type Tensor } from "#graph/tensor";
import type { ModelConfig } from "./config.ts";
import type { Rows } from "./forward.ts";

/** Lengths of a run, as dimensions known only then: T new rows, P places of the cache. */
export const newRows = -1;
export const pastRows = -1_000;

export interface CachedRows extends Rows {
	/** Keys, then values, of the new rows in every layer that attended: [2 * layers * T, kvHeads * headDim]. */
	present(): Tensor;
}

/**
 * Inputs `tokens positions` [T] int64, `lengths` = (P, T) [2] int64, per layer `key.<i> value.<i>` [kvHeads, P, headDim], and
 * `mask` [heads / kvHeads * T, P + T], T rows as often as heads share a key head, added to the scores: 0 for what a row sees, hugely
 * negative elsewhere; `slidingMask` likewise for layers with a sliding window. The cache is read where it lies: nothing is joined to it but the scores.
 */
export function cachedRows(config: ModelConfig, span: number): CachedRows {
	const { heads, kvHeads, headDim } = config;
	const group = heads / kvHeads;
	const ids = (name: string) => input(name, "int64", [newRows]);
	const mask = (name: string) => input(name, "float32", [group * newRows, pastRows + newRows]);
	const [full, sliding] = [mask("mask"), mask("slidingMask")];
	const lengths = input("lengths", "int64", [2]);
	const made: { key: Tensor; value: Tensor }[] = [];

	const byHead = (x: Tensor) => transpose(reshape(x, [newRows, kvHeads, headDim]), [1, 0, 2]); // [kv, T, hd]
	const past = (name: string) => input(name, "float32", [kvHeads, pastRows, headDim]);

	function attend(layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor {
		made[layer] = { key, value };
		const split = transpose(reshape(query, [newRows, kvHeads, group, headDim]), [1, 2, 0, 3]);
		const queries = reshape(split, [kvHeads, group * newRows, headDim]);
		const scored = { transB: true, alpha: 1 / Math.sqrt(headDim) };
		const scores = concat(
			[matmul(queries, past(`key.${layer}`), scored), matmul(queries, byHead(key), scored)],
			2, // [kv, group * T, P + T]
		);
		const visible = config.slidingWindow?.layers[layer] ? sliding : full;
		const weights = softmax(add(scores, visible));
		const [before, now] = splitBy(weights, lengths, [pastRows, newRows], 2);
		const mixed = add(matmul(before, past(`value.${layer}`)), matmul(now, byHead(value))); // [kv, group * T, hd]
		const rows = transpose(reshape(mixed, [kvHeads, group, newRows, headDim]), [2, 0, 1, 3]);
		return reshape(rows, [newRows, heads * headDim]);
	}

	return {
		tokens: ids("tokens"),
		positions: ids("positions"),
		span,
		attend,
		present: () => concat([...made.map(({ key }) => key), ...made.map(({ value }) => value)], 0),
	};
}
