/** A branch that is computed only when asked for at run time. */
import { at, defineOp } from "../op.ts";
import { ShapeError } from "../shape.ts";
import { constant, isFloat, type Tensor } from "../tensor.ts";
import { expand } from "./reduce.ts";

/** The tensors of each side; they may use any tensor of the graph around them. */
export interface Branches {
	readonly whenTrue: readonly Tensor[];
	readonly whenFalse: readonly Tensor[];
}

/**
 * `whenTrue` if `condition` (one bool) holds, else empty tensors of the same types. What only it needs is computed
 * only then: a backward pass put here costs nothing when it is not wanted.
 */
export function onlyIf(condition: Tensor, whenTrue: readonly Tensor[]): readonly Tensor[] {
	const empty = whenTrue.map((tensor) => expand(constant([0], tensor.dtype, [1]), [0]));
	return choose(condition, whenTrue, empty);
}

/** `whenTrue` if `condition` (one bool) holds, else `whenFalse`, of the same types. What only one side needs is computed only on that side. */
export function choose(
	condition: Tensor,
	whenTrue: readonly Tensor[],
	whenFalse: readonly Tensor[],
): readonly Tensor[] {
	return applyIf([condition], { whenTrue, whenFalse });
}

const applyIf = defineOp<Branches>({
	name: "If",
	infer: (inputs, { whenTrue }) => {
		const condition = at(inputs, 0);
		if (condition.dtype !== "bool" || !whenTrue.every((tensor) => isFloat(tensor.dtype)))
			throw new ShapeError("If", inputs, "wants a bool and floating-point results");
		return whenTrue.map(({ dtype, shape }) => ({ dtype, shape }));
	},
	// Optimiser steps and gradients live in branches; nothing is ever differentiated through one.
	gradient: "constant",
	onnx: () => ({ type: "If" }),
});

/** The branches of an `If` node, or undefined for any other. */
export function branchesOf(node: {
	readonly op: { readonly name: string };
	readonly attributes: unknown;
}): Branches | undefined {
	return node.op.name === "If" ? (node.attributes as Branches) : undefined;
}
