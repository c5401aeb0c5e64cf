/** From tensors to a named list of ONNX nodes: what the writer encodes and the printer prints. */
import { defined } from "#base/assert";
import { lower, type Target } from "./lower.ts";
import type { OnnxAttribute } from "./op.ts";
import { branchesOf } from "./ops/branch.ts";
import { type DType, type Node, type Shape, type Source, type Tensor, type TensorType, weightName } from "./tensor.ts";
import { producer, topological } from "./walk.ts";

export interface OnnxValue {
	readonly name: string;
	readonly dtype: DType;
	/** Absent where it is known only at run time (results of a branch). */
	readonly shape?: Shape;
}

export interface OnnxNode {
	readonly type: string;
	readonly domain: "" | "com.microsoft";
	readonly inputs: readonly string[];
	readonly outputs: readonly string[];
	readonly attributes: Readonly<Record<string, OnnxAttribute>>;
	readonly branches?: { readonly whenTrue: OnnxBranch; readonly whenFalse: OnnxBranch };
}

export interface OnnxBranch {
	readonly nodes: readonly OnnxNode[];
	readonly outputs: readonly OnnxValue[];
}

export interface OnnxConstant extends TensorType {
	readonly name: string;
	readonly values: readonly number[] | Float64Array;
}

/** Rows of a frozen parameter. */
export interface OnnxWeight extends TensorType {
	/** In this graph. */
	readonly name: string;
	/** In the checkpoint. */
	readonly parameter: string;
	readonly firstRow: number;
}

export interface OnnxGraph extends OnnxBranch {
	readonly inputs: readonly OnnxValue[];
	readonly constants: readonly OnnxConstant[];
	readonly weights: readonly OnnxWeight[];
}

/** The graph that computes `outputs`, for `target`. The same call gives the same names every time. */
export function assemble(outputs: Readonly<Record<string, Tensor>>, target: Target): OnnxGraph {
	const names = Object.keys(outputs);
	const tensors = lower(Object.values(outputs), target);
	const assembler = new Assembler();
	const branch = assembler.branch(tensors, names);
	return { ...branch, ...assembler.leaves() };
}

class Assembler {
	readonly #names = new Map<Tensor, string>();
	/** Names of tensors that are results of the graph that makes them. */
	readonly #results = new Map<Tensor, string>();
	readonly #inputs: OnnxValue[] = [];
	readonly #constants: OnnxConstant[] = [];
	readonly #weights: OnnxWeight[] = [];
	/** Nodes placed, or sure to be placed, in a graph around the one being written. */
	readonly #outer = new Set<Node>();
	#count = 0;

	leaves(): Omit<OnnxGraph, "nodes" | "outputs"> {
		return { inputs: this.#inputs, constants: this.#constants, weights: this.#weights };
	}

	/** Writes what `outputs` need beyond the graphs around; results are called `names`, or made-up names. */
	branch(outputs: readonly Tensor[], names: readonly string[]): OnnxBranch {
		const nodes: OnnxNode[] = [];
		const order = topological(outputs, this.#outer);
		for (const node of order) this.#outer.add(node);
		const own = new Set(order);
		for (const [i, tensor] of outputs.entries()) {
			const node = producer(tensor);
			if (node !== undefined && own.has(node) && !this.#results.has(tensor))
				this.#results.set(tensor, names[i] as string);
		}
		const placed = new Set<Node>();
		const place = (node: Node): void => {
			if (placed.has(node)) return;
			placed.add(node);
			for (const captured of this.#captured(node, order)) place(captured);
			this.#node(node, nodes);
		};
		for (const node of order) place(node);
		const values = outputs.map((tensor, i) => this.#output(tensor, names[i] as string, nodes));
		return { nodes, outputs: values };
	}

	/** A branch sees the graph around it; nothing else sees what is in the branch. */
	#side(outputs: readonly Tensor[]): OnnxBranch {
		const [outer, names] = [new Set(this.#outer), new Set(this.#names.keys())];
		const branch = this.branch(outputs, this.#fresh(outputs));
		for (const node of this.#outer) if (!outer.has(node)) this.#outer.delete(node);
		for (const tensor of this.#names.keys())
			if (tensor.source.kind === "op" && !names.has(tensor)) this.#names.delete(tensor);
		return branch;
	}

	/** Nodes of this graph that the branches of `node` use: they must come before it. */
	#captured(node: Node, order: readonly Node[]): readonly Node[] {
		const branches = branchesOf(node);
		if (branches === undefined) return [];
		const used = new Set(topological([...branches.whenTrue, ...branches.whenFalse]));
		return order.filter((other) => used.has(other));
	}

	#node(node: Node, nodes: OnnxNode[]): void {
		const form = defined(node.op.onnx, `ONNX form of ${node.op.name}`)(node.inputs, node.attributes);
		const inputs = (form.inputs ?? node.inputs).map((tensor) => (tensor ? this.#name(tensor, nodes) : ""));
		const branches = branchesOf(node);
		const sides = branches && {
			whenTrue: this.#side(branches.whenTrue),
			whenFalse: this.#side(branches.whenFalse),
		};
		const outputs = node.outputs.map((tensor) => {
			const name = this.#results.get(tensor) ?? `t${this.#count++}`;
			this.#names.set(tensor, name);
			return name;
		});
		const attributes = form.attributes ?? {};
		nodes.push({
			type: form.type,
			domain: form.domain ?? "",
			inputs,
			outputs,
			attributes,
			...(sides && { branches: sides }),
		});
	}

	#fresh(tensors: readonly Tensor[]): readonly string[] {
		return tensors.map(() => `t${this.#count++}`);
	}

	/** The name of `tensor`; a leaf or a tensor only an ONNX form knows of is written when first named. */
	#name(tensor: Tensor, nodes: OnnxNode[]): string {
		const known = this.#names.get(tensor);
		if (known !== undefined) return known;
		const { source, dtype, shape } = tensor;
		if (source.kind === "op") {
			this.#node(source.node, nodes);
			return defined(this.#names.get(tensor), "name");
		}
		const name = source.kind === "constant" ? `c${this.#constants.length}` : nameOf(tensor, source);
		if (source.kind === "input") this.#inputs.push({ name, dtype, shape });
		else if (source.kind === "weight")
			this.#weights.push({ name, parameter: source.name, firstRow: source.firstRow, dtype, shape });
		else this.#constants.push({ name, dtype, shape, values: source.values });
		this.#names.set(tensor, name);
		return name;
	}

	/** What is an input, a tensor of a graph around or a result already is copied to its name: ONNX has no other way to call one tensor twice. */
	#output(tensor: Tensor, name: string, nodes: OnnxNode[]): OnnxValue {
		const known = this.#name(tensor, nodes);
		if (known !== name) nodes.push({ type: "Identity", domain: "", inputs: [known], outputs: [name], attributes: {} });
		const atRunTime = producer(tensor)?.op.name === "If";
		return { name, dtype: tensor.dtype, ...(!atRunTime && { shape: tensor.shape }) };
	}
}

function nameOf(type: TensorType, source: Extract<Source, { kind: "input" | "weight" }>): string {
	return source.kind === "weight" ? weightName(type, source) : source.name;
}
