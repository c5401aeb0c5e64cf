/**
 * The language-model head and its cross-entropy in one op, because together they need less than apart: no one-hot, no
 * scaling over the vocabulary, and never all logits at once. The head comes in chunks of rows: long rows of logits would
 * lie at strides that make a processor's cache lines evict one another.
 */
import { at, defineOp } from "../op.ts";
import { ShapeError } from "../shape.ts";
import { scalar, type Tensor } from "../tensor.ts";
import { add, and, equal, exp, greater, lessOrEqual, like, log, max, mul, sub, where } from "./elementwise.ts";
import { concat, reshape } from "./layout.ts";
import { gemm } from "./linear.ts";
import { gatherRows, oneHot, pick } from "./lookup.ts";
import { reduceMax, reduceSum } from "./reduce.ts";
import { softmax } from "./softmax.ts";

export interface TokenLoss {
	/** -log p(target), nats: [T]. */
	readonly nll: Tensor;
	/** 1 where the target is (one of) the most likely tokens: [T]. */
	readonly top1: Tensor;
}

/** `hidden` [T, d], `targets` [T] int64, `head` [V, d] as consecutive chunks of rows. */
export function headLoss(hidden: Tensor, targets: Tensor, head: readonly Tensor[]): TokenLoss {
	const outputs = applyHeadLoss([hidden, targets, ...head], {});
	return { nll: at(outputs, 0), top1: at(outputs, 1) };
}

const applyHeadLoss = defineOp<object>({
	name: "HeadLoss",
	infer: (inputs) => {
		const [hidden, targets, ...head] = inputs as [Tensor, Tensor, ...Tensor[]];
		const fits = head.length > 0 && head.every((chunk) => chunk.shape[1] === hidden.shape[1]);
		if (!fits || targets.dtype !== "int64" || targets.shape[0] !== hidden.shape[0])
			throw new ShapeError("HeadLoss", inputs, "wants [T, d], [T] int64 and chunks [n, d]");
		const type = { dtype: hidden.dtype, shape: targets.shape };
		return [type, type];
	},
	// dhidden = g (softmax @ head - head[target]); dhead = (g (softmax - onehot))^T @ hidden, chunk by chunk.
	gradient: ({ inputs, cotangent }) => {
		const hidden = at(inputs, 0);
		const { parts, total } = chunkedLogits(inputs);
		const g = reshape(cotangent, [...cotangent.shape, 1]);
		const shares = parts.map(({ logSum }) => mul(g, exp(sub(logSum, total))));
		const dHidden = () =>
			parts
				.map((part, i) => {
					const expected = mul(at(shares, i), gemm(part.probabilities, part.rows));
					return sub(expected, mul(mul(g, part.holds), gatherRows(part.rows, part.ids)));
				})
				.reduce(add);
		const dRows = parts.map((part, i) => () => {
			const ids = reshape(part.ids, [...part.ids.shape, 1]);
			const right = mul(mul(g, part.holds), oneHot(ids, part.probabilities));
			return gemm(sub(mul(at(shares, i), part.probabilities), right), hidden, { transA: true });
		});
		return [dHidden, "constant", ...dRows];
	},
	expand: (inputs) => {
		const shape = at(inputs, 1).shape;
		const { parts, total, best } = chunkedLogits(inputs);
		const right = parts.map(({ logits, ids, holds }) => mul(holds, pick(logits, ids))).reduce(add);
		const top1 = where(equal(right, best), like(1, right), like(0, right));
		return [reshape(sub(total, right), shape), reshape(top1, shape)];
	},
});

interface Chunk {
	readonly rows: Tensor;
	readonly logits: Tensor;
	/** Softmax within the chunk. */
	readonly probabilities: Tensor;
	/** Log of the chunk's sum of exp(logit): [T, 1]. */
	readonly logSum: Tensor;
	/** Targets counted from the chunk's first row, 0 where another chunk holds them: [T] int64. */
	readonly ids: Tensor;
	/** 1 where the chunk holds the target: [T, 1]. */
	readonly holds: Tensor;
}

/** Logits with what is needed of each chunk, and of all: their log-sum-exp and their largest, [T, 1] each. */
function chunkedLogits(inputs: readonly Tensor[]) {
	const [hidden, targets, ...head] = inputs as [Tensor, Tensor, ...Tensor[]];
	let first = 0;
	const parts = head.map((rows): Chunk & { readonly best: Tensor } => {
		const logits = gemm(hidden, rows, { transB: true }); // [T, n]
		const best = reduceMax(logits, [-1]);
		const probabilities = softmax(logits);
		// The largest probability is exp(best - logSum), and never too small for a logarithm.
		const logSum = sub(best, log(reduceMax(probabilities, [-1])));
		const count = rows.shape[0] as number;
		const local = sub(targets, scalar(first, "int64"));
		const inside = and(greater(local, scalar(-1, "int64")), lessOrEqual(local, scalar(count - 1, "int64")));
		first += count;
		const ids = where(inside, local, scalar(0, "int64"));
		const holds = reshape(where(inside, like(1, hidden), like(0, hidden)), [...targets.shape, 1]);
		return { rows, logits, probabilities, logSum, ids, holds, best };
	});
	const sums = concat(
		parts.map(({ logSum }) => logSum),
		1,
	); // [T, chunks]
	const largest = reduceMax(sums, [-1]);
	const total = add(largest, log(reduceSum(exp(sub(sums, largest)), [-1])));
	return { parts, total, best: parts.map(({ best }) => best).reduce(max) };
}
