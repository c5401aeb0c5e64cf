/** A base model, or an adapter beside it, as one GGUF file for llama.cpp. */
import type { ModelConfig } from "#models/config";
import type { Adapter } from "../adapterState.ts";
import type { WeightStore } from "../weights.ts";
import { architectureMetadata, type GgufPrecision } from "./architecture.ts";
import { type WriteGgufOptions, writeGguf } from "./file.ts";
import { adapterFile, modelTensors } from "./tensors.ts";
import { placeholderMetadata, type Vocabulary, vocabularyMetadata } from "./vocabulary.ts";

export interface ModelToWrite {
	readonly name: string;
	/** For messages. */
	readonly folder: string;
	readonly config: ModelConfig;
	readonly weights: WeightStore;
	/** Undefined for a model that is given ids alone. */
	readonly vocabulary: Vocabulary | undefined;
}

/** Writes the model to `file`; gives its bytes. Throws AttuneError "unsupported" for what llama.cpp would compute otherwise, "storage". */
export async function writeModelGguf(
	file: string,
	model: ModelToWrite,
	precision: GgufPrecision,
	options: WriteGgufOptions,
): Promise<number> {
	const { name, folder, config, weights, vocabulary } = model;
	const architecture = architectureMetadata(config, name, precision, folder);
	const size = config.vocabularySize;
	const words = vocabulary === undefined ? placeholderMetadata(size) : vocabularyMetadata(vocabulary, size);
	return writeGguf(file, new Map([...architecture, ...words]), modelTensors(weights, config, precision), options);
}

/** Writes the adapter, to be loaded beside a GGUF of its base; gives its bytes. `folder` is for messages. */
export async function writeAdapterGguf(
	file: string,
	adapter: Adapter,
	{ name, config }: Pick<ModelToWrite, "name" | "config">,
	folder: string,
	options: WriteGgufOptions,
): Promise<number> {
	const { metadata, tensors } = adapterFile(adapter, config, name, folder);
	return writeGguf(file, metadata, tensors, options);
}
