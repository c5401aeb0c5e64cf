import { describeType, type Shape, type Tensor } from "./tensor.ts";

/** Two shapes that do not fit, named both. A bug of a graph's author, never of a user. */
export class ShapeError extends Error {
	override readonly name = "ShapeError";
	constructor(op: string, inputs: readonly Tensor[], reason: string) {
		super(`${op}(${inputs.map(describeType).join(", ")}): ${reason}`);
	}
}

/** The shape both broadcast to (NumPy's rule), or undefined if they do not. */
export function broadcastShape(a: Shape, b: Shape): Shape | undefined {
	const rank = Math.max(a.length, b.length);
	const result: number[] = [];
	for (let i = 0; i < rank; i++) {
		const x = a[a.length - rank + i] ?? 1;
		const y = b[b.length - rank + i] ?? 1;
		if (x !== y && x !== 1 && y !== 1) return undefined;
		result.push(x === 1 ? y : x);
	}
	return result;
}

/** `axis` counted from the front; negative counts from the end. */
export function normalAxis(axis: number, rank: number): number {
	return axis < 0 ? axis + rank : axis;
}

/** `shape` with `axis` set to `size`. */
export function withDimension(shape: Shape, axis: number, size: number): number[] {
	return shape.map((dimension, i) => (i === axis ? size : dimension));
}
