/** Softmax over the last axis and the losses made of it. */
import { at, defineOp, only } from "../op.ts";
import { ShapeError } from "../shape.ts";
import type { Tensor, TensorType } from "../tensor.ts";
import { equal, exp, like, mul, neg, sub, where } from "./elementwise.ts";
import { reshape } from "./layout.ts";
import { gemm } from "./linear.ts";
import { gatherRows, oneHot, pick } from "./lookup.ts";
import { reduceMax, reduceSum } from "./reduce.ts";

export function softmax(x: Tensor): Tensor {
	return only(applySoftmax([x], {}));
}

const applySoftmax = defineOp<object>({
	name: "Softmax",
	infer: same,
	gradient: ({ outputs, cotangent }) => [
		() => {
			const y = at(outputs, 0);
			return mul(y, sub(cotangent, reduceSum(mul(cotangent, y), [-1])));
		},
	],
	onnx: () => ({ type: "Softmax", attributes: { axis: { int: -1 } } }),
});

export function logSoftmax(x: Tensor): Tensor {
	return only(applyLogSoftmax([x], {}));
}

const applyLogSoftmax = defineOp<object>({
	name: "LogSoftmax",
	infer: same,
	gradient: ({ outputs, cotangent }) => [() => sub(cotangent, mul(exp(at(outputs, 0)), reduceSum(cotangent, [-1])))],
	onnx: () => ({ type: "LogSoftmax", attributes: { axis: { int: -1 } } }),
});

export interface TokenLoss {
	/** -log p(target), nats: [T]. */
	readonly nll: Tensor;
	/** 1 where the target is (one of) the most likely tokens: [T]. */
	readonly top1: Tensor;
}

/**
 * The language-model head and its cross-entropy in one: `hidden` [T, d], `head` [V, d], `targets` [T] int64.
 * As one op, because its gradient needs no one-hot and no scaling over the whole vocabulary:
 * dhidden = g * (softmax @ head - head[target]).
 */
export function headLoss(hidden: Tensor, head: Tensor, targets: Tensor): TokenLoss {
	const outputs = applyHeadLoss([hidden, head, targets], {});
	return { nll: at(outputs, 0), top1: at(outputs, 1) };
}

const applyHeadLoss = defineOp<object>({
	name: "HeadLoss",
	infer: (inputs) => {
		const [hidden, head, targets] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		if (hidden.shape[1] !== head.shape[1] || targets.dtype !== "int64" || targets.shape[0] !== hidden.shape[0])
			throw new ShapeError("HeadLoss", inputs, "wants [T, d], [V, d] and [T] int64");
		const type = { dtype: hidden.dtype, shape: targets.shape };
		return [type, type];
	},
	gradient: ({ inputs, cotangent }) => {
		const [hidden, head, targets] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		const logProbabilities = logSoftmax(gemm(hidden, head, { transB: true }));
		const scale = reshape(cotangent, [...cotangent.shape, 1]);
		return [
			() => mul(scale, gemm(exp(logProbabilities), head, {}, neg(gatherRows(head, targets)))),
			() => {
				const surplus = sub(exp(logProbabilities), oneHot(reshape(targets, [...targets.shape, 1]), logProbabilities));
				return gemm(mul(scale, surplus), hidden, { transA: true });
			},
			"constant",
		];
	},
	expand: (inputs) => {
		const [hidden, head, targets] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		const logProbabilities = logSoftmax(gemm(hidden, head, { transB: true }));
		const right = pick(logProbabilities, targets);
		const best = reduceMax(logProbabilities, [-1]);
		const top1 = where(equal(right, best), like(1, right), like(0, right));
		return [reshape(neg(right), targets.shape), reshape(top1, targets.shape)];
	},
});

function same(inputs: readonly Tensor[]): readonly TensorType[] {
	const { dtype, shape } = at(inputs, 0);
	return [{ dtype, shape }];
}
