/** Ops that move values without changing them. */
import { invariant } from "#base/assert";
import { at, defineOp, int64s, only } from "../op.ts";
import { normalAxis, ShapeError, withDimension } from "../shape.ts";
import { constant, type Shape, sameShape, sizeOf, type Tensor } from "../tensor.ts";
import { producer } from "../walk.ts";
import { expand } from "./reduce.ts";

/** Of what has been reshaped already, the first shape is where it starts from. */
export function reshape(x: Tensor, shape: Shape): Tensor {
	const made = producer(x);
	if (made?.op.name === "Reshape") return reshape(at(made.inputs, 0), shape);
	if (sameShape(x.shape, shape)) return x;
	return only(applyReshape([x], { shape }));
}

const applyReshape = defineOp<{ shape: Shape }>({
	name: "Reshape",
	infer: (inputs, { shape }) => {
		const x = at(inputs, 0);
		if (sizeOf(shape) !== sizeOf(x.shape))
			throw new ShapeError("Reshape", inputs, `does not hold as many values as [${shape.join(", ")}]`);
		return [{ dtype: x.dtype, shape }];
	},
	gradient: ({ inputs, cotangent }) => [() => reshape(cotangent, at(inputs, 0).shape)],
	onnx: (inputs, { shape }) => ({
		type: "Reshape",
		inputs: [at(inputs, 0), int64s(target(at(inputs, 0).shape, shape))],
	}),
});

/** `shape` as ONNX takes it: a length known at run time is 0 where it stays in its place; one other is -1, the rest. */
function target(from: Shape, shape: Shape): Shape {
	const known = shape.map((dimension, i) => (dimension < 0 && dimension === from[i] ? 0 : Math.max(dimension, -1)));
	invariant(known.filter((dimension) => dimension < 0).length <= 1, `two lengths of [${shape}] are left open`);
	return known;
}

/** Axis i of the result is axis `order[i]` of `x`. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
	return only(applyTranspose([x], { order }));
}

const applyTranspose = defineOp<{ order: readonly number[] }>({
	name: "Transpose",
	infer: (inputs, { order }) => {
		const x = at(inputs, 0);
		if (x.shape.length !== order.length || new Set(order).size !== order.length)
			throw new ShapeError("Transpose", inputs, `cannot be ordered [${order.join(", ")}]`);
		return [{ dtype: x.dtype, shape: order.map((axis) => x.shape[axis] as number) }];
	},
	gradient: ({ attributes: { order }, cotangent }) => {
		const inverse = order.map((_, i) => order.indexOf(i));
		return [() => transpose(cotangent, inverse)];
	},
	onnx: (_inputs, { order }) => ({ type: "Transpose", attributes: { perm: { ints: order } } }),
});

export function concat(parts: readonly Tensor[], axis: number): Tensor {
	const first = at(parts, 0);
	return parts.length === 1 ? first : only(applyConcat(parts, { axis: normalAxis(axis, first.shape.length) }));
}

const applyConcat = defineOp<{ axis: number }>({
	name: "Concat",
	infer: (inputs, { axis }) => {
		const first = at(inputs, 0);
		const size = inputs.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
		const shape = withDimension(first.shape, axis, size);
		if (inputs.some((part) => !sameShape(withDimension(part.shape, axis, size), shape) || part.dtype !== first.dtype))
			throw new ShapeError("Concat", inputs, `differ elsewhere than on axis ${axis}`);
		return [{ dtype: first.dtype, shape }];
	},
	gradient: ({ inputs, attributes: { axis }, cotangent }) => {
		const sizes = inputs.map((part) => part.shape[axis] as number);
		const parts = split(cotangent, sizes, axis);
		return inputs.map((_, i) => () => at(parts, i));
	},
	onnx: (_inputs, { axis }) => ({ type: "Concat", attributes: { axis: { int: axis } } }),
});

/** `x` cut along `axis` into pieces of the given sizes. */
export function split(x: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] {
	return sizes.length === 1 ? [x] : applySplit([x], { sizes, axis: normalAxis(axis, x.shape.length) });
}

const applySplit = defineOp<{ sizes: readonly number[]; axis: number }>({
	name: "Split",
	infer: (inputs, { sizes, axis }) => {
		const x = at(inputs, 0);
		if (sizes.reduce((a, b) => a + b, 0) !== x.shape[axis])
			throw new ShapeError("Split", inputs, `does not cut into [${sizes.join(", ")}] on axis ${axis}`);
		return sizes.map((size) => ({ dtype: x.dtype, shape: withDimension(x.shape, axis, size) }));
	},
	gradient: ({ outputs, attributes: { axis }, cotangents }) => [
		() => {
			const parts = outputs.map((output, i) => cotangents[i] ?? zeros(output));
			return concat(parts, axis);
		},
	],
	onnx: (inputs, { sizes, axis }) => ({
		type: "Split",
		inputs: [at(inputs, 0), int64s(sizes)],
		attributes: { axis: { int: axis } },
	}),
});

