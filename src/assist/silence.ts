/** Why there is no suggestion. Each is an expected outcome, counted and shown in the status view; none is an error. */
export type SilenceReason =
	/** The user turned suggestions off. */
	| "switchedOff"
	/** The user wants suggestions by hand alone, and this one was not asked for. */
	| "onlyByHand"
	/** The user wants quiet for a while. */
	| "snoozed"
	/** The language is turned off in the settings. */
	| "languageOff"
	/** The cursor is in a comment and comments are turned off. */
	| "inComment"
	/** The cursor stands inside a word. */
	| "midWord"
	/** The list of the editor shows an item that does not go on from what is typed: a suggestion could not extend it. */
	| "selectionNotExtendable"
	/** The file is not for a model: ignored, secret, generated or too long. */
	| "fileNotAllowed"
	/** The cursor is beyond the end of the text. */
	| "noSuchPlace"
	/** The text holds nothing to go on from: an empty file without a neighbour. */
	| "nothingToGoOn"
	/** The model's context holds no prompt at all. */
	| "contextTooSmall"
	/** A newer request took its place before it was answered. */
	| "superseded"
	/** The editor asked to stop. */
	| "cancelled"
	/** Nothing was written within the time that a suggestion may take. */
	| "tooLate"
	/** The model ended at once: it would add nothing here. */
	| "nothingToAdd"
	/** What it wrote stands there already, or was all cut away by the trim rules. */
	| "nothingAfterTrimming"
	/** It wrote again what stands right before the cursor, or went in circles. */
	| "repetition"
	/** It wrote what stands right after the cursor. */
	| "repeatsFollowing"
	/** The model was not sure enough. */
	| "lowConfidence";

export interface Silence {
	readonly kind: "silence";
	readonly reason: SilenceReason;
}

export function silence(reason: SilenceReason): Silence {
	return { kind: "silence", reason };
}
