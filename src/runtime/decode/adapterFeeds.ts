/** An adapter as inputs of the decode graph. */
import type { ModelConfig } from "#models/config";
import { adapterInputs, adapterPieces, groupShape } from "#models/decodeGraph";
import { sameInput } from "#models/lora";
import { type LinearModule, linearShape } from "#models/parameters";
import type { Adapter } from "../adapterState.ts";
import { loadOrt, type OrtTensor } from "../ort.ts";

export type AdapterFeeds = Readonly<Record<string, OrtTensor>>;

/** For a graph of so many threads. Without an adapter every group gets one of no ranks, or of `adapter`'s modules. */
export function adapterFeeds(config: ModelConfig, threads: number, adapter?: Adapter): AdapterFeeds {
	const feeds: Record<string, OrtTensor> = {};
	for (let layer = 0; layer < config.layers; layer++)
		for (const group of sameInput) Object.assign(feeds, groupFeeds(config, threads, layer, group, adapter));
	return feeds;
}

/**
 * A stacked [ranks, in] and cut into pieces of columns, and B [ranks, out] with each module's in its own columns and zeros elsewhere: one product then serves
 * all modules of the group.
 */
function groupFeeds(
	config: ModelConfig,
	threads: number,
	layer: number,
	group: readonly LinearModule[],
	adapter: Adapter | undefined,
): Record<string, OrtTensor> {
	const { Tensor } = loadOrt();
	const [out, columns] = groupShape(config, group);
	const pieces = adapterPieces(columns, threads);
	const rank = adapter?.lora.rank ?? 0;
	const found = group.map((module) => adapter?.modules.get(`model.layers.${layer}.${module}`));
	const ranks = rank * found.filter((each) => each !== undefined).length;
	const a = new Float32Array(ranks * columns);
	const b = new Float32Array(ranks * out);
	const scale = adapter === undefined ? 0 : adapter.lora.alpha / rank;
	let row = 0;
	let column = 0;
	group.forEach((module, i) => {
		const [width] = linearShape(config, module);
		const matrices = found[i];
		if (matrices !== undefined) {
			a.set(matrices.a, row * columns);
			for (let r = 0; r < rank; r++)
				for (let c = 0; c < width; c++) b[(row + r) * out + column + c] = scale * (matrices.b[c * rank + r] as number);
			row += rank;
		}
		column += width;
	});
	const names = adapterInputs(layer, group);
	return {
		[names.a]: new Tensor("float32", cut(a, columns, pieces), [pieces, ranks, columns / pieces]),
		[names.b]: new Tensor("float32", b, [ranks, out]),
	};
}

/** [rows, columns] -> [pieces, rows, columns / pieces]. */
function cut(values: Float32Array, columns: number, pieces: number): Float32Array {
	const result = new Float32Array(values.length);
	const [rows, width] = [values.length / columns, columns / pieces];
	for (let row = 0; row < rows; row++)
		for (let piece = 0; piece < pieces; piece++) {
			const from = row * columns + piece * width;
			result.set(values.subarray(from, from + width), (piece * rows + row) * width);
		}
	return result;
}
