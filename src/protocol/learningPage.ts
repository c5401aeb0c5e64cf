/** What the page about learning shows, and what can be asked for on it. Both ends are ours; only data crosses. */
import type { Estimate } from "#adapt/estimate";
import type { LearningNow } from "#adapt/progress";
import type { Example, History, KeptReport } from "./history.ts";

/** In the order of a run. What judges is asked twice: before anything was learned, and after. */
export const stages = ["reading", "judgingBefore", "scoring", "learning", "judgingAfter"] as const;
export type Stage = (typeof stages)[number];

/** A run while it lasts, and as it stopped. */
export interface LiveRun {
	/** `interrupted`: its window was closed, or the process behind it ended for good. */
	readonly state: "running" | "done" | "stopped" | "failed" | "interrupted";
	/** Why it failed, and what to do about it; "" otherwise. */
	readonly problem: string;
	/** Times that it went on from its checkpoint because the process had ended. */
	readonly restarts: number;
	readonly startedMs: number;
	readonly endedMs: number | null;
	readonly model: string | null;
	readonly device: string | null;
	readonly estimate: Estimate | null;
	readonly stage: Stage;
	/** Of the stage; `total` is null while it is not known. */
	readonly done: number;
	readonly total: number | null;
	/** Per second. */
	readonly rate: number | null;
	/** To the end of the stage. */
	readonly secondsLeft: number | null;
	readonly now: LearningNow;
	/** Of the learning process; null before it says so. */
	readonly rssMiB: number | null;
}

/** A report on the page; `id` is null where the run is not kept. */
export type ShownReport = Omit<KeptReport, "id"> & { readonly id: string | null };

/** Lines completed before and after. */
export type Examples =
	| { readonly kind: "none" }
	| { readonly kind: "making" }
	| { readonly kind: "made"; readonly examples: readonly Example[] }
	| { readonly kind: "failed"; readonly problem: string };

export type ToPage =
	/** `reasons`: why files are left out, by name, in the user's words. */
	| { readonly kind: "about"; readonly workspace: string; readonly reasons: Readonly<Record<string, string>> }
	| { readonly kind: "live"; readonly live: LiveRun | null }
	| { readonly kind: "history"; readonly history: History }
	| { readonly kind: "report"; readonly report: ShownReport }
	| { readonly kind: "examples"; readonly examples: Examples }
	/** Turns to this part of the page. */
	| { readonly kind: "show"; readonly part: PagePart };

export type PagePart = "live" | "report" | "runs";

export type FromPage =
	| { readonly kind: "ready" }
	| { readonly kind: "adapt" | "cancel" | "resume" | "switchOff" | "makeExamples" | "showFiles" }
	/** `id`: of a run. */
	| { readonly kind: "open" | "use" | "delete" | "export"; readonly id: string }
	| { readonly kind: "openFile"; readonly path: string; readonly line: number };
