/** One row per op: how to apply it to small tensors. An op that can be differentiated and has no row fails the ring. */

import { attention } from "#graph/ops/attention";
import { onlyIf } from "#graph/ops/branch";
import {
	add,
	and,
	cast,
	div,
	equal,
	exp,
	floor,
	gatedSilu,
	greater,
	lessOrEqual,
	log,
	max,
	min,
	mul,
	neg,
	sigmoid,
	silu,
	sqrt,
	sub,
	where,
} from "#graph/ops/elementwise";
import { headLoss } from "#graph/ops/headLoss";
import { concat, pad, reshape, slice, sliceBy, split, splitBy, transpose } from "#graph/ops/layout";
import { addProduct, gemm, matmul, pieceProducts } from "#graph/ops/linear";
import { gatherRows, pick, scatterRows } from "#graph/ops/lookup";
import { rmsNorm } from "#graph/ops/norm";
import { quantisedProduct } from "#graph/ops/quantised";
import { expand, reduceMax, reduceMean, reduceSum } from "#graph/ops/reduce";
import { rotary } from "#graph/ops/rotary";
import { logSoftmax, softmax } from "#graph/ops/softmax";
import { constant, type DType, type Shape, scalar, type Tensor } from "#graph/tensor";

export interface OpCase {
	/** Ops, by registry name, that this row exercises. */
	readonly ops: readonly string[];
	readonly label: string;
	/** Shapes of the differentiable inputs. */
	readonly shapes: readonly Shape[];
	readonly apply: (...inputs: Tensor[]) => Tensor;
	/** Where the op is smooth: maps a standard normal draw into its domain. */
	readonly domain?: (normal: number) => number;
}

const positive = (x: number) => 0.5 + Math.abs(x);
const ids = (...values: number[]) => constant(values, "int64", [values.length]);
const flags = (...values: number[]) => constant(values, "bool", [values.length]);
const angles = (wave: (x: number) => number, dtype: DType) =>
	constant(
		Array.from({ length: 8 }, (_, i) => wave(0.3 * i + 0.1)),
		dtype,
		[4, 2],
	);

const causal = (length: number, dtype: DType) =>
	constant(
		Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e30 : 0)),
		dtype,
		[length, length],
	);

const codes = (seed: number, shape: Shape) =>
	constant(
		Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i * 89 + seed * 31) % 256),
		"uint8",
		shape,
	);
const scales = (length: number, dtype: DType) =>
	constant(
		Array.from({ length }, (_, i) => 2 ** -(4 + (i % 3))),
		dtype,
		[length],
	);

const products = [false, true].flatMap((transA) =>
	[false, true].flatMap((transB) => {
		const [left, right] = [transA ? "3 2" : "2 3", transB ? "4 3" : "3 4"];
		return [
			row("Gemm", `${left}, ${right}, 4`, (a, b, c) => gemm(a, b, { transA, transB, alpha: 1.5 }, c)),
			row("MatMul", `2 ${left}, 2 ${right}`, (a, b) => matmul(a, b, { transA, transB, alpha: 0.5 })),
		];
	}),
);

