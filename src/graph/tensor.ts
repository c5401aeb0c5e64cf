/**
 * Tensors are immutable descriptions: a type and where the value comes from. Calling an op makes new ones;
 * nothing is computed here. A graph is whatever its outputs reach.
 */
import { invariant } from "#base/assert";
import type { Op } from "./op.ts";

export type FloatType = "float32" | "float64";
export type DType = FloatType | "int64" | "uint8" | "bool";
/**
 * A negative dimension is a length known only when the graph runs: equal numbers are equal lengths, and sums and products
 * of them are what arithmetic makes of them, so that shape rules hold for them as for any other.
 */
export type Shape = readonly number[];

export interface TensorType {
	readonly dtype: DType;
	readonly shape: Shape;
}

export interface Tensor extends TensorType {
	readonly source: Source;
}

export type Source =
	/** Fed at every run. */
	| { readonly kind: "input"; readonly name: string }
	/** Rows of a frozen parameter, named as in the checkpoint; its values stay outside the graph. */
	| { readonly kind: "weight"; readonly name: string; readonly firstRow: number; readonly whole: boolean }
	/** Values written into the graph. Floats are held as doubles whatever `dtype` says. */
	| { readonly kind: "constant"; readonly values: readonly number[] | Float64Array }
	| { readonly kind: "op"; readonly node: Node; readonly output: number };

/** One application of an op. */
export interface Node {
	readonly op: Op;
	readonly inputs: readonly Tensor[];
	readonly attributes: unknown;
	/** Filled once, when the op is applied. */
	readonly outputs: readonly Tensor[];
}

export function input(name: string, dtype: DType, shape: Shape): Tensor {
	return { dtype, shape, source: { kind: "input", name } };
}

export function weight(name: string, dtype: DType, shape: Shape): Tensor {
	return { dtype, shape, source: { kind: "weight", name, firstRow: 0, whole: true } };
}

/** Rows [first, end) of the parameter `whole`, read where they are: no copy is made. */
export function weightRows(whole: Tensor, first: number, end: number): Tensor {
	const { source, dtype, shape } = whole;
	invariant(source.kind === "weight" && source.whole, "rows of something that is no parameter");
	if (first === 0 && end === shape[0]) return whole;
	return {
		dtype,
		shape: [end - first, ...shape.slice(1)],
		source: { kind: "weight", name: source.name, firstRow: first, whole: false },
	};
}

/** The name of a weight in a graph: the checkpoint's, with the rows where they are not all. */
export function weightName(type: TensorType, source: Extract<Source, { kind: "weight" }>): string {
	if (source.whole) return source.name;
	return `${source.name}[${source.firstRow}:${source.firstRow + (type.shape[0] as number)}]`;
}

/** `values` in row-major order. */
export function constant(values: readonly number[] | Float64Array, dtype: DType, shape: Shape): Tensor {
	invariant(values.length === sizeOf(shape), `${values.length} values for shape [${shape.join(", ")}]`);
	return { dtype, shape, source: { kind: "constant", values } };
}

export function scalar(value: number, dtype: DType): Tensor {
	return constant([value], dtype, []);
}

/** Number of elements. */
export function sizeOf(shape: Shape): number {
	return shape.reduce((product, dimension) => product * dimension, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
	return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

export function isFloat(dtype: DType): dtype is FloatType {
	return dtype === "float32" || dtype === "float64";
}

/** `[2, 3] float32`, for messages and the printer. */
export function describeType(type: TensorType): string {
	return `[${type.shape.join(", ")}] ${type.dtype}`;
}
