/** A model folder opened for use: config, tokenizer and checked weights. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CancelToken } from "#base/cancel";
import type { ModelConfig } from "#models/config";
import { prepareWeights, type WeightStore } from "#runtime/weights";
import type { TemplateTokenizer } from "#text/tokenizer";
import type { Home } from "./home.ts";
import { readModelFiles } from "./modelFiles.ts";
import { resolveModel } from "./models.ts";

export interface LoadedModel {
	/** As the user may name it. */
	readonly name: string;
	readonly folder: string;
	/** See `ModelPlace`. */
	readonly reference: string;
	readonly config: ModelConfig;
	readonly tokenizer: TemplateTokenizer;
	readonly weights: WeightStore;
	/** Hash of weights and tokenizer: whose scores these are. */
	readonly id: string;
}

export interface LoadOptions {
	readonly cancel?: CancelToken;
	/** Bytes of weights read, when they must be: the first time, or after a change. */
	readonly onProgress?: (done: number, total: number) => void;
}

/** Opens the model named, or the shipped one. Throws AttuneErrors that name the file. */
export async function loadModel(name: string | undefined, home: Home, options: LoadOptions = {}): Promise<LoadedModel> {
	const model = resolveModel(name, home);
	const { config, tokenizer } = readModelFiles(model.folder);
	const weights = await prepareWeights(model.folder, config, home.weights, options);
	const id = createHash("sha256")
		.update(weights.hash)
		.update(readFileSync(join(model.folder, "tokenizer.json")))
		.digest("hex")
		.slice(0, 32);
	return { ...model, config, tokenizer, weights, id };
}
