/** `attune export`: a model or an adapter in a form that other programs load. */
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { CancelToken } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { readAdapter, type StoredAdapter } from "#runtime/adapterFolder";
import { copyWritable, writeFolderAtomic } from "#runtime/atomic";
import type { GgufPrecision } from "#runtime/gguf/architecture";
import { type ModelToWrite, writeAdapterGguf, writeModelGguf } from "#runtime/gguf/model";
import type { Vocabulary } from "#runtime/gguf/vocabulary";
import { readJson } from "#runtime/jsonFile";
import { writeMergedFolder } from "#runtime/mergedFolder";
import { chatTemplateOf } from "#text/chatTemplate";
import { detectInfillFormat } from "#text/infillFormat";
import { parseTokenizerJson } from "#text/tokenizerJson";
import type { Home } from "./home.ts";
import { type LoadedModel, loadModel } from "./loadModel.ts";
import { readChatFiles } from "./modelFiles.ts";
import { publishedName, resolveModel } from "./models.ts";

export const exportFormats = ["peft", "merged", "gguf"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
	/** Folder of an adapter; undefined exports the model itself, as GGUF alone. */
	readonly adapter: string | undefined;
	readonly model: string | undefined;
	readonly format: ExportFormat;
	/** Of the weights in a model's GGUF. */
	readonly precision: GgufPrecision;
	/** File or folder to make; undefined takes a name after what is in it, here. */
	readonly out: string | undefined;
	readonly home: Home;
	readonly cancel: CancelToken;
	readonly onProgress: (done: number, total: number) => void;
}

export interface Exported {
	readonly path: string;
	/** Of the file, or of all files in the folder. */
	readonly bytes: number;
}

/** Writes one file or folder, whole or not at all. Throws AttuneError "storage" if something is there already. */
export async function exportModel(options: ExportOptions): Promise<Exported> {
	const { adapter, format, precision } = options;
	if (adapter === undefined && format !== "gguf") {
		throw new AttuneError("usage", `--format ${format} needs an adapter`, {
			remedy: "Name one with --adapter, or export the model itself with --format gguf.",
		});
	}
	const path = resolve(options.out ?? defaultName(options));
	refuseTaken(path);
	const model = await loadModel(options.model, options.home, options);
	if (adapter === undefined)
		return { path, bytes: await writeModelGguf(path, modelToWrite(model), precision, options) };
	const folder = resolve(adapter);
	const stored = readAdapter(folder, model.config, model.weights.hash);
	if (format === "gguf") return { path, bytes: await writeAdapterGguf(path, stored, model, folder, options) };
	if (format === "merged") await writeMergedFolder(path, model.folder, model.config, stored, options);
	else copyAdapter(path, folder, stored);
	return { path, bytes: folderBytes(path) };
}

function defaultName({ adapter, model, home, format, precision }: ExportOptions): string {
	const name = basename(publishedName(resolveModel(model, home)));
	if (format !== "gguf") return `${name}-${format}`;
	return adapter === undefined ? `${name}-${precision}.gguf` : `${name}-adapter.gguf`;
}

function refuseTaken(path: string): void {
	if (!existsSync(path)) return;
	throw new AttuneError("storage", "there is something already, and an export replaces nothing", {
		file: path,
		remedy: "Remove it, or name another place with --out.",
	});
}

function modelToWrite(model: LoadedModel): ModelToWrite {
	const { name, folder, config, weights } = model;
	return { name, folder, config, weights, vocabulary: vocabularyOf(model) };
}

function vocabularyOf({ folder, tokenizer, config }: LoadedModel): Vocabulary {
	const file = join(folder, "tokenizer.json");
	return {
		file,
		tokenizer,
		json: parseTokenizerJson(readJson(file, "tokenizer"), file),
		infill: detectInfillFormat(tokenizer),
		chatTemplate: chatTemplateOf(readChatFiles(folder)),
		bosId: config.bosId,
		eosId: config.eosIds[0],
	};
}

/** The PEFT files as they are. The record loses the list of files that were learned: an adapter that is handed on need not name them. */
function copyAdapter(path: string, folder: string, { record }: StoredAdapter): void {
	writeFolderAtomic(path, (temporary) => {
		for (const name of ["adapter_config.json", "adapter_model.safetensors"])
			copyWritable(join(folder, name), join(temporary, name));
		if (record === undefined) return;
		const { read: _, ...rest } = record;
		writeFileSync(join(temporary, "attune.json"), `${JSON.stringify(rest, null, 2)}\n`);
	});
}

function folderBytes(folder: string): number {
	return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
