/** What of a workspace a model may see, and what is kept for it. The serving process answers; the editor itself judges nothing. */

import type { SkippedFile } from "#adapt/source";
import { Call } from "./calls.ts";

export interface MayReadParams {
	/** Absolute paths of the workspace's folders. */
	readonly roots: readonly string[];
	/** Absolute path of a file on disk. */
	readonly file: string;
	/** As the editor has it, saved or not. */
	readonly text: string;
}

export type Readable =
	/** `path` as prompts name it: relative to the workspace, "/" between names. */
	{ readonly kind: "allowed"; readonly path: string } | { readonly kind: "refused"; readonly reason: string };

/** Whether the text of this file may be in a prompt: rules of ignoring, secrets and shape, as for learning. */
export const mayRead = new Call<MayReadParams, Readable>("workspace/mayRead");

export interface Kept {
	/** Folder of the adapter that was accepted last; null if there is none. */
	readonly adapter: string | null;
	/** A run was interrupted and can go on. */
	readonly resumable: boolean;
}

export const keptFor = new Call<{ readonly roots: readonly string[] }, Kept>("workspace/kept");

export interface Listing {
	readonly used: readonly { readonly path: string; readonly bytes: number }[];
	readonly skipped: readonly SkippedFile[];
}

/** Every file that learning would read, and every other with the reason. Reads all of them once, learns nothing. */
export const listFiles = new Call<{ readonly roots: readonly string[] }, Listing>("workspace/listFiles");
