/** What the store process can be asked: which models are there or could be, and what Attune keeps on this machine. It loads no model. */
import { Call, StreamedCall } from "./calls.ts";
import type { ModelChoice } from "./serving.ts";

/** By the format of the weights while it writes. */
export type ByFormat = Readonly<Record<ModelChoice["format"], number>>;

export interface ModelNeeds {
	/** Most memory of the process that writes: weights, and keys and values of as much text as it may see. */
	readonly memoryMiB: ByFormat;
	/** What is written to the disk beside the model's own files when it is first used. */
	readonly preparedMiB: ByFormat;
}

export interface ModelFacts extends ModelNeeds {
	readonly name: string;
	readonly folder: string;
	readonly parameters: number;
	/** Tokens. */
	readonly context: number;
	/** Whether its vocabulary has markers to fill in with. */
	readonly infilling: boolean;
	readonly chat: boolean;
	readonly diskMiB: number;
}

/** A well-known model of a family that is computed here; it can be fetched. */
export interface OpenModel extends ModelNeeds {
	/** `owner/name`. */
	readonly repository: string;
	/** Its folder's name once it is fetched. */
	readonly name: string;
	readonly license: string;
	readonly parameters: number;
	readonly context: number;
	/** What it was trained for. */
	readonly infilling: boolean;
	readonly chat: boolean;
	/** Of its download. */
	readonly diskMiB: number;
}

/** A folder among the models that cannot be used, and why. */
export interface BrokenModel {
	readonly name: string;
	readonly folder: string;
	readonly reason: string;
	readonly remedy: string;
}

export interface Shelf {
	/** The shipped one, then fetched ones by name. */
	readonly models: readonly ModelFacts[];
	readonly broken: readonly BrokenModel[];
	/** Those that are not here yet, smallest first. */
	readonly open: readonly OpenModel[];
	/** Memory that programs could still take. */
	readonly availableMiB: number;
}

export const shelf = new Call<null, Shelf>("store/shelf");

/** Opens a folder or a named model far enough to say what it is; fails as loading it would, but for its weights' values. */
export const inspectModel = new Call<{ readonly model: string }, ModelFacts>("store/inspectModel");

export interface FetchParams {
	/** `owner/name` or `owner/name@revision`. */
	readonly repository: string;
	/** Undefined: as the environment says, else huggingface.co. */
	readonly host?: string | undefined;
	/** A file that holds a token. */
	readonly tokenFile?: string | undefined;
}

export interface FetchProgress {
	/** The file under way. */
	readonly file: string;
	/** Bytes of all files that are there and right, or on their way. */
	readonly done: number;
	/** undefined until every size is known. */
	readonly total: number | undefined;
	/** Bytes a second over the last seconds; undefined at first. */
	readonly rate: number | undefined;
	readonly secondsLeft: number | undefined;
}

/** Cancelled or broken off, the next call for the same repository goes on where it was. */
export const fetchModel = new StreamedCall<FetchParams, FetchProgress, ModelFacts>("store/fetchModel");

/** Deletes a fetched model with all that was prepared of it; the shipped one is refused. */
export const deleteModel = new Call<{ readonly name: string }, { readonly bytes: number }>("store/deleteModel");

/** Where something is kept, and how much. */
export interface KeptPlace {
	readonly kind: "models" | "weights" | "workspaces" | "bench";
	readonly folder: string;
	readonly bytes: number;
	readonly files: number;
}

export const keptPlaces = new Call<null, readonly KeptPlace[]>("store/keptPlaces");

/** Deletes all of it. Refused while something on this machine learns or fetches. */
export const deleteKept = new Call<null, { readonly bytes: number }>("store/deleteKept");