export const opCases: readonly OpCase[] = [
	row("Add", "2 3, 3", (a, b) => add(a, b)),
	row("Sub", "2 3, 2 1", (a, b) => sub(a, b)),
	row("Mul", "2 3, 1 3", (a, b) => mul(a, b)),
	row("Div", "2 3, 3", (a, b) => div(a, b), positive),
	row("Neg", "3", neg),
	row("Exp", "3", exp),
	row("Log", "3", log, positive),
	row("Sqrt", "3", sqrt, positive),
	row("Sigmoid", "4", sigmoid),
	row("Silu", "4", silu),
	row("GatedSilu", "2 3, 2 3", gatedSilu),
	row("Where", "3, 2 3", (a, b) => where(flags(1, 0, 1), a, b)),
	row("Cast", "3", (x) => mul(cast(greater(x, scalar(0, x.dtype)), x.dtype), x)),
	row("ReduceSum", "2 3 2", (x) => reduceSum(x, [0, 2])),
	row("ReduceSum", "2 3 2", (x) => reduceSum(x, [0], false)),
	row("ReduceMean", "2 3", (x) => reduceMean(x, [-1])),
	row("ReduceMax", "2 3", (x) => reduceMax(x, [-1])),
	row("Expand", "2 1", (x) => expand(x, [3, 2, 4])),
	row("Reshape", "2 3", (x) => reshape(x, [3, 2])),
	row("Transpose", "2 3 4", (x) => transpose(x, [2, 0, 1])),
	row("Concat", "2 3, 2 1", (a, b) => concat([a, b], 1)),
	row("Split", "2 5", (x) => {
		const [a, , c] = split(x, [2, 1, 2], 1) as [Tensor, Tensor, Tensor];
		return mul(a, c);
	}),
	row("SplitBy", "2 5", (x) => {
		const [a, b] = splitBy(x, ids(2, 3), [2, 3], 1);
		return concat([b, mul(a, a)], 1);
	}),
	row("Slice", "2 5", (x) => slice(x, 1, 1, 4)),
	row("Pad", "2 2", (x) => pad(x, 0, 1, 2)),
	...products,
	row("AddProduct", "3 4, 3 2, 2 4", addProduct),
	row("MatMul", "2 3 2 3, 2 1 4 3", (a, b) => matmul(a, b, { transB: true })),
	row("MatMul", "1 2 3, 2 3 4", (a, b) => matmul(a, b)),
	row("PieceProducts", "3 2 4, 2 5 4", pieceProducts),
	{ ...row("PlainMatMul", "2 3, 3 2", (a, b) => matmul(a, b)), ops: ["MatMul", "PlainMatMul"] },
	row("Gather", "4 2", (table) => gatherRows(table, ids(3, 1, 3))),
	row("ScatterND", "3 2", (rows) => scatterRows(ids(2, 0, 2), rows, [4, 2])),
	row("GatherElements", "3 4", (x) => pick(x, ids(0, 3, 1))),
	row("Softmax", "2 4", softmax),
	row("LogSoftmax", "2 4", logSoftmax),
	row("MatMulNBits", "2 160", (x) => quantisedProduct(x, codes(4, [3, 2, 64]), scales(6, x.dtype), 4)),
	row("MatMulNBits", "2 160", (x) => quantisedProduct(x, codes(8, [3, 2, 128]), scales(6, x.dtype), 8)),
	row("HeadLoss", "3 2, 3 2, 2 2", (hidden, a, b) => headLoss(hidden, ids(4, 0, 2), [a, b]).nll),
	row("Attention", "34 4, 34 2, 34 2", (query, key, value) =>
		attention(query, key, value, causal(34, query.dtype), { heads: 2, kvHeads: 1, headDim: 2 }),
	),
	row("RmsNorm", "3 4, 4", (x, gain) => rmsNorm(x, gain, 1e-3)),
	row("Rotary", "3 8", (x) => {
		const [cos, sin] = [angles(Math.cos, x.dtype), angles(Math.sin, x.dtype)];
		return rotary(x, ids(0, 3, 1), { cos, sin });
	}),
];

/** An op without a gradient, applied to a vector, and what it makes of numbers; comparisons are 1 where they hold. */
export interface ConstantCase {
	readonly apply: (x: Tensor) => Tensor;
	readonly value: (x: readonly number[]) => readonly number[];
}

const where1 = (holds: (x: number) => boolean) => (x: readonly number[]) => x.map((value) => Number(holds(value)));

/** By registry name. */
export const constantOps: Readonly<Record<string, ConstantCase>> = {
	Max: { apply: (x) => max(x, scalar(0.25, x.dtype)), value: (x) => x.map((value) => Math.max(value, 0.25)) },
	Min: { apply: (x) => min(x, scalar(0.25, x.dtype)), value: (x) => x.map((value) => Math.min(value, 0.25)) },
	Floor: { apply: floor, value: (x) => x.map(Math.floor) },
	SliceBy: { apply: (x) => sliceBy(x, ids(1), ids(3), 2, 0), value: (x) => x.slice(1, 3) },
	Equal: { apply: (x) => cast(equal(x, scalar(0.25, x.dtype)), x.dtype), value: where1((x) => x === 0.25) },
	Greater: { apply: (x) => cast(greater(x, scalar(0.25, x.dtype)), x.dtype), value: where1((x) => x > 0.25) },
	LessOrEqual: { apply: (x) => cast(lessOrEqual(x, scalar(0.25, x.dtype)), x.dtype), value: where1((x) => x <= 0.25) },
	And: {
		apply: (x) => cast(and(greater(x, scalar(0, x.dtype)), lessOrEqual(x, scalar(1, x.dtype))), x.dtype),
		value: where1((x) => x > 0 && x <= 1),
	},
	If: {
		apply: (x) => onlyIf(greater(reshape(reduceMax(x, [0]), []), scalar(0, x.dtype)), [mul(x, x)])[0] as Tensor,
		value: (x) => (Math.max(...x) > 0 ? x.map((value) => value * value) : []),
	},
};

/** `shapes` as text, "2 3, 3" for a matrix and a vector. */
function row(
	op: string,
	shapes: string,
	apply: (...inputs: Tensor[]) => Tensor,
	domain?: (normal: number) => number,
): OpCase {
	const parsed = shapes.split(",").map((shape) => shape.trim().split(" ").map(Number));
	return { ops: [op], label: `${op} of ${shapes}`, shapes: parsed, apply, ...(domain && { domain }) };
}
