/** Elementwise ops, broadcasting as NumPy does. */
import { at, defineOp, only } from "../op.ts";
import { broadcastShape, ShapeError } from "../shape.ts";
import { type DType, type FloatType, isFloat, sameShape, scalar, type Tensor, type TensorType } from "../tensor.ts";
import { sumTo } from "./reduce.ts";

const none = {};

export const add = binary("Add", ([a, b], g) => [() => sumTo(g, a.shape), () => sumTo(g, b.shape)]);

export const sub = binary("Sub", ([a, b], g) => [() => sumTo(g, a.shape), () => sumTo(neg(g), b.shape)]);

export const mul = binary("Mul", ([a, b], g) => [() => sumTo(mul(g, b), a.shape), () => sumTo(mul(g, a), b.shape)]);

export const div = binary("Div", ([a, b], g) => [
	() => sumTo(div(g, b), a.shape),
	() => sumTo(neg(div(mul(g, a), mul(b, b))), b.shape),
]);

export const min = binary("Min", "constant");

export const max = binary("Max", "constant");

export const neg = unary("Neg", (_x, _y, g) => neg(g));

export const exp = unary("Exp", (_x, y, g) => mul(g, y));

export const log = unary("Log", (x, _y, g) => div(g, x));

export const sqrt = unary("Sqrt", (_x, y, g) => div(mul(g, like(0.5, g)), y));

/** The largest whole number that is not greater. */
export const floor = unary("Floor", "constant");

export const sigmoid = unary("Sigmoid", (_x, y, g) => mul(g, mul(y, sub(like(1, y), y))));

/** x * sigmoid(x): one node on the CPU (QuickGelu with alpha 1). */
export function silu(x: Tensor): Tensor {
	return only(applySilu([x], none));
}

const applySilu = defineOp<object>({
	name: "Silu",
	infer: sameAsFirst,
	gradient: ({ inputs, outputs, cotangent }) => [
		() => {
			// d silu = s + y (1 - s), with y = x s at hand from the forward.
			const s = sigmoid(at(inputs, 0));
			return mul(cotangent, add(s, mul(at(outputs, 0), sub(like(1, s), s))));
		},
	],
	onnx: () => ({ type: "QuickGelu", domain: "com.microsoft", attributes: { alpha: { float: 1 } } }),
	expand: (inputs) => [mul(at(inputs, 0), sigmoid(at(inputs, 0)))],
	fusedOn: ["cpu"],
});

/** silu(gate) * x. */
export function gatedSilu(gate: Tensor, x: Tensor): Tensor {
	return only(applyGatedSilu([gate, x], none));
}

const applyGatedSilu = defineOp<object>({
	name: "GatedSilu",
	infer: (inputs) => {
		const [gate, x] = [at(inputs, 0), at(inputs, 1)];
		if (!sameShape(gate.shape, x.shape) || gate.dtype !== x.dtype)
			throw new ShapeError("GatedSilu", inputs, "wants two tensors of one shape");
		return sameAsFirst(inputs);
	},
	// With s = sigmoid(gate): silu' = s + gate s (1 - s), so x silu' = x s + y (1 - s) = y + s (x - y): a pass less.
	gradient: ({ inputs, outputs, cotangent }) => {
		const [gate, x, y] = [at(inputs, 0), at(inputs, 1), at(outputs, 0)];
		return [() => mul(cotangent, add(y, mul(sigmoid(gate), sub(x, y)))), () => mul(cotangent, silu(gate))];
	},
	expand: (inputs) => [mul(silu(at(inputs, 0)), at(inputs, 1))],
});

export const equal = comparison("Equal");
export const greater = comparison("Greater");
export const lessOrEqual = comparison("LessOrEqual");
export const and = comparison("And");

