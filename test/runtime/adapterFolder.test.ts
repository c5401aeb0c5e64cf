import { deepEqual, equal, match, throws } from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttuneError } from "#base/errors";
import { seededRandom } from "#base/random";
import { parseConfig } from "#models/config";
import { linearShape } from "#models/parameters";
import { readAdapter, readRecord, writeAdapter } from "#runtime/adapterFolder";
import type { Adapter } from "#runtime/adapterState";
import { encodeSafetensors, SafetensorsFile } from "#runtime/safetensors";
import { tinyConfig } from "./crafted.ts";
import { inTemporaryFolder } from "./temporary.ts";

const config = tinyConfig();
const base = "ab".repeat(32);

/** Written by PEFT, see tools/golden/models.py. */
const byPeft = "test/golden/models/llama-bias";

describe("runtime/adapterFolder", () => {
	it("reads back what it wrote, record and all", () =>
		inTemporaryFolder((folder) => {
			const target = join(folder, "adapter");
			const adapter = randomAdapter(1);
			writeAdapter(target, adapter, "org/model", { baseModelHash: base, preset: "code" });
			writeAdapter(target, randomAdapter(2), "org/model", { baseModelHash: base, preset: "text" });
			const found = readAdapter(target, config, base);
			deepEqual(found.lora, adapter.lora);
			deepEqual(found.modules, randomAdapter(2).modules);
			deepEqual(readRecord(target), { baseModelHash: base, preset: "text" });
			deepEqual(readdirSync(folder, { recursive: true }).sort(), [
				"adapter",
				"adapter/adapter_config.json",
				"adapter/adapter_model.safetensors",
				"adapter/attune.json",
			]);
		}));

	it("reads an adapter that PEFT wrote, and writes its weights back byte for byte", () =>
		inTemporaryFolder((folder) => {
			const model = parseConfig(JSON.parse(readFileSync(join(byPeft, "config.json"), "utf8")), "config.json");
			const found = readAdapter(join(byPeft, "adapter"), model, base);
			deepEqual([found.lora.rank, found.lora.alpha, found.lora.targets.length], [4, 8, 7]);
			equal(found.record, undefined);
			writeAdapter(join(folder, "a"), found, "org/model", { baseModelHash: base });
			const [theirs, ours] = [join(byPeft, "adapter"), join(folder, "a")].map((path) =>
				readFileSync(join(path, "adapter_model.safetensors")),
			);
			equal(theirs?.equals(ours as Buffer), true);
		}));

	it("puts back the adapter that a dead writer had moved away", () =>
		inTemporaryFolder((folder) => {
			writeAdapter(join(folder, "a"), randomAdapter(1), "m", { baseModelHash: base });
			renameSync(join(folder, "a"), join(folder, ".a.previous"));
			deepEqual(readAdapter(join(folder, "a"), config, base).modules, randomAdapter(1).modules);
		}));

	it("takes rank-stabilised LoRA by its scale, and a target named in full", () =>
		inChanged({ use_rslora: true, target_modules: ["self_attn.q_proj", "mlp.down_proj"] }, (folder) => {
			const { lora } = readAdapter(folder, config, base);
			equal(Math.abs(lora.alpha / lora.rank - 6 / Math.sqrt(2)) < 1e-12, true);
		}));

	const configs: [string, object, string, RegExp][] = [
		["another kind of adapter", { peft_type: "IA3" }, "unsupported", /type IA3/],
		["another task", { task_type: "SEQ_CLS" }, "unsupported", /for SEQ_CLS/],
		["DoRA", { use_dora: true }, "unsupported", /"use_dora"/],
		["saved modules", { modules_to_save: ["lm_head"] }, "unsupported", /"modules_to_save"/],
		["ranks by pattern", { rank_pattern: { q_proj: 4 } }, "unsupported", /"rank_pattern"/],
		["some layers only", { layers_to_transform: [0] }, "unsupported", /"layers_to_transform"/],
		["what nobody knows yet", { use_future: 1 }, "unsupported", /"use_future"/],
		["trained biases", { bias: "all" }, "unsupported", /bias "all"/],
		["PiSSA, which changes the base", { init_lora_weights: "pissa" }, "unsupported", /init_lora_weights "pissa"/],
		["an adapted embedding", { target_modules: ["embed_tokens"] }, "unsupported", /on "embed_tokens"/],
		["a pattern of targets", { target_modules: ".*proj" }, "adapter", /must be a list of strings/],
		["no targets", { target_modules: [] }, "adapter", /is empty/],
		["no rank", { r: null }, "adapter", /"r" is missing/],
		["rank nought", { r: 0 }, "adapter", /"r" is 0/],
		[
			"another rank than the tensors'",
			{ r: 3 },
			"adapter",
			/has shape \[2, 8\], the model and the rank ask for \[3, 8\]/,
		],
		[
			"a target without tensors",
			{ target_modules: ["q_proj", "down_proj", "v_proj"] },
			"adapter",
			/v_proj.lora_A.weight" is missing/,
		],
		[
			"tensors without a target",
			{ target_modules: ["q_proj"] },
			"adapter",
			/down_proj.lora_A.weight" belongs to no target/,
		],
	];
	for (const [name, change, code, reason] of configs) {
		it(`refuses ${name}`, () =>
			inChanged(change, (folder) => throws(() => readAdapter(folder, config, base), failure(code, reason))));
	}

	const folders: [string, (folder: string) => void, string, RegExp][] = [
		["a folder that is not there", (folder) => rmSync(folder, { recursive: true }), "adapter", /no such folder/],
		[
			"a folder without a config",
			(folder) => rmSync(join(folder, "adapter_config.json")),
			"adapter",
			/adapter_config.json: the file is missing/,
		],
		[
			"a folder without weights",
			(folder) => rmSync(join(folder, "adapter_model.safetensors")),
			"weights",
			/the file is missing/,
		],
		[
			"a folder of pickles",
			(folder) => renameSync(join(folder, "adapter_model.safetensors"), join(folder, "adapter_model.bin")),
			"unsupported",
			/only adapter_model.bin/,
		],
		[
			"a record that is not JSON",
			(folder) => writeFileSync(join(folder, "attune.json"), "{"),
			"adapter",
			/attune.json: it is not JSON/,
		],
		[
			"a record without a base",
			(folder) => writeFileSync(join(folder, "attune.json"), "{}"),
			"adapter",
			/"baseModelHash" is missing/,
		],
		[
			"truncated weights",
			(folder) =>
				writeFileSync(
					join(folder, "adapter_model.safetensors"),
					readFileSync(join(folder, "adapter_model.safetensors")).subarray(0, 300),
				),
			"weights",
			/truncated/,
		],
		["a NaN", (folder) => spoil(folder, Number.NaN), "weights", /holds NaN at number 0/],
	];
	for (const [name, damage, code, reason] of folders) {
		it(`refuses ${name}`, () =>
			inChanged({}, (folder) => {
				damage(folder);
				throws(() => readAdapter(folder, config, base), failure(code, reason));
			}));
	}

	it("refuses an adapter of another base model, by its hash or by its shapes", () =>
		inChanged({}, (folder) => {
			throws(
				() => readAdapter(folder, config, "cd".repeat(32)),
				failure("adapter", /made for another base model \(abab.*, not cdcd/),
			);
			throws(() => readAdapter(folder, tinyConfig({ hidden_size: 16 }), base), failure("adapter", /has shape/));
			throws(
				() => readAdapter(folder, tinyConfig({ num_hidden_layers: 1 }), base),
				failure("adapter", /belongs to no target .* 1 layers/),
			);
		}));

	it("leaves the old adapter when the new one cannot be written", () =>
		inTemporaryFolder((folder) => {
			mkdirSync(join(folder, "sub"));
			writeFileSync(join(folder, "sub/a"), "a file stands here");
			throws(
				() => writeAdapter(join(folder, "sub/a/b"), randomAdapter(1), "m", { baseModelHash: base }),
				failure("storage", /a part of the path is a file/),
			);
		}));
});

function randomAdapter(seed: number): Adapter {
	const random = seededRandom(seed);
	const lora = { rank: 2, alpha: 6, targets: ["self_attn.q_proj", "mlp.down_proj"] } as const;
	const modules = new Map<string, { a: Float32Array; b: Float32Array }>();
	for (let layer = 0; layer < config.layers; layer++) {
		for (const module of lora.targets) {
			const [out, columns] = linearShape(config, module);
			const draw = (length: number) => Float32Array.from({ length }, random.normal);
			modules.set(`model.layers.${layer}.${module}`, { a: draw(2 * columns), b: draw(out * 2) });
		}
	}
	return { lora, modules };
}

/** A good adapter folder with some fields of its config changed. */
function inChanged(change: object, work: (folder: string) => void): Promise<void> {
	return inTemporaryFolder((parent) => {
		const folder = join(parent, "adapter");
		writeAdapter(folder, randomAdapter(1), "m", { baseModelHash: base });
		const file = join(folder, "adapter_config.json");
		writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
		work(folder);
	});
}

/** Replaces the first number of every tensor. */
function spoil(folder: string, value: number): void {
	const path = join(folder, "adapter_model.safetensors");
	cpSync(path, `${path}.good`);
	const file = new SafetensorsFile(`${path}.good`);
	const tensors = [...file.header.tensors.values()].map(({ name, shape }) => ({
		name,
		shape,
		data: file.read(name).fill(value, 0, 1),
	}));
	file.close();
	writeFileSync(path, encodeSafetensors(tensors));
}

function failure(code: string, reason: RegExp): (error: unknown) => true {
	return (error) => {
		if (!(error instanceof AttuneError)) throw error;
		equal(error.code, code, error.message);
		match(error.message, reason);
		equal(error.remedy.length > 10, true);
		return true;
	};
}
