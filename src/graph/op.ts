/**
 * What an op is: a name, a shape rule, a gradient rule, an ONNX form and, for fused ops, the same thing in plainer
 * ops. Every op of the project is made by `defineOp`, so the gradient ring can enumerate them.
 */
import { defined, invariant } from "#base/assert";
import { constant, type Tensor, type TensorType } from "./tensor.ts";

/** Where a graph will run. Decides which fused kernels may stay and which are expanded. */
export type Provider = "cpu" | "webgpu";

export type OnnxAttribute =
	| { readonly int: number }
	| { readonly float: number }
	| { readonly ints: readonly number[] }
	| { readonly text: string };

/** How an op is spelled in ONNX. */
export interface OnnxForm {
	readonly type: string;
	/** Absent is ai.onnx. */
	readonly domain?: "com.microsoft";
	readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
	/** The node's inputs where they differ from the op's (shapes and axes travel as constants); undefined is one left out. */
	readonly inputs?: readonly (Tensor | undefined)[];
}

export interface GradientContext<A> {
	readonly inputs: readonly Tensor[];
	readonly outputs: readonly Tensor[];
	readonly attributes: A;
	/** dLoss/dOutput, one per output; undefined where the loss does not depend on that output. */
	readonly cotangents: readonly (Tensor | undefined)[];
	/** The cotangent of the first output, which is there whenever a rule of a one-output op is asked. */
	readonly cotangent: Tensor;
}

/** Per input, a thunk that builds its cotangent, so that gradients of frozen weights are never built. */
export type Gradient<A> = (context: GradientContext<A>) => readonly (GradientThunk | "constant")[];
export type GradientThunk = () => Tensor;

export interface OpDefinition<A> {
	readonly name: string;
	/** Output types from input types; throws `ShapeError`. */
	readonly infer: (inputs: readonly Tensor[], attributes: A) => readonly TensorType[];
	/** `"constant"`: the outputs do not vary smoothly with any input. */
	readonly gradient: Gradient<A> | "constant";
	/** Absent for ops that exist only to carry a gradient rule: they are always expanded. */
	readonly onnx?: (inputs: readonly Tensor[], attributes: A) => OnnxForm;
	/** The same outputs in plainer ops. Used in float64, and where `fusedOn` lacks the provider. */
	readonly expand?: (inputs: readonly Tensor[], attributes: A) => readonly Tensor[];
	/** Providers whose float32 kernel of this fused op is used. Only with `expand`. */
	readonly fusedOn?: readonly Provider[];
}

/** An op with its attribute type forgotten. */
export type Op = OpDefinition<unknown>;

export type ApplyOp<A> = (inputs: readonly Tensor[], attributes: A) => readonly Tensor[];

const registry = new Map<string, Op>();

/** Every op, by name. */
export function allOps(): ReadonlyMap<string, Op> {
	return registry;
}

export function defineOp<A>(definition: OpDefinition<A>): ApplyOp<A> {
	invariant(!registry.has(definition.name), `op ${definition.name} is defined twice`);
	invariant(definition.onnx ?? definition.expand, `op ${definition.name} has no form`);
	const op = definition as unknown as Op;
	registry.set(op.name, op);
	return (inputs, attributes) => applyOp(op, inputs, attributes);
}

export function applyOp(op: Op, inputs: readonly Tensor[], attributes: unknown): readonly Tensor[] {
	const outputs: Tensor[] = [];
	const node = { op, inputs, attributes, outputs };
	op.infer(inputs, attributes).forEach((type, output) => {
		outputs.push({ dtype: type.dtype, shape: type.shape, source: { kind: "op", node, output } });
	});
	return outputs;
}

/** The only output of a one-output op. */
export function only(outputs: readonly Tensor[]): Tensor {
	invariant(outputs.length === 1, `${outputs.length} outputs where one was expected`);
	return defined(outputs[0], "output");
}

/** Tensor `index` of an op's inputs or outputs, which its shape rule has proved to be there. */
export function at(tensors: readonly Tensor[], index: number): Tensor {
	return defined(tensors[index], `tensor ${index}`);
}

/** A one-dimensional int64 constant, as ONNX wants shapes and axes. */
export function int64s(values: readonly number[]): Tensor {
	return constant(values, "int64", [values.length]);
}
