/** Orders in which graphs are visited. Iterative: a deep model would overflow the stack. */
import type { Node, Tensor } from "./tensor.ts";

/** The node that makes `tensor`, if an op does. */
export function producer(tensor: Tensor): Node | undefined {
	return tensor.source.kind === "op" ? tensor.source.node : undefined;
}

/** Every node that `outputs` need, inputs before users; the same graph always gives the same order. Branches are not entered. */
export function topological(outputs: readonly Tensor[], already: ReadonlySet<Node> = new Set()): Node[] {
	const order: Node[] = [];
	const seen = new Set<Node>(already);
	const stack: { node: Node; next: number }[] = [];
	const enter = (tensor: Tensor): void => {
		const node = producer(tensor);
		if (node !== undefined && !seen.has(node)) {
			seen.add(node);
			stack.push({ node, next: 0 });
		}
	};
	for (const output of outputs) {
		enter(output);
		for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
			const input = top.node.inputs[top.next++];
			if (input !== undefined) enter(input);
			else {
				order.push(top.node);
				stack.pop();
			}
		}
	}
	return order;
}
