/** A run of whole lines of a file. */
export interface Snippet {
	/** Relative to the workspace, "/" between names. */
	readonly path: string;
	/** 0-based, the first line in and the first one behind. */
	readonly from: number;
	readonly to: number;
	readonly text: string;
}
