/** Encodes an assembled graph as an ONNX model. Weights stay in their own files; the model only points at them. */

import protobuf from "protobufjs/light.js";
import { assertNever } from "#base/assert";
import type { OnnxBranch, OnnxConstant, OnnxGraph, OnnxNode, OnnxValue, OnnxWeight } from "./assemble.ts";
import { onnxSchema } from "./onnxSchema.ts";
import type { OnnxAttribute } from "./op.ts";
import { onnxTypeCode } from "./ops/elementwise.ts";
import type { DType } from "./tensor.ts";

/** Where the values of a weight are: in a file beside the model, or here. */
export type WeightData =
	| { readonly kind: "file"; readonly file: string; readonly offset: number; readonly length: number }
	| { readonly kind: "values"; readonly values: ArrayLike<number> };

const irVersion = 10;
const opset = 21;
const external = 1;

/** Bytes of an ONNX ModelProto. `locate` says where each weight's values are; `file` is relative to the model's folder. */
export function encodeOnnx(graph: OnnxGraph, locate: (weight: OnnxWeight) => WeightData): Uint8Array {
	const message = {
		irVersion,
		producerName: "attune",
		opsetImport: [
			{ domain: "", version: opset },
			{ domain: "com.microsoft", version: 1 },
		],
		graph: {
			name: "graph",
			node: graph.nodes.map(encodeNode),
			input: graph.inputs.map(encodeValue),
			output: graph.outputs.map(encodeValue),
			initializer: [
				...graph.constants.map(encodeConstant),
				...graph.weights.map((weight) => ({
					name: weight.name,
					dims: weight.shape,
					dataType: onnxTypeCode[weight.dtype],
					...encodeWeight(locate(weight), weight.dtype),
				})),
			],
		},
	};
	const type = protobuf.Root.fromJSON(onnxSchema as unknown as protobuf.INamespace).lookupType("ModelProto");
	return type.encode(message).finish();
}

function encodeNode(node: OnnxNode): object {
	const attributes = Object.entries(node.attributes).map(([name, value]) => ({ name, ...encodeAttribute(value) }));
	if (node.branches !== undefined) {
		attributes.push({ name: "then_branch", ...encodeBranch("then", node.branches.whenTrue) });
		attributes.push({ name: "else_branch", ...encodeBranch("else", node.branches.whenFalse) });
	}
	return {
		input: node.inputs,
		output: node.outputs,
		name: `${node.type} ${node.outputs[0]}`,
		opType: node.type,
		domain: node.domain,
		attribute: attributes,
	};
}

/** AttributeProto.AttributeType codes stand beside their field. */
function encodeAttribute(attribute: OnnxAttribute): object {
	if ("float" in attribute) return { f: attribute.float, type: 1 };
	if ("int" in attribute) return { i: attribute.int, type: 2 };
	if ("text" in attribute) return { s: ascii(attribute.text), type: 3 };
	if ("ints" in attribute) return { ints: attribute.ints, type: 7 };
	return assertNever(attribute);
}

function encodeBranch(name: string, branch: OnnxBranch): object {
	return { g: { name, node: branch.nodes.map(encodeNode), output: branch.outputs.map(encodeValue) }, type: 5 };
}

function encodeValue(value: OnnxValue): object {
	const shape = value.shape && { dim: value.shape.map((dimension) => (dimension < 0 ? {} : { dimValue: dimension })) };
	return { name: value.name, type: { tensorType: { elemType: onnxTypeCode[value.dtype], ...(shape && { shape }) } } };
}

function encodeConstant(constant: OnnxConstant): object {
	const { name, dtype, shape, values } = constant;
	return { name, dims: shape, dataType: onnxTypeCode[dtype], rawData: rawBytes(values, dtype) };
}

function encodeWeight(data: WeightData, dtype: DType): object {
	if (data.kind === "values") return { rawData: rawBytes(data.values, dtype) };
	const entries = { location: data.file, offset: String(data.offset), length: String(data.length) };
	return { externalData: Object.entries(entries).map(([key, value]) => ({ key, value })), dataLocation: external };
}

/** Little-endian values, as TensorProto.raw_data wants them. */
function rawBytes(values: ArrayLike<number>, dtype: DType): Uint8Array {
	const typed = typedValues(values, dtype);
	return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

function typedValues(values: ArrayLike<number>, dtype: DType): ArrayBufferView {
	switch (dtype) {
		case "float32":
			return Float32Array.from(values);
		case "float64":
			return Float64Array.from(values);
		case "int64":
			return BigInt64Array.from(Array.from(values, BigInt));
		case "uint8":
		case "bool":
			return Uint8Array.from(values);
		default:
			return assertNever(dtype);
	}
}

function ascii(text: string): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
