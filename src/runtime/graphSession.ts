/** A generated graph, compiled by onnxruntime. */
import { defined } from "#base/assert";
import { AttuneError, messageOf } from "#base/errors";
import { assemble, type OnnxGraph, type OnnxValue, type OnnxWeight } from "#graph/assemble";
import { encodeOnnx, type WeightData } from "#graph/onnx";
import type { Provider } from "#graph/op";
import { type DType, type FloatType, sizeOf, type Tensor } from "#graph/tensor";
import { loadOrt, type OrtSession, type OrtSessionOptions, type OrtTensor } from "./ort.ts";

/** Where the base weights are. float32 weights stay in their files, mapped into memory; float64 copies live in the graph. */
export interface WeightSource {
	locate(name: string): {
		readonly folder: string;
		readonly file: string;
		readonly offset: number;
		readonly byteLength: number;
	};
	/** Only float64 graphs ask. */
	read?(name: string): Float32Array;
}

export interface SessionTarget {
	readonly provider: Provider;
	readonly dtype: FloatType;
	/** Threads of the CPU kernels; 0 lets onnxruntime choose. */
	readonly threads: number;
}

export type FeedValues = Float32Array | Float64Array | BigInt64Array;
export type NamedValues = Readonly<Record<string, FeedValues>>;

/** Not re-entrant: `run` blocks the thread while it computes. */
export interface GraphSession {
	readonly inputs: readonly OnnxValue[];
	/**
	 * Values of all outputs by name, for values of all inputs by name (flat, row-major). Outputs named in `into` are written
	 * there, into arrays that are no inputs: fresh ones cost a page fault per 4 KiB.
	 */
	run(feeds: NamedValues, into?: NamedValues): Promise<NamedValues>;
	release(): Promise<void>;
}

/**
 * How onnxruntime is to treat a graph that is run again and again with little work each time. The default is for graphs of
 * many rows: prepacking copies every weight into a second layout, which for learning costs seconds and a gigabyte and gains nothing.
 */
export interface Tuning {
	readonly prepack: boolean;
	/** Of onnxruntime's own rewriting. */
	readonly optimization: "basic" | "all";
	/**
	 * Splits a pass over rows into ever smaller blocks that threads take as they come, about this many times as many as threads at first;
	 * 0: into equal ones. A core that others use too then takes fewer of them, where the other thread would wait for it.
	 */
	readonly dynamicBlocks: number;
}

const manyRows: Tuning = { prepack: false, optimization: "basic", dynamicBlocks: 8 };

export interface CompiledGraph {
	readonly graph: OnnxGraph;
	readonly session: OrtSession;
}

export async function compileGraph(
	outputs: Readonly<Record<string, Tensor>>,
	target: SessionTarget,
	weights?: WeightSource,
	tuning: Tuning = manyRows,
): Promise<CompiledGraph> {
	const { graph, model, folder } = writeGraph(outputs, target, weights);
	return { graph, session: await create(model, sessionOptions(target, folder, tuning)) };
}

/** A graph as onnxruntime reads it; `folder` holds the weights that it names. */
export function writeGraph(
	outputs: Readonly<Record<string, Tensor>>,
	target: SessionTarget,
	weights?: WeightSource,
): { readonly graph: OnnxGraph; readonly model: Uint8Array; readonly folder: string | undefined } {
	const graph = assemble(outputs, target);
	const inMemory = target.dtype === "float64";
	const locate = ({ parameter, firstRow, shape, dtype }: OnnxWeight): WeightData => {
		const source = defined(weights, `weights for ${parameter}`);
		const first = firstRow * sizeOf(shape.slice(1));
		const length = sizeOf(shape);
		if (inMemory)
			return { kind: "values", values: defined(source.read, "read")(parameter).subarray(first, first + length) };
		const { file, offset } = source.locate(parameter);
		const bytes = dtype === "uint8" ? 1 : 4;
		return { kind: "file", file, offset: offset + bytes * first, length: bytes * length };
	};
	const first = graph.weights[0];
	const folder = inMemory || first === undefined ? undefined : weights?.locate(first.parameter).folder;
	return { graph, model: encodeOnnx(graph, locate), folder };
}

export async function openGraph(
	outputs: Readonly<Record<string, Tensor>>,
	target: SessionTarget,
	weights?: WeightSource,
): Promise<GraphSession> {
	const { graph, session } = await compileGraph(outputs, target, weights);
	return {
		inputs: graph.inputs,
		async run(feeds, into = {}) {
			const tensors = Object.fromEntries(
				graph.inputs.map((value) => [value.name, ortTensor(value, defined(feeds[value.name], `feed ${value.name}`))]),
			);
			const fetches = graph.outputs.map((value) => {
				const values = into[value.name];
				return [value.name, values === undefined ? null : ortTensor(value, values)];
			});
			const results = await session.run(tensors, Object.fromEntries(fetches));
			return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as FeedValues]));
		},
		release: () => session.release(),
	};
}

/** Zero-filled values of an input's type. */
export function emptyValues(dtype: DType, length: number): FeedValues {
	if (dtype === "int64") return new BigInt64Array(length);
	return dtype === "float64" ? new Float64Array(length) : new Float32Array(length);
}

function ortTensor({ dtype, shape }: OnnxValue, values: FeedValues): OrtTensor {
	const { Tensor } = loadOrt();
	return new Tensor(dtype as "float32", values as Float32Array, defined(shape, "shape of an input"));
}

/** Threads that went on spinning after a run would take the cores from the next session and from the editor. */
function sessionOptions(target: SessionTarget, weightFolder: string | undefined, tuning: Tuning): OrtSessionOptions {
	const session: Record<string, string> = { force_spinning_stop: "1" };
	if (!tuning.prepack) session["disable_prepacking"] = "1";
	if (tuning.dynamicBlocks > 0) session["session.dynamic_block_base"] = String(tuning.dynamicBlocks);
	if (weightFolder !== undefined) session["model_external_initializers_file_folder_path"] = weightFolder;
	return {
		executionProviders: target.provider === "cpu" ? ["cpu"] : [target.provider, "cpu"],
		graphOptimizationLevel: tuning.optimization,
		// A planned block beside the arena of the first run would hold all activations twice.
		enableMemPattern: false,
		intraOpNumThreads: target.threads,
		extra: { session },
	};
}

async function create(model: Uint8Array, options: OrtSessionOptions): Promise<OrtSession> {
	try {
		return await loadOrt().createSession(model, options);
	} catch (cause) {
		throw new AttuneError("device", `onnxruntime refused the model's graph (${messageOf(cause)})`, {
			remedy: "Choose --device cpu, or another model.",
			cause,
		});
	}
}
