/** Root-mean-square normalisation (Zhang & Sennrich 2019), as in Llama. */
import { at, defineOp } from "../op.ts";
import { ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, div, like, mul, sqrt, sub } from "./elementwise.ts";
import { reduceMean, sumTo } from "./reduce.ts";

interface Epsilon {
	readonly epsilon: number;
}

/** x / sqrt(mean(x^2) + epsilon) * gain over the last axis; `gain` [d]. */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
	return at(applyRmsNorm([x, gain], { epsilon }), 0);
}

const applyRmsNorm = defineOp<Epsilon>({
	name: "RmsNorm",
	infer: (inputs) => {
		const [x, gain] = [at(inputs, 0), at(inputs, 1)];
		if (gain.shape.length !== 1 || gain.shape[0] !== x.shape.at(-1))
			throw new ShapeError("RmsNorm", inputs, "wants one gain per entry of the last axis");
		return [
			{ dtype: x.dtype, shape: x.shape },
			{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] },
		];
	},
	// The second output, 1 / rms, exists for this rule alone; no loss may depend on it.
	gradient: ({ inputs, outputs, cotangent }) => {
		const [x, gain] = [at(inputs, 0), at(inputs, 1)];
		const inverse = at(outputs, 1);
		return [
			() => {
				const u = mul(cotangent, gain);
				const along = mul(mul(inverse, inverse), reduceMean(mul(u, x), [-1]));
				return mul(inverse, sub(u, mul(x, along)));
			},
			() => sumTo(mul(cotangent, mul(x, inverse)), gain.shape),
		];
	},
	onnx: (_inputs, { epsilon }) => ({
		type: "SimplifiedLayerNormalization",
		attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
	}),
	expand: (inputs, { epsilon }) => {
		const [x, gain] = [at(inputs, 0), at(inputs, 1)];
		const rms = sqrt(add(reduceMean(mul(x, x), [-1]), like(epsilon, x)));
		const inverse = div(like(1, x), rms);
		return [mul(mul(x, inverse), gain), inverse];
	},
	fusedOn: ["cpu"],
});
