/** Which rows see which. */
import { and, equal, greater, like, sub, where } from "#graph/ops/elementwise";
import { reshape } from "#graph/ops/layout";
import { constant, type FloatType, scalar, type Tensor } from "#graph/tensor";

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