/** `x` cut along `axis` in two, `sizes` [2] int64 long; `lengths` are those numbers as dimensions. */
export function splitBy(x: Tensor, sizes: Tensor, lengths: readonly [number, number], axis: number): [Tensor, Tensor] {
	const parts = applySplitBy([x, sizes], { lengths, axis: normalAxis(axis, x.shape.length) });
	return [at(parts, 0), at(parts, 1)];
}

const applySplitBy = defineOp<{ lengths: readonly [number, number]; axis: number }>({
	name: "SplitBy",
	infer: (inputs, { lengths, axis }) => {
		const [x, sizes] = [at(inputs, 0), at(inputs, 1)];
		if (lengths[0] + lengths[1] !== x.shape[axis] || sizes.dtype !== "int64" || !sameShape(sizes.shape, [2]))
			throw new ShapeError("SplitBy", inputs, `does not cut into [${lengths.join(", ")}] on axis ${axis}`);
		return lengths.map((length) => ({ dtype: x.dtype, shape: withDimension(x.shape, axis, length) }));
	},
	gradient: ({ outputs, attributes: { axis }, cotangents }) => [
		() =>
			concat(
				outputs.map((output, i) => cotangents[i] ?? zeros(output)),
				axis,
			),
		"constant",
	],
	onnx: (_inputs, { axis }) => ({ type: "Split", attributes: { axis: { int: axis } } }),
});

/** Entries [first, end) of `x` along `axis`. */
export function slice(x: Tensor, axis: number, first: number, end: number): Tensor {
	const at = normalAxis(axis, x.shape.length);
	return first === 0 && end === x.shape[at] ? x : only(applySlice([x], { axis: at, first, end }));
}

const applySlice = defineOp<{ axis: number; first: number; end: number }>({
	name: "Slice",
	infer: (inputs, { axis, first, end }) => {
		const x = at(inputs, 0);
		if (first < 0 || first >= end || end > (x.shape[axis] ?? 0))
			throw new ShapeError("Slice", inputs, `has no entries ${first} to ${end} on axis ${axis}`);
		return [{ dtype: x.dtype, shape: withDimension(x.shape, axis, end - first) }];
	},
	gradient: ({ inputs, attributes: { axis, first, end }, cotangent }) => [
		() => pad(cotangent, axis, first, (at(inputs, 0).shape[axis] as number) - end),
	],
	onnx: (inputs, { axis, first, end }) => ({
		type: "Slice",
		inputs: [at(inputs, 0), int64s([first]), int64s([end]), int64s([axis])],
	}),
});

/** Entries [first, end) of `x` along `axis`, both known when it runs, [1] int64; `length` is that of the result. For writing only: it has no gradient. */
export function sliceBy(x: Tensor, first: Tensor, end: Tensor, length: number, axis: number): Tensor {
	return only(applySliceBy([x, first, end], { length, axis: normalAxis(axis, x.shape.length) }));
}

const applySliceBy = defineOp<{ length: number; axis: number }>({
	name: "SliceBy",
	infer: (inputs, { length, axis }) => {
		const [x, ...ends] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)] as const;
		if (ends.some(({ dtype, shape }) => dtype !== "int64" || !sameShape(shape, [1])))
			throw new ShapeError("SliceBy", inputs, "wants two numbers");
		return [{ dtype: x.dtype, shape: withDimension(x.shape, axis, length) }];
	},
	gradient: "constant",
	onnx: (inputs, { axis }) => ({
		type: "Slice",
		inputs: [at(inputs, 0), at(inputs, 1), at(inputs, 2), int64s([axis])],
	}),
});

/** `x` with zeros before and behind along `axis`. */
export function pad(x: Tensor, axis: number, before: number, behind: number): Tensor {
	const at = normalAxis(axis, x.shape.length);
	return before === 0 && behind === 0 ? x : only(applyPad([x], { axis: at, before, behind }));
}

const applyPad = defineOp<{ axis: number; before: number; behind: number }>({
	name: "Pad",
	infer: (inputs, { axis, before, behind }) => {
		const { dtype, shape } = at(inputs, 0);
		return [{ dtype, shape: withDimension(shape, axis, before + (shape[axis] as number) + behind) }];
	},
	gradient: ({ inputs, attributes: { axis, before }, cotangent }) => [
		() => slice(cotangent, axis, before, before + (at(inputs, 0).shape[axis] as number)),
	],
	onnx: (inputs, { axis, before, behind }) => {
		const x = at(inputs, 0);
		const widths = [before, behind].flatMap((width) => x.shape.map((_, i) => (i === axis ? width : 0)));
		return { type: "Pad", inputs: [x, int64s(widths), constant([0], x.dtype, [])] };
	},
});

/** Zeros of the same type. */
export function zeros(like: Tensor): Tensor {
	invariant(like.dtype !== "bool", "zeros of a bool");
	return expand(constant([0], like.dtype, []), like.shape);
}
