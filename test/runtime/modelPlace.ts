/** A folder with a tiny model in it, for the tests of the weight store. */
import { equal, match } from "node:assert/strict";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttuneError } from "#base/errors";
import { prepareWeights, type WeightStore } from "#runtime/weights";
import { type CraftedTensor, craftTensors, randomTensors, type StoredType, tinyConfig } from "./crafted.ts";
import { inTemporaryFolder } from "./temporary.ts";

export const config = tinyConfig();
export const tensors = randomTensors(config);

/** The tensor of that name; some 32 x 8 zeros for a name the model lacks. */
export function get(name: string): CraftedTensor {
	return tensors.get(name) ?? { shape: [32, 8], values: new Float32Array(256) };
}

export interface Place {
	readonly folder: string;
	readonly model: string;
	readonly cache: string;
	prepare(onProgress?: () => void): Promise<WeightStore>;
}

/** Runs `work` with an empty model folder and an empty cache. */
export function inModel(work: (place: Place) => Promise<void>): Promise<void> {
	return inTemporaryFolder((folder) => {
		const [model, cache] = [join(folder, "model"), join(folder, "cache")];
		mkdirSync(model);
		const prepare = (onProgress?: () => void) =>
			prepareWeights(model, config, cache, onProgress === undefined ? {} : { onProgress });
		return work({ folder, model, cache, prepare });
	});
}

/** Cuts the model in two files with an index; gives the file of each tensor. */
export function shard(model: string, dtype: StoredType): Record<string, string> {
	const names = [...tensors.keys()];
	const parts = [names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 1)];
	const map: Record<string, string> = {};
	for (const [i, part] of parts.entries()) {
		const file = i === 0 ? "a.safetensors" : "b.safetensors";
		writeFileSync(join(model, file), craftTensors(new Map(part.map((name) => [name, get(name)])), dtype));
		for (const name of part) map[name] = file;
	}
	try {
		renameSync(join(model, "model.safetensors"), join(model, "unused"));
	} catch {}
	writeIndex(model, map);
	return map;
}

export function writeIndex(model: string, map: Record<string, string>): void {
	writeFileSync(join(model, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: map }));
}

/** Is the error one of ours, with this code, this reason and some remedy? */
export function failure(code: string, reason: RegExp): (error: unknown) => true {
	return (error) => {
		if (!(error instanceof AttuneError)) throw error;
		equal(error.code, code, error.message);
		match(error.message, reason);
		equal(error.remedy.length > 10, true);
		return true;
	};
}
