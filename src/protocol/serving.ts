/** What the serving process can be asked: one model stays resident in it, with the workspace's adapter. */

import type { Outcome } from "#assist/complete";
import type { KnownFile } from "#assist/context/gather";
import type { CompletionSettings, Situation } from "#assist/situation";
import { Call, Notice } from "./calls.ts";

export interface ModelChoice {
	/** Folder or name; undefined: the shipped model. */
	readonly model?: string | undefined;
	/** Bits of the base weights. */
	readonly format: "float32" | "int8" | "int4";
	/** 0: as many threads as measured best. */
	readonly threads: number;
}

export interface Resident {
	readonly model: string;
	/** Positions of a sequence. */
	readonly context: number;
	readonly infilling: boolean;
	/** Whether it was taught to converse; one that was not may still explain. */
	readonly converses: boolean;
	/** Folder of the adapter it writes with; null: the base alone. */
	readonly adapter: string | null;
	/** Bits of its weights, and what computes with them. */
	readonly format: ModelChoice["format"];
	readonly device: string;
	/** Milliseconds that loading took; 0 if it was resident already. */
	readonly loadedInMs: number;
}

/** Loads the model unless it is resident; another one takes its place once its last request has ended. */
export const useModel = new Call<ModelChoice, Resident>("serving/useModel");

/** Writes with the PEFT folder from now on, or with the base alone. Requests under way end with what they began with. */
export const useAdapter = new Call<{ readonly folder: string | null }, Resident>("serving/useAdapter");

/** The workspace's folders: what is written may import other files of theirs, which the process looks up itself. Rules may have changed. */
export const foldersUsed = new Notice<{ readonly roots: readonly string[] }>("serving/foldersUsed");

/** A file the user has open; `gone` when it is not any more, or not for a model. */
export type FileNews =
	| { readonly kind: "file"; readonly file: KnownFile }
	| { readonly kind: "gone"; readonly path: string };

export const filesKnown = new Notice<readonly FileNews[]>("serving/filesKnown");

/** The user looked at or edited this 0-based line of a known file. */
export const visited = new Notice<{ readonly path: string; readonly line: number }>("serving/visited");

export interface CompleteParams {
	/** Other files and recent places are what `filesKnown` and `visited` told. */
	readonly situation: Omit<Situation, "files" | "recent">;
	readonly settings: CompletionSettings;
}

export interface CompleteCall extends CompleteParams {
	/** Milliseconds until the model is asked, in which a cancellation ends it; what needs no model comes at once. 0 by default. */
	readonly waitMs?: number;
}

/** The newest call wins: every earlier one ends as "superseded" as soon as the decoder lets go. */
export const complete = new Call<CompleteCall, Outcome>("serving/complete");

export interface Accepted extends CompleteParams {
	readonly text: string;
	readonly replaces: number;
}

/** A suggestion was taken: what comes next is fetched ahead, and its confidence counts. */
export const accepted = new Notice<Accepted>("serving/accepted");

/** A suggestion was shown long enough to be read, and not taken. */
export const rejected = new Notice<null>("serving/rejected");

export interface ServingStatus {
	readonly resident: Resident | null;
	readonly rssMiB: number;
	/** Keys and values kept. */
	readonly cacheMiB: number;
	/** Told of. */
	readonly knownFiles: number;
	/** Closed ones that are held because what is being written imports them. */
	readonly importedFiles: number;
}

export const servingStatus = new Call<null, ServingStatus>("serving/status");

/** A prompt as the model got it, control tokens spelled out. */
export interface ShownPrompt {
	readonly text: string;
	readonly tokens: number;
	/** Name of the sequence it belongs to, such as `file:src/a.ts` or `chat:3`. */
	readonly purpose: string;
	readonly secondsAgo: number;
}

/** Null where nothing was asked of the resident model yet. It is kept in memory alone. */
export const lastPrompt = new Call<null, ShownPrompt | null>("serving/lastPrompt");
