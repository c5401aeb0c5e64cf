/**
 * Adapters on disk: a PEFT folder (`adapter_config.json`, `adapter_model.safetensors`, as PEFT 0.21 writes them) and beside it
 * `attune.json`, which says what the adapter was made from.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "#base/assert";
import { AttuneError } from "#base/errors";
import { fieldsOf } from "#base/fields";
import type { ModelConfig } from "#models/config";
import { type LoraShape, parseModule, shortName } from "#models/lora";
import { linearModules, linearShape } from "#models/parameters";
import type { Adapter, ModuleAdapter } from "./adapterState.ts";
import { recoverFolder, writeFolderAtomic } from "./atomic.ts";
import { readJson, readJsonIfThere } from "./jsonFile.ts";
import { parsePeftConfig } from "./peftConfig.ts";
import { encodeSafetensors, SafetensorsFile, type TensorToWrite } from "./safetensors.ts";

/** `attune.json`: the base model, and whatever the engine reports of the run. */
export interface AdapterRecord {
	/** `WeightStore.hash` of the model it was made for. */
	readonly baseModelHash: string;
	readonly [key: string]: unknown;
}

/** Every target in every layer. */
export interface StoredAdapter extends Adapter {
	/** Undefined if another program made the adapter. */
	readonly record: AdapterRecord | undefined;
}

const configName = "adapter_config.json";
const weightsName = "adapter_model.safetensors";
const recordName = "attune.json";
const otherModel = "Use the model it was made for, or adapt again.";

/** Replaces `folder` as a whole by the adapter. `baseModel` is the name or path that PEFT shall load it onto. */
export function writeAdapter(folder: string, adapter: Adapter, baseModel: string, record: AdapterRecord): void {
	const bytes = encodeSafetensors(toTensors(adapter), { format: "pt" });
	writeFolderAtomic(folder, (temporary) => {
		writeFileSync(join(temporary, configName), `${JSON.stringify(peftConfig(adapter.lora, baseModel), null, 2)}\n`);
		writeFileSync(join(temporary, weightsName), bytes);
		writeFileSync(join(temporary, recordName), `${JSON.stringify(record, null, 2)}\n`);
	});
}

/**
 * Reads and checks the adapter in `folder` for a model. Throws AttuneError: "adapter" if it does not fit the model or the folder is not
 * whole, "unsupported" for features of PEFT that are not computed here, "weights" for a damaged safetensors file.
 */
export function readAdapter(folder: string, config: ModelConfig, baseModelHash: string): StoredAdapter {
	recoverFolder(folder);
	if (!existsSync(folder)) throw refuse(folder, "there is no such folder", "Check the path of the adapter.");
	const record = readRecord(folder);
	if (record !== undefined && record.baseModelHash !== baseModelHash) {
		const hashes = `${record.baseModelHash.slice(0, 12)}, not ${baseModelHash.slice(0, 12)}`;
		throw refuse(folder, `the adapter was made for another base model (${hashes})`, otherModel);
	}
	if (!existsSync(join(folder, weightsName)) && existsSync(join(folder, "adapter_model.bin"))) {
		throw new AttuneError("unsupported", "there is only adapter_model.bin, which can run code when it is read", {
			file: folder,
			remedy: "Save the adapter again with PEFT's safe_serialization.",
		});
	}
	const lora = parsePeftConfig(readJson(join(folder, configName), "adapter"), join(folder, configName));
	return { lora, modules: readModules(join(folder, weightsName), lora, config), record };
}

/** The record alone, to list adapters without reading their weights. */
export function readRecord(folder: string): AdapterRecord | undefined {
	const file = join(folder, recordName);
	const json = readJsonIfThere(file, "adapter");
	if (json === undefined) return undefined;
	const fields = fieldsOf(json, { code: "adapter", file, remedy: "Adapt again: this adapter's record is damaged." });
	return { ...fields.object, baseModelHash: fields.string("baseModelHash") };
}

function toTensors({ lora, modules }: Adapter): TensorToWrite[] {
	const tensors: TensorToWrite[] = [];
	for (const [name, { a, b }] of modules) {
		invariant(lora.targets.includes(parseModule(name).module), `${name} is no target`);
		tensors.push({ name: tensorName(name, "A"), shape: [lora.rank, a.length / lora.rank], data: a });
		tensors.push({ name: tensorName(name, "B"), shape: [b.length / lora.rank, lora.rank], data: b });
	}
	return tensors;
}

function tensorName(module: string, matrix: "A" | "B"): string {
	return `base_model.model.${module}.lora_${matrix}.weight`;
}

/** What PEFT needs; the rest of its fields have the defaults that it fills in. */
function peftConfig({ rank, alpha, targets }: LoraShape, baseModel: string): object {
	return {
		peft_type: "LORA",
		task_type: "CAUSAL_LM",
		base_model_name_or_path: baseModel,
		r: rank,
		lora_alpha: alpha,
		lora_dropout: 0,
		target_modules: linearModules.filter((module) => targets.includes(module)).map(shortName),
		bias: "none",
		fan_in_fan_out: false,
		init_lora_weights: true,
		use_rslora: false,
		use_dora: false,
		modules_to_save: null,
		inference_mode: true,
	};
}

function readModules(path: string, lora: LoraShape, config: ModelConfig): Map<string, ModuleAdapter> {
	const file = new SafetensorsFile(path);
	try {
		const modules = new Map<string, ModuleAdapter>();
		const expected = new Set<string>();
		for (let layer = 0; layer < config.layers; layer++) {
			for (const module of lora.targets) {
				const name = `model.layers.${layer}.${module}`;
				const [out, columns] = linearShape(config, module);
				expected.add(tensorName(name, "A")).add(tensorName(name, "B"));
				const a = readMatrix(file, tensorName(name, "A"), [lora.rank, columns]);
				const b = readMatrix(file, tensorName(name, "B"), [out, lora.rank]);
				modules.set(name, { a, b });
			}
		}
		const extra = [...file.header.tensors.keys()].find((name) => !expected.has(name));
		if (extra === undefined) return modules;
		throw refuse(
			path,
			`tensor "${extra}" belongs to no target of ${configName} in a model of ${config.layers} layers`,
			otherModel,
		);
	} finally {
		file.close();
	}
}

function readMatrix(file: SafetensorsFile, name: string, shape: readonly [number, number]): Float32Array {
	const entry = file.header.tensors.get(name);
	if (entry === undefined) throw refuse(file.file, `tensor "${name}" is missing`, otherModel);
	if (entry.shape.join() !== shape.join()) {
		throw refuse(
			file.file,
			`tensor "${name}" has shape [${entry.shape.join(", ")}], the model and the rank ask for [${shape.join(", ")}]`,
			otherModel,
		);
	}
	return file.read(name);
}

function refuse(file: string, reason: string, remedy: string): AttuneError {
	return new AttuneError("adapter", reason, { file, remedy });
}
