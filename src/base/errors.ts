/** Failures the user can act on. Expected outcomes are values, bugs are `invariant`; everything else is one of these. */

/** What went wrong, by kind. The command line exits 2 on `usage`, 1 on every other. */
export type ErrorCode =
	| "usage"
	| "config"
	| "weights"
	| "tokenizer"
	| "unsupported"
	| "adapter"
	| "workspace"
	| "device"
	| "storage"
	| "process"
	| "network"
	| "cancelled"
	| "internal";

export interface ErrorDetails {
	/** The file the failure is about, if there is one. */
	readonly file?: string;
	/** One sentence that tells the user what to do next. */
	readonly remedy: string;
	readonly cause?: unknown;
	/** What was found all the same; the command line prints it beside the error. */
	readonly found?: object;
}

/** A failure with its reason and its remedy. `message` names the file where there is one. */
export class AttuneError extends Error {
	readonly code: ErrorCode;
	readonly remedy: string;
	readonly file: string | undefined;
	readonly found: object | undefined;

	constructor(code: ErrorCode, reason: string, details: ErrorDetails) {
		super(details.file === undefined ? reason : `${details.file}: ${reason}`, { cause: details.cause });
		this.name = "AttuneError";
		this.code = code;
		this.remedy = details.remedy;
		this.file = details.file;
		this.found = details.found;
	}
}

/** `error` as text for a person: the reason, then the remedy. */
export function describeError(error: unknown): string {
	if (error instanceof AttuneError) return `${error.message}\n${error.remedy}`;
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The message alone, for wrapping an error from elsewhere into a reason. */
export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
