/** Reading rows and entries by index. */
import { at, defineOp, only } from "../op.ts";
import { ShapeError } from "../shape.ts";
import { constant, type Shape, type Tensor } from "../tensor.ts";
import { equal, like, mul, where } from "./elementwise.ts";
import { reshape } from "./layout.ts";
import { expand } from "./reduce.ts";

/** Rows of `table` [n, ...] at `ids` [k] int64: [k, ...]. */
export function gatherRows(table: Tensor, ids: Tensor): Tensor {
	return only(applyGather([table, ids], {}));
}

const applyGather = defineOp<object>({
	name: "Gather",
	infer: (inputs) => {
		const [table, ids] = [at(inputs, 0), at(inputs, 1)];
		if (ids.dtype !== "int64" || ids.shape.length !== 1 || table.shape.length < 1)
			throw new ShapeError("Gather", inputs, "wants a table and a list of int64 ids");
		return [{ dtype: table.dtype, shape: [...ids.shape, ...table.shape.slice(1)] }];
	},
	gradient: ({ inputs, cotangent }) => [() => scatterRows(at(inputs, 1), cotangent, at(inputs, 0).shape), "constant"],
	onnx: () => ({ type: "Gather", attributes: { axis: { int: 0 } } }),
});

/** Zeros of `shape` with `rows` [k, ...] added at `ids` [k]; equal ids add up. */
export function scatterRows(ids: Tensor, rows: Tensor, shape: Shape): Tensor {
	return only(applyScatter([ids, rows], { shape }));
}

const applyScatter = defineOp<{ shape: Shape }>({
	name: "ScatterND",
	infer: (inputs, { shape }) => {
		const [ids, rows] = [at(inputs, 0), at(inputs, 1)];
		if (ids.dtype !== "int64" || ids.shape[0] !== rows.shape[0])
			throw new ShapeError("ScatterND", inputs, "wants as many ids as rows");
		return [{ dtype: rows.dtype, shape }];
	},
	gradient: ({ inputs, cotangent }) => ["constant", () => gatherRows(cotangent, at(inputs, 0))],
	onnx: (inputs, { shape }) => {
		const [ids, rows] = [at(inputs, 0), at(inputs, 1)];
		const zeros = expand(constant([0], rows.dtype, []), shape);
		return {
			type: "ScatterND",
			inputs: [zeros, reshape(ids, [...ids.shape, 1]), rows],
			attributes: { reduction: { text: "add" } },
		};
	},
});

/** Entry `ids[i]` of row i of `x` [n, m]: [n, 1]. */
export function pick(x: Tensor, ids: Tensor): Tensor {
	return only(applyPick([x, reshape(ids, [...ids.shape, 1])], {}));
}

const applyPick = defineOp<object>({
	name: "GatherElements",
	infer: (inputs) => {
		const [x, ids] = [at(inputs, 0), at(inputs, 1)];
		if (x.shape.length !== 2 || ids.dtype !== "int64" || ids.shape[0] !== x.shape[0] || ids.shape[1] !== 1)
			throw new ShapeError("GatherElements", inputs, "wants a matrix and one int64 id per row");
		return [{ dtype: x.dtype, shape: [x.shape[0] as number, 1] }];
	},
	gradient: ({ inputs, cotangent }) => {
		const [x, ids] = [at(inputs, 0), at(inputs, 1)];
		return [() => mul(cotangent, oneHot(ids, x)), "constant"];
	},
	onnx: () => ({ type: "GatherElements", attributes: { axis: { int: 1 } } }),
});

/** 1 where the column is the row's id, else 0; shaped as `x` [n, m], `ids` [n, 1]. */
export function oneHot(ids: Tensor, x: Tensor): Tensor {
	const width = x.shape[1] as number;
	const columns = constant(
		Float64Array.from({ length: width }, (_, i) => i),
		"int64",
		[1, width],
	);
	return where(equal(ids, columns), like(1, x), like(0, x));
}
