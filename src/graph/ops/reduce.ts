/** Reductions over axes, which stay as 1 unless `keep` is false, and their opposite. */
import { at, defineOp, int64s, only } from "../op.ts";
import { broadcastShape, normalAxis, ShapeError } from "../shape.ts";
import { isFloat, type Shape, sameShape, sizeOf, type Tensor } from "../tensor.ts";
import { cast, div, equal, like, mul } from "./elementwise.ts";
import { reshape } from "./layout.ts";

interface Axes {
	readonly axes: readonly number[];
	readonly keep: boolean;
}

export const reduceSum = reduction("ReduceSum", (x, _y, g) => expand(g, x.shape));

export const reduceMean = reduction("ReduceMean", (x, _y, g) =>
	expand(mul(g, like(sizeOf(g.shape) / sizeOf(x.shape), g)), x.shape),
);

/** Ties share the gradient equally. */
export const reduceMax = reduction("ReduceMax", (x, y, g, axes) => {
	const hit = cast(equal(x, y), x.dtype);
	return mul(div(g, reduceSum(hit, axes)), hit);
});

/** `x` repeated to `shape`, which it must broadcast to. */
export function expand(x: Tensor, shape: Shape): Tensor {
	return sameShape(x.shape, shape) ? x : only(applyExpand([x], { shape }));
}

const applyExpand = defineOp<{ shape: Shape }>({
	name: "Expand",
	infer: (inputs, { shape }) => {
		const x = at(inputs, 0);
		const both = broadcastShape(x.shape, shape);
		if (both === undefined || !sameShape(both, shape))
			throw new ShapeError("Expand", inputs, `does not expand to [${shape.join(", ")}]`);
		return [{ dtype: x.dtype, shape }];
	},
	gradient: ({ inputs, cotangent }) => [() => sumTo(cotangent, at(inputs, 0).shape)],
	onnx: (inputs, { shape }) => ({ type: "Expand", inputs: [at(inputs, 0), int64s(shape)] }),
});

/** Undoes a broadcast: sums `x` over the axes along which `shape` was repeated. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
	if (sameShape(x.shape, shape)) return x;
	const lead = x.shape.length - shape.length;
	const axes = x.shape.flatMap((dimension, i) => (i < lead || (shape[i - lead] === 1 && dimension !== 1) ? [i] : []));
	return reshape(reduceSum(x, axes), shape);
}

type ReductionGradient = (x: Tensor, y: Tensor, g: Tensor, axes: readonly number[]) => Tensor;

function reduction(
	name: string,
	gradient: ReductionGradient,
): (x: Tensor, axes: readonly number[], keep?: boolean) => Tensor {
	const apply = defineOp<Axes>({
		name,
		infer: (inputs, { axes, keep }) => {
			const x = at(inputs, 0);
			if (axes.some((axis) => axis < 0 || axis >= x.shape.length))
				throw new ShapeError(name, inputs, `has no axes [${axes.join(", ")}]`);
			const kept = keptShape(x, axes);
			return [{ dtype: x.dtype, shape: keep ? kept : kept.filter((_, i) => !axes.includes(i)) }];
		},
		gradient: ({ inputs, outputs, attributes: { axes }, cotangent }) => {
			const x = at(inputs, 0);
			const kept = (y: Tensor) => reshape(y, keptShape(x, axes));
			return [isFloat(x.dtype) ? () => gradient(x, kept(at(outputs, 0)), kept(cotangent), axes) : "constant"];
		},
		onnx: (inputs, { axes, keep }) => ({
			type: name,
			inputs: [at(inputs, 0), int64s(axes)],
			attributes: { keepdims: { int: Number(keep) } },
		}),
	});
	return (x, axes, keep = true) =>
		only(apply([x], { axes: axes.map((axis) => normalAxis(axis, x.shape.length)), keep }));
}

function keptShape(x: Tensor, axes: readonly number[]): Shape {
	return x.shape.map((dimension, i) => (axes.includes(i) ? 1 : dimension));
}
