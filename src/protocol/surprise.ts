/** How surprising files and lines are to the model that is served, its adapter included. The learning process answers. */
import { Call, StreamedCall } from "./calls.ts";

/** Who is surprised. */
export interface Scoring {
	/** Absolute paths of the workspace's folders: their adapter is used, if there is one for the model. */
	readonly roots: readonly string[];
	/** Folder or name; undefined: the shipped model. */
	readonly model?: string | undefined;
	/** As the user names it. */
	readonly device: string;
	/** 0: one per core. */
	readonly threads: number;
}

export interface MapParams extends Scoring {
	/** Absolute paths; null: all of the workspace. Those changed last come first. */
	readonly files: readonly string[] | null;
	/** Time limit. What is not reached is not scored, and the result says so. */
	readonly seconds: number;
}

export interface FileSurprise {
	/** Absolute. */
	readonly file: string;
	readonly bytes: number;
	readonly perplexity: number;
	readonly bitsPerByte: number;
	/** Whether the workspace's adapter scored it. */
	readonly adapted: boolean;
}

export type MapPart =
	| { readonly kind: "scored"; readonly surprise: FileSurprise; readonly done: number; readonly total: number }
	/** It is no file that a model may see, or not any more. */
	| { readonly kind: "gone"; readonly file: string };

export interface MapResult {
	readonly model: string;
	/** Whether the workspace's adapter scored. */
	readonly adapted: boolean;
	/** Files that may be seen, and how many of them, with how many of their bytes, were reached. */
	readonly files: number;
	readonly scored: number;
	readonly bytes: number;
	readonly scoredBytes: number;
	readonly end: "finished" | "outOfTime";
}

/** Cancelled, it ends with code "cancelled"; what was told until then holds. */
export const mapSurprise = new StreamedCall<MapParams, MapPart, MapResult>("surprise/map");

export interface LinesParams extends Scoring {
	/** Absolute. */
	readonly file: string;
	/** As the editor has it, saved or not. */
	readonly text: string;
	/** 0-based; what is nearest is scored first. */
	readonly near: number;
	readonly seconds: number;
	/** Lines to be named at most. */
	readonly most: number;
}

export interface SurprisingLine {
	/** 0-based. */
	readonly line: number;
	readonly bits: number;
	/** UTF-8. */
	readonly bytes: number;
	/** The most surprising piece of it: UTF-16 columns, its own bits, and what the model thought likeliest there. */
	readonly piece: {
		readonly from: number;
		readonly to: number;
		readonly bits: number;
		/** Null where that is no text that can be shown. */
		readonly likeliest: string | null;
	};
}

export type LinesResult =
	| { readonly kind: "refused"; readonly reason: string }
	| {
			readonly kind: "scored";
			/** Most surprising for its length first; none that is like the rest of its file. */
			readonly lines: readonly SurprisingLine[];
			/** Of all that was scored: what a line's length makes it cost. */
			readonly bitsPerByte: number;
			/** Of the text, 0 to 1. */
			readonly covered: number;
			readonly adapted: boolean;
	  };

export const surprisingLines = new Call<LinesParams, LinesResult>("surprise/lines");
