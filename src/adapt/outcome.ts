import type { FileSurprise } from "./fileSurprise.ts";
import { changesOf, describeVerdict, type Marks, type Verdict } from "./judge.ts";
import {
	fileGains,
	guardOf,
	heldOutOf,
	type RunReport,
	type StreamSummary,
	type TrainingSummary,
	type WindowCounts,
} from "./report.ts";
import type { Prepared, Session } from "./session.ts";
import { tokenizerDoubt } from "./tokenizerDoubt.ts";

/** The learner holds the adapter that the report speaks of; whether it is served, the verdict says. */
export interface AdaptOutcome {
	readonly verdict: Verdict;
	readonly report: RunReport;
}

/** What a run has done when it ends, however early. */
export interface Done {
	readonly before?: Marks;
	readonly after?: Marks;
	readonly scored: number;
	readonly selected: number;
	/** Different windows that were shown at least once. */
	readonly learned: number;
	readonly skipped: WindowCounts["skipped"];
	readonly surprises: readonly FileSurprise[];
	readonly training: TrainingSummary | null;
	readonly stream: StreamSummary | null;
}

export const nothingDone: Done = {
	scored: 0,
	selected: 0,
	learned: 0,
	skipped: {},
	surprises: [],
	training: null,
	stream: null,
};

export function outcomeOf(session: Session, prepared: Prepared, verdict: Verdict, done: Done): AdaptOutcome {
	const { preset, seed, budget } = session.input;
	const { corpus, split, exam } = prepared;
	const { before, after, scored, selected, learned, skipped } = done;
	const judged = before !== undefined && after !== undefined;
	const doubt = before && tokenizerDoubt(exam.guard, before.guard);
	const heldOut = exam.units.reduce((sum, unit) => sum + unit.windows.length, 0);
	const windows = projectWindows(prepared);
	const share = (count: number): number => (windows === 0 ? 0 : Math.min(1, count / windows));
	const report: RunReport = {
		preset: preset.name,
		...(preset.selection.kind === "paper" && { objective: preset.selection.objective }),
		mode: session.mode,
		seed,
		budget,
		files: corpus.files,
		windows: { scored, selected, heldOut, skipped },
		passes: session.passes(),
		heldOut: judged ? heldOutOf(exam, before, after) : null,
		change: "change" in verdict ? verdict.change : null,
		changes: judged ? changesOf(exam, before, after, seed) : null,
		guard: judged ? guardOf(exam, before, after) : null,
		...(doubt !== undefined && { tokenizerDoubt: doubt }),
		guardBound: preset.judging.guardBound,
		accepted: verdict.kind === "accepted",
		verdict: describeVerdict(verdict),
		coverage: {
			windows: Math.round(windows),
			scored: share(scored),
			learned: share(learned),
			heldOutBy: split.mode,
			nearCopies: split.nearCopies,
		},
		training: done.training,
		stream: done.stream,
		gains: judged ? fileGains(exam, before, after) : [],
		surprises: done.surprises,
		estimate: split.mode === "tooSmall" ? null : prepared.estimate,
		seconds: session.seconds(),
	};
	return { verdict, report };
}

/** Windows for training, those of files that found no place estimated from their bytes. */
function projectWindows({ corpus, split }: Prepared): number {
	const known = split.train.reduce((sum, { window }) => sum + window.bytes, 0);
	return split.train.length * (1 + corpus.leftOutBytes / Math.max(1, known));
}
