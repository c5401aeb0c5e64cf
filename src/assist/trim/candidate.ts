import type { Extent } from "../extent/extent.ts";
import type { Place } from "../place.ts";
import type { SilenceReason } from "../silence.ts";

/** Text to show, on its way through the rules. */
export interface Candidate {
	readonly text: string;
	/** How many units after the cursor, on its line, the text takes the place of. */
	readonly replaces: number;
}

export interface TrimPoint {
	readonly place: Place;
	readonly extent: Extent;
	readonly invoked: boolean;
}

/** One idea about what must not be shown. Each is pure, and does nothing to what it gave itself. */
export type TrimRule = (candidate: Candidate, at: TrimPoint) => Candidate | SilenceReason;
