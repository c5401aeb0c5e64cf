/** Files of a project as the policy sees them. */

export interface SourceFile {
	/** POSIX path below its root; with several roots, prefixed by the root's name. The key of every decision about the file. */
	readonly path: string;
	readonly text: string;
	/** UTF-8 length of `text`. */
	readonly bytes: number;
	/** Wall-clock milliseconds of the last change. */
	readonly modifiedMs: number;
	/** Lower-case language name by extension ("typescript", "python", ...), "text" if unknown. */
	readonly language: string;
}

/** Why a file never reaches the model. */
export type SkipReason =
	| "ignored"
	| "excludedFolder"
	| "binary"
	| "tooLarge"
	| "empty"
	| "invalidText"
	| "generated"
	| "minified"
	| "vendored"
	| "lockFile"
	| "secretName"
	| "secretContent"
	| "nearDuplicate"
	| "unreadable"
	| "changed"
	| "symlink"
	| "special";

export interface SkippedFile {
	readonly path: string;
	readonly reason: SkipReason;
	/** What exactly was seen, never text of the file. */
	readonly detail?: string;
}

export type FeedItem =
	| { readonly kind: "file"; readonly file: SourceFile }
	| { readonly kind: "skipped"; readonly skipped: SkippedFile };
