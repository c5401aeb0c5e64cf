/** Runs small graphs on onnxruntime for tests: values in, values out. */
import { assemble } from "#graph/assemble";
import { encodeOnnx } from "#graph/onnx";
import type { Provider } from "#graph/op";
import { type FloatType, isFloat, type Tensor } from "#graph/tensor";
import { loadOrt, type OrtSession, type OrtTensor } from "#runtime/ort";

export type Values = Readonly<Record<string, readonly number[]>>;

export interface Compiled {
	/** Values of the outputs, flat, for values of the inputs, flat. */
	run(values: Values): Promise<Record<string, number[]>>;
}

export async function compile(
	outputs: Readonly<Record<string, Tensor>>,
	dtype: FloatType = "float64",
	provider: Provider = "cpu",
	weights: Values = {},
): Promise<Compiled> {
	const graph = assemble(outputs, { provider, dtype });
	const bytes = encodeOnnx(graph, ({ parameter }) => ({ kind: "values", values: weights[parameter] ?? [] }));
	const session: OrtSession = await loadOrt().createSession(bytes, { graphOptimizationLevel: "basic" });
	return {
		async run(values) {
			const feeds: Record<string, OrtTensor> = {};
			for (const { name, dtype, shape } of graph.inputs)
				feeds[name] = ortTensor(dtype, values[name] ?? [], shape ?? []);
			const results = await session.run(feeds);
			return Object.fromEntries(
				Object.entries(results).map(([name, tensor]) => [name, Array.from(tensor.data as Iterable<number>, Number)]),
			);
		},
	};
}

function ortTensor(dtype: string, values: readonly number[], shape: readonly number[]): OrtTensor {
	const { Tensor } = loadOrt();
	if (dtype === "int64") return new Tensor("int64", BigInt64Array.from(values, BigInt), shape);
	if (dtype === "bool") return new Tensor("bool", Uint8Array.from(values), shape);
	if (!isFloat(dtype as FloatType)) throw new Error(dtype);
	return dtype === "float64"
		? new Tensor("float64", Float64Array.from(values), shape)
		: new Tensor("float32", Float32Array.from(values), shape);
}
