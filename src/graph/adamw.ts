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
	// p -= rate / c1 * m / (sqrt(v) / sqrt(c2) + epsilon), both sides of the division times sqrt(c2): one pass less.
	const secondScale = Math.sqrt(1 - adamw.beta2 ** step);
	return {
		decay: 1 - learningRate * adamw.weightDecay,
		stepSize: (learningRate * secondScale) / (1 - adamw.beta1 ** step),
		epsilon: adamw.epsilon * secondScale,
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
	const scalar = (name: string) => input(name, dtype, [1]);
	const gradients = tensors.map(({ name, shape }) => input(`g.${name}`, dtype, shape));
	const squares = gradients.map((g) => mul(g, g));
	const sums = squares.map((square) => reshape(reduceSum(square, allAxes(square)), [1]));
	const norm = sqrt(sums.reduce(add));
	const clip = min(like(1, norm), div(like(adamw.maxNorm, norm), add(norm, like(1e-6, norm))));
	const outputs: Record<string, Tensor> = { norm };
	for (const [i, { name, shape }] of tensors.entries()) {
		const tensor = (key: string) => input(key, dtype, shape);
		// Clipping goes into the factors of the averages: the clipped gradient itself is never made.
		const average = (before: Tensor, now: Tensor, beta: number, clipped: Tensor) =>
			add(mul(before, like(beta, before)), mul(now, mul(clipped, like(1 - beta, clipped))));
		const m = average(tensor(`m.${name}`), gradients[i] as Tensor, adamw.beta1, clip);
		const v = average(tensor(`v.${name}`), squares[i] as Tensor, adamw.beta2, mul(clip, clip));
		const change = mul(scalar("stepSize"), div(m, add(sqrt(v), scalar("epsilon"))));
		const kept = adamw.weightDecay === 0 ? tensor(name) : mul(tensor(name), scalar("decay"));
		outputs[`new.${name}`] = sub(kept, change);
		outputs[`new.m.${name}`] = m;
		outputs[`new.v.${name}`] = v;
	}
	return outputs;
}

function allAxes({ shape }: Tensor): readonly number[] {
	return shape.map((_, i) => i);
}
