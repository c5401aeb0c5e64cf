import type { Clock } from "#base/clock";
import type { Evaluation } from "./checkpoint.ts";

export type Phase = "reading" | "scoring" | "learning" | "judging";

/** Plain data for a progress line. */
export interface Progress {
	readonly phase: Phase;
	/** Files while reading, windows while scoring and judging, steps while learning. */
	readonly done: number;
	/** Undefined while it is not known (reading a stream). */
	readonly total: number | undefined;
	/** Per second since the phase began; undefined at its start. */
	readonly rate: number | undefined;
	/** To the end of this phase; undefined while unknown. */
	readonly secondsLeft: number | undefined;
}

/** What a run has done so far, to be counted and drawn. */
export interface LearningNow {
	/** Windows of the project. */
	readonly scored: number;
	readonly selected: number;
	/** Shown at least once. */
	readonly learned: number;
	/** Before each step, of what it learns from; see `withLoss`. */
	readonly losses: readonly Evaluation[];
	/** Of validation text. */
	readonly evaluations: readonly Evaluation[];
}

export const nothingYet: LearningNow = { scored: 0, selected: 0, learned: 0, losses: [], evaluations: [] };

export type ProgressListener = (progress: Progress) => void;

/** Reports `done` of one phase; the rate counts from `startAt` on, so that resumed steps do not flatter it. */
export function meter(
	phase: Phase,
	total: number | undefined,
	clock: Clock,
	listen: ProgressListener,
	startAt = 0,
): (done: number) => void {
	const start = clock.seconds();
	return (done) => {
		const seconds = clock.seconds() - start;
		const rate = seconds > 0 && done > startAt ? (done - startAt) / seconds : undefined;
		const secondsLeft = total === undefined || rate === undefined ? undefined : (total - done) / rate;
		listen({ phase, done, total, rate, secondsLeft });
	};
}
