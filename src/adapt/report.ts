import type { Evaluation, TrainingEnd } from "./checkpoint.ts";
import type { FileCounts } from "./corpus.ts";
import type { Budget, Estimate } from "./estimate.ts";
import type { FileSurprise } from "./fileSurprise.ts";
import { type Exam, guardMetrics, heldOutMetrics, type Marks, unitBytes } from "./judge.ts";
import type { PassCount } from "./learner.ts";
import type { Changes, Interval, Metrics } from "./metrics.ts";
import type { PresetName } from "./preset.ts";
import type { PaperObjective, WindowSkip } from "./select.ts";
import type { TokenizerDoubt } from "./tokenizerDoubt.ts";

/**
 * What a run says of itself, under the names of the command line's JSON. The engine adds what only it knows: `model`,
 * `device`, `peakRssMiB`, `adapter`.
 */
export interface RunReport {
	readonly preset: PresetName;
	/** Only of the paper's preset. */
	readonly objective?: PaperObjective;
	readonly mode: "offline" | "online";
	readonly seed: number;
	/** What bounded the run. */
	readonly budget: Budget;
	readonly files: FileCounts;
	readonly windows: WindowCounts;
	/** In windows, over all sessions of the run. */
	readonly passes: PassCount;
	/** Null where nothing could be judged. */
	readonly heldOut: BeforeAfter | null;
	/** Change of held-out bits per byte with the interval it was judged by, 95 % but for keep-learning's; null where nothing was judged. */
	readonly change: Interval | null;
	/** Of every reading with its 95 % interval, over whole files; null where nothing was judged. */
	readonly changes: Changes | null;
	readonly guard: BeforeAfter | null;
	/** Only where the base may have been given the tokenizer of another model. */
	readonly tokenizerDoubt?: TokenizerDoubt;
	/** Share by which the guard text may become worse. */
	readonly guardBound: number;
	readonly accepted: boolean;
	/** A sentence. */
	readonly verdict: string;
	readonly coverage: Coverage;
	readonly training: TrainingSummary | null;
	/** Only of online runs. */
	readonly stream: StreamSummary | null;
	/** Held-out files by what they gained, best first. */
	readonly gains: readonly FileGain[];
	/** Files that cost the base model most, most first. */
	readonly surprises: readonly FileSurprise[];
	readonly estimate: Estimate | null;
	readonly seconds: Readonly<Record<"reading" | "scoring" | "learning" | "judging" | "total", number>>;
}

export interface BeforeAfter {
	readonly before: Metrics;
	readonly after: Metrics;
}

export interface WindowCounts {
	/** By the base, from the cache or not. */
	readonly scored: number;
	readonly selected: number;
	/** Judged. */
	readonly heldOut: number;
	readonly skipped: Readonly<Partial<Record<WindowSkip, number>>>;
}

/** How much of the project the budget reached. */
export interface Coverage {
	/** Windows that could be trained on; estimated from bytes where not all were read into memory. */
	readonly windows: number;
	/** Share of them that was scored, 0..1. */
	readonly scored: number;
	/** Share of them that was learned from. */
	readonly learned: number;
	/** How text was held out. */
	readonly heldOutBy: "files" | "blocks" | "tooSmall";
	/** Held-out files or blocks left unjudged because training text holds a near-copy. */
	readonly nearCopies: number;
}

export interface TrainingSummary {
	readonly end: TrainingEnd;
	readonly steps: number;
	readonly bestStep: number;
	/** Share of what was learned that the adapter adds: below 1 where all of it made the guard text too much worse. */
	readonly strength?: number;
	/** Of validation text. */
	readonly evaluations: readonly Evaluation[];
	/** Of what was learned from, each before its step; online, of each window before it is learned. */
	readonly losses: readonly Evaluation[];
	/** `restarted`: a checkpoint was there, but of another run (files, seed or preset changed). */
	readonly start: "fresh" | "resumed" | "restarted";
}

/** The prequential score: every window predicted before it is learned. */
export interface StreamSummary {
	readonly predicted: PrequentialScore;
	/** Over the windows that the base predicted too. */
	readonly compared: { readonly adapted: PrequentialScore; readonly base: PrequentialScore };
}

export interface PrequentialScore {
	readonly windows: number;
	readonly tokens: number;
	readonly bytes: number;
	readonly bitsPerByte: number;
	readonly top1: number;
}

export interface FileGain {
	readonly path: string;
	/** Bits per byte. */
	readonly before: number;
	readonly after: number;
	readonly bytes: number;
}

export function heldOutOf(exam: Exam, before: Marks, after: Marks): BeforeAfter {
	return { before: heldOutMetrics(exam, before), after: heldOutMetrics(exam, after) };
}

export function guardOf(exam: Exam, before: Marks, after: Marks): BeforeAfter | null {
	const first = guardMetrics(exam, before);
	const second = guardMetrics(exam, after);
	return first === undefined || second === undefined ? null : { before: first, after: second };
}

/** Bits per byte of each held-out file (its blocks taken together), largest gain in bits first. */
export function fileGains(exam: Exam, before: Marks, after: Marks): FileGain[] {
	const files = new Map<string, { before: number; after: number; bytes: number }>();
	for (const [i, unit] of exam.units.entries()) {
		const file = files.get(unit.document.path) ?? { before: 0, after: 0, bytes: 0 };
		file.before += before.units[i]?.nll ?? 0;
		file.after += after.units[i]?.nll ?? 0;
		file.bytes += unitBytes(unit);
		files.set(unit.document.path, file);
	}
	return [...files]
		.sort(([, a], [, b]) => a.after - a.before - (b.after - b.before))
		.map(([path, { before: first, after: second, bytes }]) => ({
			path,
			before: first / Math.LN2 / bytes,
			after: second / Math.LN2 / bytes,
			bytes,
		}));
}

export function countSkips(reasons: Iterable<WindowSkip>): Partial<Record<WindowSkip, number>> {
	const counts: Partial<Record<WindowSkip, number>> = {};
	for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
	return counts;
}
