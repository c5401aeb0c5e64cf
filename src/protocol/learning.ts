/** What the learning process can be asked. It exists only while there is something to learn. */

import type { Budget, Estimate } from "#adapt/estimate";
import type { PresetName } from "#adapt/preset";
import type { LearningNow, Progress } from "#adapt/progress";
import type { RunReport } from "#adapt/report";
import type { SkippedFile } from "#adapt/source";
import { Notice, StreamedCall } from "./calls.ts";

export interface AdaptParams {
	/** Absolute paths of the project's folders. */
	readonly roots: readonly string[];
	/** Folder or name; undefined: the shipped model. */
	readonly model?: string | undefined;
	/** Folder for the adapter; undefined: the workspace's own. */
	readonly out?: string | undefined;
	readonly preset: PresetName;
	readonly mode: "offline" | "online";
	/** Learn files as they change until `endWatch`. */
	readonly watch: boolean;
	/** As the user names it: "cpu", "webgpu", "auto". */
	readonly device: string;
	/** 0: one per core. */
	readonly threads: number;
	readonly seed: number;
	readonly budget: Budget;
	readonly resume: boolean;
}

/** What is told on the way. */
export type AdaptPart =
	| { readonly kind: "model"; readonly name: string; readonly device: string }
	| { readonly kind: "watching" }
	| { readonly kind: "estimate"; readonly estimate: Estimate }
	| { readonly kind: "progress"; readonly progress: Progress }
	/** The newest counts and whole curves, a few times a second. `rssMiB`: memory of the learning process. */
	| { readonly kind: "learning"; readonly now: LearningNow; readonly rssMiB: number };

export interface AdaptResult extends RunReport {
	readonly model: string;
	readonly device: string;
	readonly skippedFiles: readonly SkippedFile[];
	readonly peakRssMiB: number;
	/** Folder of the adapter; null if none was accepted. */
	readonly adapter: string | null;
	/** What the run is kept as in the workspace's history; null: it is not kept there. */
	readonly run: string | null;
}

/** One at a time; cancelled, it ends with code "cancelled" after its checkpoint is written. */
export const adapt = new StreamedCall<AdaptParams, AdaptPart, AdaptResult>("learning/adapt");

/** Absolute paths of files that changed, for `watch`: what the editor saw and the process's own watching may not. */
export const filesChanged = new Notice<readonly string[]>("learning/filesChanged");

/** Ends `watch`: what was learned is judged, and the call answers. */
export const endWatch = new Notice<null>("learning/endWatch");
