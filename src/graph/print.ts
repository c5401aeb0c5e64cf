/** A graph as text, for people and for snapshots: one line a node, names as in the ONNX model. */
import type { OnnxBranch, OnnxGraph, OnnxNode, OnnxValue } from "./assemble.ts";
import type { OnnxAttribute } from "./op.ts";
import { describeType } from "./tensor.ts";

export function printGraph(graph: OnnxGraph): string {
	return [
		...graph.inputs.map((value) => `input ${printValue(value)}`),
		...graph.weights.map((weight) => `weight ${weight.name} ${describeType(weight)}`),
		...graph.constants.map(
			(constant) => `constant ${constant.name} ${describeType(constant)} ${printValues(constant.values)}`,
		),
		...printBranch(graph, ""),
	]
		.join("\n")
		.concat("\n");
}

function printBranch(branch: OnnxBranch, indent: string): string[] {
	const nodes = branch.nodes.flatMap((node) => printNode(node, indent));
	return [...nodes, ...branch.outputs.map((value) => `${indent}output ${printValue(value)}`)];
}

function printNode(node: OnnxNode, indent: string): string[] {
	const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}=${printAttribute(value)}`);
	const line = `${indent}${node.outputs.join(", ")} = ${node.type}(${node.inputs.join(", ")})${attributes.join("")}`;
	if (node.branches === undefined) return [line];
	const inner = `${indent}  `;
	return [
		line,
		`${indent}then`,
		...printBranch(node.branches.whenTrue, inner),
		`${indent}else`,
		...printBranch(node.branches.whenFalse, inner),
	];
}

function printValue(value: OnnxValue): string {
	return `${value.name} ${value.shape === undefined ? `? ${value.dtype}` : describeType({ ...value, shape: value.shape })}`;
}

function printValues(values: ArrayLike<number>): string {
	const shown = Array.from(values)
		.slice(0, 8)
		.map((value) => String(Number(value.toPrecision(6))));
	return `{${shown.join(", ")}${values.length > 8 ? ", ..." : ""}}`;
}

function printAttribute(attribute: OnnxAttribute): string {
	if ("ints" in attribute) return `[${attribute.ints.join(", ")}]`;
	return String(Object.values(attribute)[0]);
}
