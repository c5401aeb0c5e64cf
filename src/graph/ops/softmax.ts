/** Softmax over the last axis, and its logarithm. */
import { at, defineOp, only } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { reduceSum } from "./reduce.ts";

export function softmax(x: Tensor): Tensor {
	return only(applySoftmax([x], {}));
}

const applySoftmax = defineOp<object>({
	name: "Softmax",
	infer: (inputs) => {
		const { dtype, shape } = at(inputs, 0);
		return [{ dtype, shape }];
	},
	gradient: ({ outputs, cotangent }) => [
		() => {
			const y = at(outputs, 0);
			return mul(y, sub(cotangent, reduceSum(mul(cotangent, y), [-1])));
		},
	],
	onnx: () => ({ type: "Softmax", attributes: { axis: { int: -1 } } }),
});

/** log(softmax(x)), without ever taking the logarithm of 0. */
export function logSoftmax(x: Tensor): Tensor {
	return only(applyLogSoftmax([x], {}));
}

const applyLogSoftmax = defineOp<object>({
	name: "LogSoftmax",
	infer: (inputs) => {
		const { dtype, shape } = at(inputs, 0);
		return [{ dtype, shape }];
	},
	gradient: ({ outputs, cotangent }) => [() => sub(cotangent, mul(exp(at(outputs, 0)), reduceSum(cotangent, [-1])))],
	onnx: () => ({ type: "LogSoftmax", attributes: { axis: { int: -1 } } }),
});
