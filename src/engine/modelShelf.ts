/** The models of this machine beside those that could be fetched, and deleting one. */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { freemem } from "node:os";
import { basename, join } from "node:path";
import { AttuneError, messageOf } from "#base/errors";
import { parseConfig } from "#models/config";
import type { BrokenModel, ModelFacts, Shelf } from "#protocol/store";
import { forgetWeights } from "#runtime/forgetWeights";
import { readJson } from "#runtime/jsonFile";
import { storageError } from "#runtime/storageError";
import type { Home } from "./home.ts";
import { listModels, modelInfo, shippedModel } from "./models.ts";
import { openModels } from "./openModels.ts";

export function modelShelf(home: Home): Shelf {
	const models: ModelFacts[] = [];
	const broken: BrokenModel[] = [];
	for (const { name, folder } of listModels(home)) {
		try {
			models.push(modelFacts(folder, home));
		} catch (error) {
			const remedy = error instanceof AttuneError ? error.remedy : "Delete it, or fetch it again.";
			broken.push({ name, folder, reason: messageOf(error), remedy });
		}
	}
	const here = new Set([...models, ...broken].map(({ name }) => name));
	const open = openModels.filter(({ name }) => !here.has(name));
	return { models, broken, open, availableMiB: Math.floor(availableBytes() / 2 ** 20) };
}

export function modelFacts(model: string, home: Home): ModelFacts {
	const facts = modelInfo(model, home);
	const { name, folder, parameters, context, infilling, diskMiB, writingMiB, preparedMiB } = facts;
	return {
		...{ name, folder, parameters, context, diskMiB, preparedMiB, memoryMiB: writingMiB },
		...{ infilling: infilling !== "none", chat: facts.converses },
	};
}

/** Deletes a fetched model and what was prepared of it; the bytes of its own files. It is gone from the list at once. */
export function deleteModel(name: string, home: Home): number {
	const folder = join(home.models, name);
	if (name === shippedModel || name.startsWith(".") || basename(folder) !== name || !existsSync(folder))
		throw new AttuneError("usage", `there is no fetched model "${name}"`, { remedy: "Choose one of the list." });
	try {
		forgetPrepared(folder, home);
		const bytes = sizeOfFolder(folder).bytes;
		const leaving = join(home.models, `.deleting-${name}`);
		rmSync(leaving, { recursive: true, force: true });
		renameSync(folder, leaving);
		rmSync(leaving, { recursive: true, force: true, maxRetries: 3 });
		return bytes;
	} catch (error) {
		throw storageError(error, folder, "deleting");
	}
}

/** A model that cannot be opened has nothing prepared. */
function forgetPrepared(folder: string, home: Home): void {
	try {
		forgetWeights(folder, parseConfig(readJson(join(folder, "config.json"), "config"), folder), home.weights);
	} catch (error) {
		if (!(error instanceof AttuneError)) throw error;
	}
}

/** Of all files below, links not followed. */
export function sizeOfFolder(folder: string): { readonly bytes: number; readonly files: number } {
	if (!existsSync(folder)) return { bytes: 0, files: 0 };
	let bytes = 0;
	let files = 0;
	for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile()) continue;
		bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
		files++;
	}
	return { bytes, files };
}

/** Of a container too, where Node can tell. */
function availableBytes(): number {
	return process.availableMemory?.() ?? freemem();
}
