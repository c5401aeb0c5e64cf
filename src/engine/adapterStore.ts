/** The adapter of a workspace: saved when accepted, opened for scoring and completing. */
import type { Preset } from "#adapt/preset";
import { presets } from "#adapt/preset";
import type { RunReport } from "#adapt/report";
import { readAdapter, writeAdapter } from "#runtime/adapterFolder";
import type { SessionTarget } from "#runtime/graphSession";
import type { OrtLearner } from "#runtime/learner";
import type { LoadedModel } from "./loadModel.ts";
import { loraShapeOf, openLearner } from "./openLearner.ts";

/** Format of `attune.json`. */
const recordVersion = 1;

/** What an adapter was made of. */
export interface Origin {
	readonly report: RunReport;
	/** Path to hash of every file read. */
	readonly hashes: ReadonlyMap<string, string>;
}

/** Writes the learner's adapter to `folder`, whole or not at all; the one that was there stays until then. */
export function saveAdapter(
	folder: string,
	model: LoadedModel,
	preset: Preset,
	learner: OrtLearner,
	{ report, hashes }: Origin,
): void {
	const adapter = { lora: loraShapeOf(preset), modules: learner.adapter.modules() };
	writeAdapter(folder, adapter, model.name, {
		version: recordVersion,
		baseModelHash: model.weights.hash,
		...{
			preset: report.preset,
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
