/** Models on this machine: the shipped one, those the user fetched, any folder. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { AttuneError } from "#base/errors";
import { fieldsOf } from "#base/fields";
import type { ModelConfig } from "#models/config";
import { countParameters } from "#models/parameters";
import type { ByFormat } from "#protocol/store";
import { matchParameters, openCheckpoint } from "#runtime/checkpoint";
import { readJsonIfThere } from "#runtime/jsonFile";
import { detectInfillFormat } from "#text/infillFormat";
import { type Home, mediaFolder } from "./home.ts";
import { chatStyleOf, converses, readModelFiles } from "./modelFiles.ts";
import { needsOf } from "./needs.ts";

export interface ModelPlace {
	readonly name: string;
	readonly folder: string;
	/** What finds it again from anywhere: its name, or the folder where that is none of ours. */
	readonly reference: string;
}

/** The model shipped with Attune. */
export const shippedModel = "starter";

/** The folder's name of a model fetched as `owner/name` or `owner/name@revision`. */
export function fetchedName(model: string): string {
	return model.replaceAll("/", "--");
}

/** The folder of a model: undefined is the shipped one, else a name in the models' folder, else a path. */
export function resolveModel(model: string | undefined, home: Home): ModelPlace {
	if (model === undefined || model === shippedModel) return shipped();
	const places = [join(home.models, model), join(home.models, fetchedName(model)), resolve(model)];
	const folder = places.find(hasConfig);
	if (folder !== undefined) {
		const name = basename(folder);
		return { name, folder, reference: folder === join(home.models, name) ? name : folder };
	}
	const found = places.find((place) => existsSync(place));
	const names = listModels(home).map(({ name }) => name);
	throw new AttuneError("config", whyNot(model, found, home), {
		file: found ?? model,
		remedy: `Name a folder with config.json, tokenizer.json and *.safetensors, or one of: ${names.join(", ")}.`,
	});
}

function whyNot(model: string, found: string | undefined, home: Home): string {
	if (found === undefined) return `there is no model "${model}" in ${home.models}, and no such folder`;
	return statSync(found).isDirectory() ? "this folder has no config.json" : "this is a file, not a model's folder";
}

function shipped(): ModelPlace {
	const folder = mediaFolder(shippedModel);
	if (hasConfig(folder)) return { name: shippedModel, folder, reference: shippedModel };
	throw new AttuneError("config", "the model shipped with Attune is not there", {
		file: folder,
		remedy: "Install Attune again, or name another model with --model.",
	});
}

/** In a fetched model's folder: where it came from. */
export const sourceFile = "attune-source.json";

/** What other programs know the model as: `owner/name` if it was fetched, else its name here. */
export function publishedName({ name, folder }: Pick<ModelPlace, "name" | "folder">): string {
	const file = join(folder, sourceFile);
	try {
		const source = readJsonIfThere(file, "config") ?? {};
		return fieldsOf(source, { code: "config", file, remedy: "Fetch the model again." }).string("repository", name);
	} catch (error) {
		// What was learned is not lost for a note that is damaged.
		if (error instanceof AttuneError) return name;
		throw error;
	}
}

const hasConfig = (folder: string): boolean => existsSync(join(folder, "config.json"));

/** The shipped model, then the fetched ones by name. */
export function listModels(home: Home): readonly ModelPlace[] {
	// A name with a dot in front is of a folder that is being written.
	const fetched = existsSync(home.models) ? readdirSync(home.models).filter((name) => !name.startsWith(".")) : [];
	const places = [
		{ name: shippedModel, folder: mediaFolder(shippedModel), reference: shippedModel },
		...fetched.sort().map((name) => ({ name, folder: join(home.models, name), reference: name })),
	];
	return places.filter(({ folder }) => hasConfig(folder));
}

export interface ModelInfo extends Omit<ModelPlace, "reference"> {
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
	/** What the process that writes takes at most, by the format of the weights. */
	readonly writingMiB: ByFormat;
	/** What is written beside the model's own files when it first writes. */
	readonly preparedMiB: ByFormat;
	/** Family of the infilling markers in its vocabulary, or "none". */
	readonly infilling: string;
	readonly chatTemplate: boolean;
	/** Whether it was taught to hold a conversation. */
	readonly converses: boolean;
}

/** Opens the model far enough to say what it is; throws what loading it would throw, but for its weights' values. */
export function modelInfo(model: string | undefined, home: Home): ModelInfo {
	const { name, folder } = resolveModel(model, home);
	const { config, tokenizer, chatTemplate } = readModelFiles(folder);
	const { types, bytes } = readHeaders(folder, config);
	const parameters = countParameters(config);
	const needs = needsOf(config, types.length === 1 && types[0] === "F32");
	return {
		...{ name, folder, modelType: config.declaredType, parameters, layers: config.layers },
		...{ hiddenSize: config.hiddenSize, vocabulary: config.vocabularySize, context: config.maxPositions },
		types: types.join(", "),
		diskMiB: Math.round(bytes / 2 ** 20),
		memoryMiB: Math.round((4 * parameters) / 2 ** 20),
		...{ writingMiB: needs.memoryMiB, preparedMiB: needs.preparedMiB },
		infilling: detectInfillFormat(tokenizer)?.family ?? "none",
		...{ chatTemplate, converses: converses(chatStyleOf(folder, tokenizer)) },
	};
}

function readHeaders(
	folder: string,
	config: ModelConfig,
): { readonly types: readonly string[]; readonly bytes: number } {
	const checkpoint = openCheckpoint(folder);
	try {
		const { tensors } = matchParameters(checkpoint, config, folder);
		const types = new Set([...tensors.values()].map(({ entry }) => entry.dtype));
		return { types: [...types], bytes: checkpoint.files.reduce((sum, { size }) => sum + size, 0) };
	} finally {
		checkpoint.close();
	}
}
