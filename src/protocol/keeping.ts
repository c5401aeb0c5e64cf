/** Keep learning, as the editor asks for it: in short runs, each about the files that changed. */

import type { KeepRefusal, StartOver } from "#adapt/keepState";
import type { PresetName } from "#adapt/preset";
import type { StreamSummary } from "#adapt/report";
import { Notice, StreamedCall } from "./calls.ts";

export type { StartOver };

export interface KeepParams {
	/** Absolute paths of the project's folders. */
	readonly roots: readonly string[];
	/** Folder or name; undefined: the shipped model. */
	readonly model?: string | undefined;
	/** Where no adapter is served yet; else that of the adapter. */
	readonly preset: PresetName;
	readonly device: string;
	/** 0: one per core. */
	readonly threads: number;
	readonly seed: number;
	/** Absolute paths of files that may have changed; null: all of the project. */
	readonly files: readonly string[] | null;
	/** Windows learned after which the result is judged, and served if it helped. */
	readonly judgeAfter: number;
}

/** The prequential score so far: every new window predicted before it was learned, beside the frozen base on the same windows. */
export interface KeepScore {
	readonly stream: StreamSummary;
	/** Windows learned since the served adapter. */
	readonly learned: number;
}

export interface KeepVerdict {
	readonly accepted: boolean;
	/** It was accepted, but what is served was chosen anew meanwhile. That stays; this one is among the kept runs. */
	readonly overruled: boolean;
	readonly verdict: string;
}

export type KeepResult =
	| KeepRefusal
	| {
			readonly kind: "kept";
			readonly score: KeepScore;
			/** Null: not enough was learned to be judged. */
			readonly judged: KeepVerdict | null;
			/** Why what was learned is dropped; null: it is gone on from. After "otherHoldOut" the same lines are new again. */
			readonly startedOver: StartOver | null;
			/** Folder of the adapter, if this run made another one that is to be served; else null. */
			readonly adapter: string | null;
	  };

/** One at a time; cancelled, or where a run that the user asked for begins, it ends with code "cancelled" and goes on the next time. */
export const keep = new StreamedCall<KeepParams, KeepScore, KeepResult>("keeping/keep");

/** True: wait before the next step; false: go on. */
export const holdKeeping = new Notice<boolean>("keeping/hold");
