/**
 * Weights of the decode graph in 4 or 8 bits: `<cacheFolder>/<model hash>/weights.int4` (or `.int8`), made once per model.
 * Norms and biases stay float32, and so does the embedding: it is only looked up, so no more than the rows in use is ever in memory.
 */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { defined } from "#base/assert";
import { neverCancelled, throwIfCancelled } from "#base/cancel";
import type { Bits } from "#graph/ops/quantised";
import type { ModelConfig } from "#models/config";
import { bitsOf, blocksShape, groupName, groupShape, type WeightFormat } from "#models/decodeGraph";
import { sameInput } from "#models/lora";
import { hasBias, parameterShapes } from "#models/parameters";
import type { WeightSource } from "../graphSession.ts";
import { type FileLayout, isWhole, layOut, type Place, type WriteTensor, writeWeightFile } from "../weightFile.ts";
import type { PrepareOptions, WeightStore } from "../weights.ts";
import { quantiseRows } from "./quantise.ts";

/** A matrix made of checkpoint tensors, one below the other, or a float32 tensor made of such. */
interface Part extends Place {
	readonly from: readonly string[];
	readonly columns: number;
	/** Where the scales go; absent for what stays float32. */
	readonly scales?: string;
}

/** Weights read at once. */
const slice = 1 << 21;

/** The weights for `format`: the store's own as float32, else the prepared file, which is made if it is not there. */
export async function prepareDecodeWeights(
	store: WeightStore,
	config: ModelConfig,
	format: WeightFormat,
	cacheFolder: string,
	options: PrepareOptions = {},
): Promise<WeightSource> {
	if (format === "float32") return store;
	const name = `weights.${format}`;
	const kind = { format: `attune-${format}`, version: 3 };
	const layout = layoutOf(config, bitsOf(format));
	const folder = join(cacheFolder, store.hash);
	if (!isWhole(join(folder, name), { ...kind, hash: store.hash }, layout.size))
		await writeWeightFile(cacheFolder, name, layout, kind, async (write) => {
			await fill(store, layout, bitsOf(format), write, options);
			return store.hash;
		});
	return sourceOf(realpathSync(folder), name, layout);
}

function layoutOf(config: ModelConfig, bits: Bits): FileLayout<Part> {
	const parts = new Map<string, Omit<Part, "offset">>();
	const plain = (name: string, from: readonly string[], size: number) =>
		parts.set(name, { from, columns: size, byteLength: 4 * size });
	const matrix = (name: string, from: readonly string[], out: number, columns: number) => {
		const [rows, perRow, bytes] = blocksShape(out, columns, bits);
		const scales = `${name}.scales`;
		parts.set(`${name}.blocks`, { from, columns, byteLength: rows * perRow * bytes, scales });
		parts.set(scales, { from: [], columns: 0, byteLength: 4 * rows * perRow });
	};
	for (const [name, shape] of parameterShapes(config)) {
		const stays = shape.length === 1 ? !name.endsWith(".bias") : name === "model.embed_tokens.weight";
		if (stays)
			plain(
				name,
				[name],
				shape.reduce((a, b) => a * b),
			);
	}
	for (let layer = 0; layer < config.layers; layer++) {
		for (const group of sameInput) {
			const [out, columns] = groupShape(config, group);
			const prefix = `model.layers.${layer}.`;
			const named = (kind: string) => group.map((module) => `${prefix}${module}.${kind}`);
			matrix(`${prefix}${groupName(group)}`, named("weight"), out, columns);
			if (group.some((module) => hasBias(config, module)))
				plain(`${prefix}${groupName(group)}.bias`, named("bias"), out);
		}
	}
	const head = config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
	matrix("head", [head], config.vocabularySize, config.hiddenSize);
	return layOut(parts);
}

async function fill(
	store: WeightStore,
	{ places }: FileLayout<Part>,
	bits: Bits,
	write: WriteTensor,
	{ cancel = neverCancelled, onProgress }: PrepareOptions,
): Promise<void> {
	const sizeOf = (name: string) => store.locate(name).byteLength;
	const total = [...places.values()].flatMap(({ from }) => from).reduce((sum, name) => sum + sizeOf(name), 0);
	let done = 0;
	for (const [name, { from, columns, scales }] of places) {
		const step = Math.max(1, Math.floor(slice / columns)) * columns;
		let at = 0;
		let scalesAt = 0;
		for (const tensor of from) {
			const length = sizeOf(tensor) / 4;
			for (let first = 0; first < length; first += step) {
				throwIfCancelled(cancel);
				const values = store.read(tensor, first, Math.min(step, length - first));
				if (scales === undefined) at += put(write, name, at, values);
				else {
					const quantised = quantiseRows(values, columns, bits);
					at += put(write, name, at, quantised.blocks);
					scalesAt += put(write, scales, scalesAt, quantised.scales);
				}
				done += values.byteLength;
				onProgress?.(done, total);
				await nextTurn();
			}
		}
	}
}

function put(write: WriteTensor, name: string, at: number, values: Uint8Array | Float32Array): number {
	write(name, at, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
	return values.byteLength;
}

function sourceOf(folder: string, file: string, { places }: FileLayout<Part>): WeightSource {
	return { locate: (name) => ({ folder, file, ...defined(places.get(name), `prepared weight ${name}`) }) };
}
