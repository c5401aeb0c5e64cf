/** Makes a graph fit where it will run: expands what has no kernel there, and builds equal things once. */
import { defined } from "#base/assert";
import { applyOp, type Op, type Provider } from "./op.ts";
import { branchesOf } from "./ops/branch.ts";
import { type FloatType, type Node, type Tensor, weightName } from "./tensor.ts";
import { topological } from "./walk.ts";

export interface Target {
	readonly provider: Provider;
	/** Fused kernels exist in float32 only. */
	readonly dtype: FloatType;
}

/** The same outputs with every op in a form `target` can run, equal subexpressions merged. */
export function lower(outputs: readonly Tensor[], target: Target): readonly Tensor[] {
	const lowered = new Map<Tensor, Tensor>();
	const canonical = canonicaliser();

	function lowerAll(tensors: readonly Tensor[]): readonly Tensor[] {
		for (const node of topological(tensors, new Set())) if (!lowered.has(node.outputs[0] as Tensor)) lowerNode(node);
		return tensors.map(lookUp);
	}

	function lookUp(tensor: Tensor): Tensor {
		return tensor.source.kind === "op" ? defined(lowered.get(tensor), "lowered tensor") : canonical.leaf(tensor);
	}

	function lowerNode(node: Node): void {
		const inputs = node.inputs.map(lookUp);
		const branches = branchesOf(node);
		let results: readonly Tensor[];
		if (branches !== undefined) {
			const [whenTrue, whenFalse] = [lowerAll(branches.whenTrue), lowerAll(branches.whenFalse)];
			results = canonical.unique(applyOp(node.op, inputs, { whenTrue, whenFalse }));
		} else if (isExpanded(node.op, target)) results = lowerAll(expansion(node.op, inputs, node.attributes));
		else results = canonical.node(node.op, inputs, node.attributes);
		node.outputs.forEach((output, i) => {
			const result = defined(results[i], "result");
			lowered.set(output, result);
			lowered.set(result, result);
		});
	}

	return lowerAll(outputs);
}

/** Whether `op` is replaced by plainer ops on `target`. */
export function isExpanded(op: Op, target: Target): boolean {
	if (op.onnx === undefined) return true;
	return op.expand !== undefined && (target.dtype === "float64" || !(op.fusedOn ?? []).includes(target.provider));
}

function expansion(op: Op, inputs: readonly Tensor[], attributes: unknown): readonly Tensor[] {
	return defined(op.expand, `expansion of ${op.name}`)(inputs, attributes);
}

/** Hands out one tensor per value: equal ops on equal inputs are one node. */
function canonicaliser() {
	const ids = new Map<Tensor, number>();
	const byKey = new Map<string, readonly Tensor[]>();
	const arrays = new Map<object, number>();

	function named(tensors: readonly Tensor[]): readonly Tensor[] {
		for (const tensor of tensors) ids.set(tensor, ids.size);
		return tensors;
	}

	function once(key: string, make: () => readonly Tensor[]): readonly Tensor[] {
		const known = byKey.get(key);
		if (known !== undefined) return known;
		const made = named(make());
		byKey.set(key, made);
		return made;
	}

	function leafKey(tensor: Tensor): string {
		const source = tensor.source;
		if (source.kind === "weight") return `weight ${weightName(tensor, source)}`;
		if (source.kind !== "constant") return `${source.kind} ${"name" in source ? source.name : ""}`;
		// Long tables are shared by identity, short ones by value.
		const known = arrays.get(source.values) ?? arrays.size;
		arrays.set(source.values, known);
		const values = source.values.length <= 16 ? source.values.join(",") : `#${known}`;
		return `constant ${tensor.dtype} ${tensor.shape.join("x")} ${values}`;
	}

	return {
		leaf: (tensor: Tensor): Tensor => defined(once(leafKey(tensor), () => [tensor])[0], "leaf"),
		/** Results that are like no others. */
		unique: named,
		node: (op: Op, inputs: readonly Tensor[], attributes: unknown): readonly Tensor[] => {
			const key = `${op.name} ${JSON.stringify(attributes)} ${inputs.map((tensor) => ids.get(tensor)).join(" ")}`;
			return once(key, () => applyOp(op, inputs, attributes));
		},
	};
}
