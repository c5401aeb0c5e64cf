import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { AttuneError } from "#base/errors";
import { fieldsOf } from "#base/fields";
import type { ModelConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { readJson } from "./jsonFile.ts";
import { SafetensorsFile } from "./safetensors.ts";
import type { TensorEntry } from "./safetensorsHeader.ts";

/** A tensor and the open file it lies in. */
export interface StoredTensor {
	readonly file: SafetensorsFile;
	readonly entry: TensorEntry;
}

/** The weights of a model folder, open: one safetensors file or the shards of an index. */
export interface Checkpoint {
	readonly files: readonly SafetensorsFile[];
	readonly tensors: ReadonlyMap<string, StoredTensor>;
	close(): void;
}

const single = "model.safetensors";
const index = "model.safetensors.index.json";

/** Opens every file and checks every header. Throws AttuneError("weights"); nothing stays open then. */
export function openCheckpoint(folder: string): Checkpoint {
	const files: SafetensorsFile[] = [];
	const close = (): void => {
		for (const file of files) file.close();
	};
	try {
		const map = existsSync(join(folder, single)) ? undefined : readIndex(folder);
		for (const name of map === undefined ? [single] : new Set(map.values()))
			files.push(new SafetensorsFile(join(folder, name)));
		const tensors = collect(files);
		for (const [name, shard] of map ?? []) {
			const found = tensors.get(name);
			if (found === undefined || basename(found.file.file) !== shard) {
				failIndex(folder, `it places tensor "${name}" in ${shard}, which does not hold it`);
			}
		}
		return { files, tensors, close };
	} catch (error) {
		close();
		throw error;
	}
}

/** Tensor name to shard file name. */
function readIndex(folder: string): Map<string, string> {
	const file = join(folder, index);
	if (!existsSync(file)) throw noWeights(folder);
	const remedy = "Fetch the model again: its index is damaged.";
	const fields = fieldsOf(readJson(file, "weights"), { code: "weights", file, remedy });
	const map = fields.nested("weight_map") ?? fields.fail('"weight_map" is missing');
	const shards = Object.keys(map.object).map((name) => [name, map.string(name)] as const);
	if (shards.length === 0) fields.fail('"weight_map" names no tensor');
	for (const [, shard] of shards) {
		if (!/^[\w.-]+\.safetensors$/.test(shard))
			fields.fail(`${JSON.stringify(shard)} is not the name of a safetensors file beside it`);
	}
	return new Map(shards);
}

function noWeights(folder: string): AttuneError {
	const torch = ["pytorch_model.bin", "pytorch_model.bin.index.json"].find((name) => existsSync(join(folder, name)));
	if (torch === undefined) {
		return new AttuneError("weights", `there is neither ${single} nor ${index}`, {
			file: folder,
			remedy: "Fetch the model's weights, or choose another folder.",
		});
	}
	return new AttuneError("unsupported", `there is only ${torch}, which can run code when it is read`, {
		file: folder,
		remedy: "Fetch the model's safetensors files, or convert it with transformers' save_pretrained.",
	});
}

function collect(files: readonly SafetensorsFile[]): Map<string, StoredTensor> {
	const tensors = new Map<string, StoredTensor>();
	for (const file of files) {
		for (const [name, entry] of file.header.tensors) {
			const first = tensors.get(name);
			if (first !== undefined) {
				throw new AttuneError("weights", `tensor "${name}" is also in ${basename(first.file.file)}`, {
					file: file.file,
					remedy: "Fetch the model again: two of its files contradict each other.",
				});
			}
			tensors.set(name, { file, entry });
		}
	}
	return tensors;
}

function failIndex(folder: string, reason: string): never {
	throw new AttuneError("weights", reason, {
		file: join(folder, index),
		remedy: "Fetch the model again: its index and files do not match.",
	});
}

const embedding = "model.embed_tokens.weight";
const head = "lm_head.weight";

/** The stored tensor of every parameter of `config`, in the order of `parameterShapes`. */
export interface Parameters {
	readonly tensors: ReadonlyMap<string, StoredTensor>;
	/** A head beside a tied embedding, which must equal it. */
	readonly redundantHead: StoredTensor | undefined;
}

/**
 * Matches a checkpoint with its config: every parameter there, of the right shape, and nothing else but rotary tables and a copy
 * of a tied head. Throws AttuneError("weights") naming the tensor.
 */
export function matchParameters(checkpoint: Checkpoint, config: ModelConfig, folder: string): Parameters {
	const shapes = parameterShapes(config);
	const tensors = new Map<string, StoredTensor>();
	for (const [name, shape] of shapes) {
		// With a tied head the one matrix may be stored under either name, as transformers allows.
		const swapped = config.tiedEmbeddings && name === embedding ? checkpoint.tensors.get(head) : undefined;
		const stored = checkpoint.tensors.get(name) ?? swapped ?? missing(name, config, folder);
		const { entry, file } = stored;
		if (entry.shape.length !== shape.length || entry.shape.some((dimension, i) => dimension !== shape[i])) {
			throw new AttuneError(
				"weights",
				`tensor "${name}" has shape [${entry.shape.join(", ")}], config.json asks for [${shape.join(", ")}]`,
				{
					file: file.file,
					remedy: "Fetch config.json and the weights of the same model.",
				},
			);
		}
		tensors.set(name, stored);
	}
	const tied = config.tiedEmbeddings ? checkpoint.tensors.get(head) : undefined;
	for (const [name, { file }] of checkpoint.tensors) {
		if (tensors.has(name) || (tied !== undefined && name === head) || name.endsWith(".rotary_emb.inv_freq")) continue;
		throw new AttuneError(
			"unsupported",
			`tensor "${name}" has no place in a ${config.declaredType} model of this config`,
			{
				file: file.file,
				remedy:
					"Fetch config.json and the weights of the same model; adapters and quantised weights must be merged first.",
			},
		);
	}
	return { tensors, redundantHead: tied === tensors.get(embedding) ? undefined : tied };
}

function missing(name: string, config: ModelConfig, folder: string): never {
	const hint = name === head ? " (config.json says tie_word_embeddings false)" : "";
	throw new AttuneError("weights", `tensor "${name}" is missing${hint}`, {
		file: folder,
		remedy: `Fetch config.json and the weights of the same ${config.declaredType} model.`,
	});
}
