/** The runs of a workspace that came to an end: listed, opened, served again, exported, deleted. The learning process answers. */
import { Call, StreamedCall } from "./calls.ts";
import type { AdaptResult } from "./learning.ts";

/** A run's report as it is kept: names and numbers, no text of a file. */
export interface KeptReport extends Omit<AdaptResult, "adapter" | "run"> {
	readonly id: string;
	/** Wall-clock milliseconds. */
	readonly endedMs: number;
	/** What `--model` takes to find the model again; absent in reports of older versions. */
	readonly modelReference?: string;
	/** How many files were left out, where not all are named in `skippedFiles`. */
	readonly skippedInAll: number;
}

export interface RunSummary {
	readonly id: string;
	readonly endedMs: number;
	readonly model: string;
	readonly preset: string;
	readonly accepted: boolean;
	readonly verdict: string;
	readonly steps: number;
	readonly seconds: number;
	/** Held-out bits per byte; null where nothing was judged. */
	readonly bitsPerByte: { readonly before: number; readonly after: number } | null;
	/** On disk. */
	readonly bytes: number;
}

export interface History {
	/** Newest first. */
	readonly runs: readonly RunSummary[];
	/** Whose adapter is served; null: none of these. */
	readonly served: string | null;
	/** Folder of the adapter that is served; null: the base alone. */
	readonly adapter: string | null;
	/** Runs whose report can't be read; they can be deleted. */
	readonly damaged: readonly string[];
	/** Of all runs; beyond `mostBytes` the oldest go. */
	readonly bytes: number;
	readonly mostBytes: number;
}

export interface OfWorkspace {
	/** Absolute paths of the workspace's folders. */
	readonly roots: readonly string[];
}

export interface OfRun extends OfWorkspace {
	readonly id: string;
}

export const listRuns = new Call<OfWorkspace, History>("history/list");

export const readRun = new Call<OfRun, KeptReport>("history/read");

/** The run's adapter is the workspace's from now on; null: none is. */
export const useRun = new Call<OfWorkspace & { readonly id: string | null }, History>("history/use");

/** One whose adapter is served is switched off, too. */
export const deleteRun = new Call<OfRun, History>("history/delete");

export interface ExportParams extends OfRun {
	readonly format: "peft" | "merged" | "gguf";
	/** Absolute path of the file or folder to make; it must not be there yet. */
	readonly out: string;
}

export const exportRun = new StreamedCall<
	ExportParams,
	{ readonly done: number; readonly total: number },
	{ readonly path: string; readonly bytes: number }
>("history/export");

/** A line of a file that judged the run, cut where a suggestion would be asked for. Its text is shown, never kept. */
export interface Example {
	readonly path: string;
	/** From 1. */
	readonly line: number;
	readonly typed: string;
	/** How the line goes on in the file. */
	readonly actual: string;
	/** What the model suggests without the adapter; null: nothing. */
	readonly base: string | null;
	/** And with it; null also where the run left no adapter. */
	readonly adapted: string | null;
}

/** Reads the files and the model anew. */
export const examplesOf = new Call<OfRun & { readonly threads: number }, readonly Example[]>("history/examples");
