/** The adapter of a workspace: saved when accepted, opened for scoring and completing. */
import { accessSync, constants, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { presets } from "#adapt/preset";
import type { RunReport } from "#adapt/report";
import { AttuneError } from "#base/errors";
import { readAdapter, writeAdapter } from "#runtime/adapterFolder";
import type { SessionTarget } from "#runtime/graphSession";
import type { OrtLearner } from "#runtime/learner";
import { errorNumber, storageError } from "#runtime/storageError";
import type { LoadedModel } from "./loadModel.ts";
import { publishedName } from "./models.ts";
import { openLearner } from "./openLearner.ts";

/** Format of `attune.json`. */
const recordVersion = 1;

/** What an adapter was made of. */
export interface Origin {
	readonly report: RunReport;
	/** Path to hash of every file read. */
	readonly hashes: ReadonlyMap<string, string>;
	/** What the run is kept as; null: it is not. */
	readonly run: string | null;
}

/** All that an adapter's folder holds. */
const adapterFiles: ReadonlySet<string> = new Set(["adapter_config.json", "adapter_model.safetensors", "attune.json"]);

/**
 * Refuses, before any work is done, a place that an adapter could not be saved to, or that holds anything but an adapter of ours:
 * saving replaces the folder as a whole.
 */
export function checkPlace(folder: string): void {
	try {
		const names = namesIn(folder);
		const foreign = names.find((name) => !adapterFiles.has(name));
		if (foreign !== undefined || (names.length > 0 && !names.includes("attune.json")))
			throw new AttuneError(
				"storage",
				`the folder holds something that is no adapter of ours (${foreign ?? names[0]})`,
				{
					file: folder,
					remedy: "Name a folder that is new, empty, or an adapter that may be replaced.",
				},
			);
		accessSync(nearestFolder(dirname(folder)), constants.W_OK);
	} catch (error) {
		throw storageError(error, folder, "saving");
	}
}

function namesIn(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch (error) {
		if (errorNumber(error) === "ENOENT") return [];
		throw error;
	}
}

/** `folder`, or the first of its parents that is there. */
function nearestFolder(folder: string): string {
	try {
		readdirSync(folder);
		return folder;
	} catch (error) {
		if (errorNumber(error) !== "ENOENT" || dirname(folder) === folder) throw error;
		return nearestFolder(dirname(folder));
	}
}

/** Writes the learner's adapter to `folder`, whole or not at all; the one that was there stays until then. */
export function saveAdapter(
	folder: string,
	model: LoadedModel,
	learner: OrtLearner,
	{ report, hashes, run }: Origin,
): void {
	const adapter = { lora: learner.adapter.lora, modules: learner.adapter.modules() };
	writeAdapter(folder, adapter, publishedName(model), {
		...{ version: recordVersion, run },
		baseModelHash: model.weights.hash,
		...{
			preset: report.preset,
			objective: report.objective,
			mode: report.mode,
			seed: report.seed,
			accepted: report.accepted,
			verdict: report.verdict,
		},
		...{
			windows: report.windows,
			passes: report.passes,
			heldOut: report.heldOut,
			guard: report.guard,
			change: report.change,
		},
		read: Object.fromEntries(hashes),
	});
}

/** A learner that holds the adapter of `folder`. */
export function openAdapted(folder: string, model: LoadedModel, target: SessionTarget): OrtLearner {
	const { lora, modules } = readAdapter(folder, model.config, model.weights.hash);
	const learner = openLearner(model, presets.code, target, 0, lora);
	learner.adapter.setModules(modules);
	return learner;
}
