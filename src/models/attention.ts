/** Grouped-query attention (Ainslie et al. 2023) with explicit masks. */
import { add, and, equal, greater, like, sub, where } from "#graph/ops/elementwise";
import { reshape, transpose } from "#graph/ops/layout";
import { matmul } from "#graph/ops/linear";
import { softmax } from "#graph/ops/softmax";
import { constant, type FloatType, scalar, type Tensor } from "#graph/tensor";
import type { ModelConfig } from "./config.ts";

type Heads = Pick<ModelConfig, "heads" | "kvHeads" | "headDim">;

/**
 * Queries [T, heads * headDim], keys and values [T, kvHeads * headDim], mask [T, T] -> [T, heads * headDim].
 * The queries of one key head are stacked into one matrix, so keys and values are never repeated.
 */
export function attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, heads: Heads): Tensor {
	const { kvHeads, headDim } = heads;
	const group = heads.heads / kvHeads;
	const length = query.shape[0] as number;
	const byHead = (x: Tensor) => transpose(reshape(x, [length, kvHeads, headDim]), [1, 0, 2]); // [kv, T, hd]
	const q = transpose(reshape(query, [length, kvHeads, group, headDim]), [1, 2, 0, 3]);
	const stacked = reshape(q, [kvHeads, group * length, headDim]);
	const scores = matmul(stacked, byHead(key), { transB: true, alpha: 1 / Math.sqrt(headDim) }); // [kv, g * T, T]
	const masked = add(reshape(scores, [kvHeads * group, length, length]), mask);
	const weights = reshape(softmax(masked), [kvHeads, group * length, length]);
	const mixed = reshape(matmul(weights, byHead(value)), [kvHeads, group, length, headDim]);
	return reshape(transpose(mixed, [2, 0, 1, 3]), [length, heads.heads * headDim]);
}

/**
 * 0 where row i may see row j of the same document, else so negative that the softmax gives exactly 0: [T, T].
 * Finite, because shader compilers may assume that infinities do not occur.
 */
export function attentionMask(documents: Tensor, dtype: FloatType, slidingWindow: number | undefined): Tensor {
	const length = documents.shape[0] as number;
	const index = constant(
		Float64Array.from({ length }, (_, i) => i),
		"int64",
		[length],
	);
	const row = reshape(index, [length, 1]);
	const column = reshape(index, [1, length]);
	const future = greater(column, row);
	const near = greater(scalar(slidingWindow ?? length, "int64"), sub(row, column));
	const same = equal(reshape(documents, [length, 1]), reshape(documents, [1, length]));
	const hidden = scalar(-1e30, dtype);
	return where(and(same, near), where(future, hidden, like(0, hidden)), hidden);
}
