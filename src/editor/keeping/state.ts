/** What keep-learning does just now, and why it does not learn. */
import type { KeepScore, StartOver } from "#protocol/keeping";

export type Pause =
	/** The setting is off. */
	| "off"
	| "restricted"
	/** No folder on this machine's disk is open. */
	| "noFolder"
	/** Nobody has looked at what would be read: "Adapt to Workspace" shows it once. */
	| "notAgreed"
	/** A run that was asked for learns. */
	| "adapting"
	| "typing"
	| "battery"
	/** Another window, or a command line, learns on this machine. */
	| "elsewhere"
	/** Nothing could be held out, so nothing could be judged. */
	| "tooSmall"
	/** Its new lines can't be told from old ones: until another adapter is served. */
	| "tooLarge"
	| "failed";

export type KeepingState =
	| { readonly kind: "paused"; readonly reason: Pause }
	/** All that changed is learned. */
	| { readonly kind: "upToDate" }
	| { readonly kind: "learning" };

export interface Verdict {
	readonly accepted: boolean;
	/** See `KeepVerdict`. */
	readonly overruled: boolean;
	readonly words: string;
	/** Wall-clock milliseconds. */
	readonly at: number;
}

/** What was learned was dropped. */
export interface Dropped {
	readonly reason: StartOver;
	/** Wall-clock milliseconds. */
	readonly at: number;
}

export interface Kept {
	readonly state: KeepingState;
	/** Undefined before the first run. */
	readonly score: KeepScore | undefined;
	readonly verdict: Verdict | undefined;
	/** The last time in this window. */
	readonly dropped: Dropped | undefined;
}

/** Facts that speak against learning, the first that holds being the reason. */
export interface Circumstances {
	readonly enabled: boolean;
	readonly trusted: boolean;
	readonly folders: number;
	readonly agreed: boolean;
	readonly adapting: boolean;
	readonly tooLarge: boolean;
	readonly typing: boolean;
}

export function pauseOf(facts: Circumstances): Pause | undefined {
	if (!facts.enabled) return "off";
	if (!facts.trusted) return "restricted";
	if (facts.folders === 0) return "noFolder";
	if (!facts.agreed) return "notAgreed";
	if (facts.adapting) return "adapting";
	if (facts.tooLarge) return "tooLarge";
	return facts.typing ? "typing" : undefined;
}
