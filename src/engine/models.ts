/** Models on this machine: the shipped one, those the user fetched, any folder. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { AttuneError } from "#base/errors";
import { parseConfig } from "#models/config";
import { countParameters } from "#models/parameters";
import { openCheckpoint } from "#runtime/checkpoint";
import { readJson, readJsonIfThere } from "#runtime/jsonFile";
import { detectInfillFormat } from "#text/infillFormat";
import { loadTokenizer } from "#text/loadTokenizer";
import { type Home, mediaFolder } from "./home.ts";

export interface ModelPlace {
	readonly name: string;
	readonly folder: string;
}

/** The model shipped with Attune. */
export const shippedModel = "starter";

/** The folder of a model: undefined is the shipped one, else a name in the models' folder, else a path. */
export function resolveModel(model: string | undefined, home: Home): ModelPlace {
	if (model === undefined || model === shippedModel) return { name: shippedModel, folder: mediaFolder(shippedModel) };
	const places = [join(home.models, model), resolve(model)];
	const folder = places.find((place) => existsSync(join(place, "config.json")));
	if (folder !== undefined) return { name: basename(folder), folder };
	const found = places.find((place) => existsSync(place));
	throw new AttuneError(
		"config",
		found === undefined ? `there is no model "${model}"` : "this folder has no config.json",
		{
			file: found ?? model,
			remedy: `Name a folder with config.json, tokenizer.json and *.safetensors, or one of: ${listModels(home)
				.map(({ name }) => name)
				.join(", ")}.`,
		},
	);
}

/** The shipped model, then the fetched ones by name. */
export function listModels(home: Home): readonly ModelPlace[] {
	const fetched = existsSync(home.models)
		? readdirSync(home.models)
				.filter((name) => existsSync(join(home.models, name, "config.json")))
				.sort()
				.map((name) => ({ name, folder: join(home.models, name) }))
		: [];
	return [resolveModel(undefined, home), ...fetched];
}

export interface ModelInfo extends ModelPlace {
	readonly modelType: string;
	readonly parameters: number;
	readonly layers: number;
	readonly hiddenSize: number;
	readonly vocabulary: number;
	/** Tokens of context. */
	readonly context: number;
	/** Types of the tensors on disk. */
	readonly types: string;
	readonly diskMiB: number;
	/** What the weights take in memory while learning. */
	readonly memoryMiB: number;
	/** Family of the infilling markers in its vocabulary, or "none". */
	readonly infilling: string;
	readonly chatTemplate: boolean;
}

/** Opens the model far enough to say what it is; throws what loading it would throw, but for its values. */
export function modelInfo(model: string | undefined, home: Home): ModelInfo {
	const { name, folder } = resolveModel(model, home);
	const file = (part: string) => join(folder, part);
	const config = parseConfig(readJson(file("config.json"), "config"), file("config.json"));
	const tokenizerConfig = readJsonIfThere(file("tokenizer_config.json"), "tokenizer");
	const tokenizer = loadTokenizer({
		tokenizer: readJson(file("tokenizer.json"), "tokenizer"),
		...{ tokenizerConfig, bosId: config.bosId, eosIds: config.eosIds, file: file("tokenizer.json") },
	});
	const checkpoint = openCheckpoint(folder);
	const types = new Set([...checkpoint.tensors.values()].map(({ entry }) => entry.dtype));
	const bytes = checkpoint.files.reduce((sum, { file: path }) => sum + statSync(path).size, 0);
	checkpoint.close();
	const parameters = countParameters(config);
	const template =
		typeof tokenizerConfig === "object" && tokenizerConfig !== null && "chat_template" in tokenizerConfig;
	return {
		...{ name, folder, modelType: config.declaredType, parameters, layers: config.layers },
		...{ hiddenSize: config.hiddenSize, vocabulary: config.vocabularySize, context: config.maxPositions },
		types: [...types].join(", "),
		diskMiB: Math.round(bytes / 2 ** 20),
		memoryMiB: Math.round((4 * parameters) / 2 ** 20),
		infilling: detectInfillFormat(tokenizer)?.family ?? "none",
		chatTemplate: template || existsSync(file("chat_template.jinja")),
	};
}
