/** Reverse-mode differentiation: cotangents flow from the outputs back, only along paths that lead to `wrt`. */
import { invariant } from "#base/assert";
import { at, type GradientContext } from "./op.ts";
import { add, like, mul } from "./ops/elementwise.ts";
import { zeros } from "./ops/layout.ts";
import { addProduct, gemm, type ProductFlags } from "./ops/linear.ts";
import { isFloat, type Node, sameShape, type Tensor } from "./tensor.ts";
import { producer, topological } from "./walk.ts";

/**
 * d(sum(output * seed))/d(each of `wrt`), shaped as `wrt`; zeros where there is no path.
 * `seed` is shaped as `output`.
 */
export function gradients(output: Tensor, seed: Tensor, wrt: readonly Tensor[]): readonly Tensor[] {
	invariant(sameShape(output.shape, seed.shape), "the seed is shaped as the output");
	const order = topological([output]);
	const useful = dependents(order, wrt);
	const cotangents = new Map<Tensor, Tensor>([[output, seed]]);
	for (const node of order.toReversed()) {
		if (!useful.has(node)) continue;
		const incoming = node.outputs.map((tensor) => cotangents.get(tensor));
		if (incoming.every((cotangent) => cotangent === undefined)) continue;
		backward(node, incoming, useful, new Set(wrt), cotangents);
	}
	return wrt.map((tensor) => cotangents.get(tensor) ?? zeros(tensor));
}

/** Nodes with a differentiable path from one of `wrt`. */
function dependents(order: readonly Node[], wrt: readonly Tensor[]): ReadonlySet<Node> {
	const targets = new Set(wrt);
	const useful = new Set<Node>();
	for (const node of order) {
		const reached = node.inputs.some((tensor) => targets.has(tensor) || useful.has(producer(tensor) as Node));
		if (reached && node.op.gradient !== "constant") useful.add(node);
	}
	return useful;
}

function backward(
	node: Node,
	incoming: readonly (Tensor | undefined)[],
	useful: ReadonlySet<Node>,
	targets: ReadonlySet<Tensor>,
	cotangents: Map<Tensor, Tensor>,
): void {
	const rule = node.op.gradient;
	invariant(rule !== "constant", `${node.op.name} has no gradient`);
	const context: GradientContext<unknown> = {
		inputs: node.inputs,
		outputs: node.outputs,
		attributes: node.attributes,
		cotangents: incoming,
		cotangent: incoming[0] ?? zeros(at(node.outputs, 0)),
	};
	rule(context).forEach((thunk, i) => {
		const target = at(node.inputs, i);
		const wanted = targets.has(target) || useful.has(producer(target) as Node);
		if (thunk === "constant" || !wanted || !isFloat(target.dtype)) return;
		const cotangent = thunk();
		invariant(
			sameShape(cotangent.shape, target.shape),
			`${node.op.name} gave input ${i} a cotangent of shape [${cotangent.shape}] for [${target.shape}]`,
		);
		const before = cotangents.get(target);
		cotangents.set(target, before === undefined ? cotangent : accumulate(before, cotangent));
	});
}

/** a + b; a product takes the other as its addend, which saves a pass over memory. A thin one is added in place. */
function accumulate(a: Tensor, b: Tensor): Tensor {
	const products = [
		{ node: producer(b), addend: a },
		{ node: producer(a), addend: b },
	].filter(({ node }) => node?.op.name === "Gemm" && node.inputs.length === 2);
	const { node, addend } = products.find(({ node }) => isThin(node as Node)) ?? products[0] ?? {};
	if (node === undefined || addend === undefined) return add(a, b);
	const [left, right] = [at(node.inputs, 0), at(node.inputs, 1)];
	const flags = node.attributes as ProductFlags;
	if (!isThin(node)) return gemm(left, right, flags, addend);
	return addProduct(addend, flags.alpha === 1 ? left : mul(left, like(flags.alpha ?? 1, left)), right);
}

/** Whether a product's inner axis is short, as LoRA's is: reading and writing its addend is then most of its time. */
function isThin({ inputs, attributes }: Node): boolean {
	const { transA, transB } = attributes as ProductFlags;
	const [left, right] = [at(inputs, 0), at(inputs, 1)];
	return !transA && !transB && (left.shape[1] as number) <= 64 && right.source.kind === "op";
}
