/** AdamW (Loshchilov & Hutter 2019) with clipping by global norm, as `torch.optim.AdamW` and `clip_grad_norm_`. */
import { add, div, like, min, mul, sqrt, sub } from "./ops/elementwise.ts";
import { reshape } from "./ops/layout.ts";
import { reduceSum } from "./ops/reduce.ts";
import { type FloatType, input, type Shape, type Tensor } from "./tensor.ts";

export interface AdamW {
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
	/** Gradients are scaled down to this L2 norm over all tensors together. */
	readonly maxNorm: number;
}

/** What changes from step to step, computed in double precision outside the graph; fed as the scalars of `adamwGraph`. */
export function stepScalars(adamw: AdamW, step: number, learningRate: number): Readonly<Record<string, number>> {
	return {
		decay: 1 - learningRate * adamw.weightDecay,
		stepSize: learningRate / (1 - adamw.beta1 ** step),
		secondScale: 1 / Math.sqrt(1 - adamw.beta2 ** step),
	};
}

/**
 * One optimiser step. Inputs per tensor `n`: `n`, `m.n`, `v.n` and its gradient `g.n`; scalars as `stepScalars`, each [1].
 * Outputs `new.n`, `new.m.n`, `new.v.n` and `norm` [1], the L2 norm of all gradients before clipping.
 */
export function adamwGraph(
	adamw: AdamW,
	tensors: readonly { readonly name: string; readonly shape: Shape }[],
	dtype: FloatType,
): Readonly<Record<string, Tensor>> {
	const gradients = tensors.map(({ name, shape }) => input(`g.${name}`, dtype, shape));
	const [decay, stepSize, secondScale] = ["decay", "stepSize", "secondScale"].map((name) =>
		input(name, dtype, [1]),
	) as [Tensor, Tensor, Tensor];
	const squares = gradients.map((g) =>
		reshape(
			reduceSum(
				mul(g, g),
				g.shape.map((_, i) => i),
			),
			[1],
		),
	);
	const norm = sqrt(squares.reduce(add));
	const clip = min(like(1, norm), div(like(adamw.maxNorm, norm), add(norm, like(1e-6, norm))));
	const outputs: Record<string, Tensor> = { norm };
	tensors.forEach(({ name, shape }, i) => {
		const g = mul(gradients[i] as Tensor, clip);
		const average = (before: Tensor, now: Tensor, beta: number) =>
			add(mul(before, like(beta, before)), mul(now, like(1 - beta, now)));
		const m = average(input(`m.${name}`, dtype, shape), g, adamw.beta1);
		const v = average(input(`v.${name}`, dtype, shape), mul(g, g), adamw.beta2);
		const denominator = add(mul(sqrt(v), secondScale), like(adamw.epsilon, v));
		const p = mul(input(name, dtype, shape), decay);
		outputs[`new.${name}`] = sub(p, mul(stepSize, div(m, denominator)));
		outputs[`new.m.${name}`] = m;
		outputs[`new.v.${name}`] = v;
	});
	return outputs;
}