/** `condition ? a : b`, elementwise. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
	return only(applyWhere([condition, a, b], none));
}

const applyWhere = defineOp<object>({
	name: "Where",
	infer: (inputs) => {
		const [condition, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		const shape = broadcastShape(broadcastShape(condition.shape, a.shape) ?? [-1], b.shape);
		if (shape === undefined || condition.dtype !== "bool" || a.dtype !== b.dtype)
			throw new ShapeError("Where", inputs, "wants a bool condition and two tensors of one type that broadcast");
		return [{ dtype: a.dtype, shape }];
	},
	gradient: ({ inputs, cotangent }) => {
		const [condition, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		const zero = like(0, cotangent);
		return [
			"constant",
			() => sumTo(where(condition, cotangent, zero), a.shape),
			() => sumTo(where(condition, zero, cotangent), b.shape),
		];
	},
	onnx: () => ({ type: "Where" }),
});

/** The same values in another type. */
export function cast(x: Tensor, dtype: DType): Tensor {
	return x.dtype === dtype ? x : only(applyCast([x], { dtype }));
}

/** ONNX TensorProto.DataType. */
export const onnxTypeCode: Readonly<Record<DType, number>> = { float32: 1, uint8: 2, int64: 7, bool: 9, float64: 11 };

const applyCast = defineOp<{ dtype: DType }>({
	name: "Cast",
	infer: (inputs, { dtype }) => [{ dtype, shape: at(inputs, 0).shape }],
	gradient: ({ inputs, cotangent }) => {
		const from = at(inputs, 0).dtype;
		return [isFloat(from) ? () => cast(cotangent, from) : "constant"];
	},
	onnx: (_inputs, { dtype }) => ({ type: "Cast", attributes: { to: { int: onnxTypeCode[dtype] } } }),
});

/** A scalar of `tensor`'s type. */
export function like(value: number, tensor: Tensor): Tensor {
	return scalar(value, tensor.dtype as FloatType);
}

type BinaryGradient = (inputs: readonly [Tensor, Tensor], cotangent: Tensor) => readonly [() => Tensor, () => Tensor];

function binary(name: string, gradient: BinaryGradient | "constant"): (a: Tensor, b: Tensor) => Tensor {
	const apply = defineOp<object>({
		name,
		infer: (inputs) => broadcastPair(name, inputs, at(inputs, 0).dtype),
		gradient:
			gradient === "constant"
				? "constant"
				: ({ inputs, cotangent }) => gradient([at(inputs, 0), at(inputs, 1)], cotangent),
		onnx: () => ({ type: name }),
	});
	return (a, b) => only(apply([a, b], none));
}

type UnaryGradient = (x: Tensor, y: Tensor, g: Tensor) => Tensor;

function unary(name: string, gradient: UnaryGradient | "constant"): (x: Tensor) => Tensor {
	const apply = defineOp<object>({
		name,
		infer: sameAsFirst,
		gradient:
			gradient === "constant"
				? "constant"
				: ({ inputs, outputs, cotangent }) => [() => gradient(at(inputs, 0), at(outputs, 0), cotangent)],
		onnx: () => ({ type: name }),
	});
	return (x) => only(apply([x], none));
}

function comparison(name: string): (a: Tensor, b: Tensor) => Tensor {
	const apply = defineOp<object>({
		name,
		infer: (inputs) => broadcastPair(name, inputs, "bool"),
		gradient: "constant",
		onnx: () => ({ type: name }),
	});
	return (a, b) => only(apply([a, b], none));
}

function sameAsFirst(inputs: readonly Tensor[]): readonly TensorType[] {
	const { dtype, shape } = at(inputs, 0);
	return [{ dtype, shape }];
}

function broadcastPair(name: string, inputs: readonly Tensor[], dtype: DType): readonly TensorType[] {
	const [a, b] = [at(inputs, 0), at(inputs, 1)];
	const shape = broadcastShape(a.shape, b.shape);
	if (shape === undefined || a.dtype !== b.dtype) throw new ShapeError(name, inputs, "do not broadcast");
	return [{ dtype, shape }];
}
