import { deepEqual, equal, rejects } from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { neverCancelled } from "#base/cancel";
import type { Adapter } from "#runtime/adapterState";
import { writeMergedFolder } from "#runtime/mergedFolder";
import { SafetensorsFile } from "#runtime/safetensors";
import { writeModel } from "./crafted.ts";
import { config, failure, get, inModel, shard, tensors } from "./modelPlace.ts";

const module = "model.layers.1.mlp.up_proj";

/** Rank 1 on one module: b is 1, 0, 1, 0, ..., a is `value` everywhere, alpha 2. */
function adapter(value: number): Adapter {
	const b = Float32Array.from({ length: 12 }, (_, i) => 1 - (i % 2));
	const modules = new Map([[module, { a: new Float32Array(8).fill(value), b }]]);
	return { lora: { rank: 1, alpha: 2, targets: ["mlp.up_proj"] }, modules };
}

describe("runtime/mergedFolder", () => {
	for (const dtype of ["F32", "F16", "BF16"] as const) {
		it(`adds the adapter and keeps every other byte and file, in ${dtype}`, () =>
			inModel(async ({ folder, model }) => {
				writeModel(model, tensors, dtype);
				writeFileSync(join(model, "tokenizer.json"), "{}");
				writeFileSync(join(model, "pytorch_model.bin"), "no");
				writeFileSync(join(model, ".hidden"), "no");
				mkdirSync(join(model, "onnx"));
				const merged = join(folder, "merged");
				await writeMergedFolder(merged, model, config, adapter(0.25), { cancel: neverCancelled });
				const kept = readdirSync(model).filter((name) => !/bin|hidden|onnx/.test(name));
				deepEqual(readdirSync(merged), kept);
				const file = new SafetensorsFile(join(merged, "model.safetensors"));
				for (const name of tensors.keys()) {
					const wanted = get(name).values.slice();
					// Sums of multiples of 1/64 below 3 that BF16 must round: as it does.
					if (name === `${module}.weight`)
						wanted.forEach((value, i) => {
							wanted[i] = Math.floor(i / 8) % 2 === 0 ? rounded(value + 0.5, dtype) : value;
						});
					deepEqual(file.read(name), wanted, name);
					equal(file.header.tensors.get(name)?.dtype, dtype);
				}
				file.close();
			}));
	}

	it("keeps shards and their index", () =>
		inModel(async ({ folder, model }) => {
			writeModel(model, tensors);
			shard(model, "F16");
			const merged = join(folder, "merged");
			await writeMergedFolder(merged, model, config, adapter(0.25), { cancel: neverCancelled });
			const index = "model.safetensors.index.json";
			deepEqual(readFileSync(join(merged, index)), readFileSync(join(model, index)));
			const names = readdirSync(merged).filter((name) => name.endsWith(".safetensors"));
			deepEqual(names, ["a.safetensors", "b.safetensors"]);
			const same = names.filter((name) => readFileSync(join(merged, name)).equals(readFileSync(join(model, name))));
			equal(same.length, 1);
		}));

	it("refuses a sum that the dtype cannot hold, and leaves nothing", () =>
		inModel(async ({ folder, model }) => {
			writeModel(model, tensors, "F16");
			const merging = writeMergedFolder(join(folder, "merged"), model, config, adapter(40_000), {
				cancel: neverCancelled,
			});
			await rejects(merging, failure("unsupported", /no longer fits into F16/));
			deepEqual(readdirSync(folder).sort(), ["model"]);
		}));
});

/** A multiple of 1/64 below 4, to 8 significant bits in BF16: nearest, ties to even. */
function rounded(value: number, dtype: "F32" | "F16" | "BF16"): number {
	if (dtype !== "BF16" || value === 0) return value;
	const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7);
	const units = value / step;
	const down = Math.floor(units);
	const up = units - down > 0.5 || (units - down === 0.5 && down % 2 !== 0);
	return step * (up ? down + 1 : down);
}
