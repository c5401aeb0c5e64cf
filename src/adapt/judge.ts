import type { Tokenizer } from "#text/tokenizer";
import type { AdapterSwitch, TokenWindow } from "./learner.ts";
import { type LineCase, scoreLines } from "./lineInfill.ts";
import {
	type Changes,
	changeOf,
	exactness,
	type Interval,
	type LineResult,
	type LineScore,
	type Metrics,
	metricsOf,
	type PairedSum,
} from "./metrics.ts";
import { addSums, type ScoringContext, scoreBase, scoreWindows } from "./scoring.ts";
import type { WindowSum } from "./select.ts";
import { type JudgedUnit, takeEvenly } from "./split.ts";
import { cutWindows, tokenizeFile, wholeRange } from "./windows.ts";

/** A text that the adapter must not make worse: general code and prose, never of the project. */
export interface GuardText {
	readonly name: string;
	readonly text: string;
}

/** What is measured before and after, the same both times. */
export interface Exam {
	readonly units: readonly JudgedUnit[];
	readonly lines: readonly LineCase[];
	readonly guard: readonly TokenWindow[];
}

/** Answers to an exam. */
export interface Marks {
	/** One per unit. */
	readonly units: readonly WindowSum[];
	readonly lines: LineScore | undefined;
	readonly guard: WindowSum;
}

/** Windows of the guard texts, up to `tokens` scored tokens, spread over all of them. */
export function guardWindows(
	texts: readonly GuardText[],
	tokens: number,
	capacity: number,
	tokenizer: Tokenizer,
): TokenWindow[] {
	const windows = texts.flatMap(({ name, text }) => {
		const file = { path: name, text, bytes: 0, modifiedMs: 0, language: "text" };
		const document = tokenizeFile(file, tokenizer);
		return cutWindows(document, wholeRange(document), capacity, tokenizer).map(({ window }) => window);
	});
	return windows.length === 0 ? [] : takeEvenly(windows, tokens);
}

/**
 * The guard text in two parts that share no window: what judges, and what is watched while training so that it stops in
 * time. Up to so many scored tokens each.
 */
export function splitGuard(
	texts: readonly GuardText[],
	tokens: { readonly judge: number; readonly watch: number },
	capacity: number,
	tokenizer: Tokenizer,
): { readonly judge: readonly TokenWindow[]; readonly watch: readonly TokenWindow[] } {
	const all = guardWindows(texts, Number.POSITIVE_INFINITY, capacity, tokenizer);
	if (all.length === 0) return { judge: [], watch: [] };
	const judge = takeEvenly(all, tokens.judge);
	const rest = all.filter((window) => !judge.includes(window));
	return { judge, watch: rest.length === 0 ? [] : takeEvenly(rest, tokens.watch) };
}

/** Windows and lines that `examine` will report as done. */
export function examSize(exam: Exam): number {
	return exam.units.reduce((sum, { windows }) => sum + windows.length, 0) + exam.guard.length + exam.lines.length;
}

/** The exam with the adapter off (scores from the cache where it has them) or on. `guard`: its part of the answers, where it is known. */
export async function examine(
	exam: Exam,
	adapter: AdapterSwitch,
	context: ScoringContext,
	tokenizer: Tokenizer,
	onDone: (done: number) => void = () => {},
	guard?: WindowSum,
): Promise<Marks> {
	const judged = exam.units.flatMap(({ windows }) => windows);
	const score = (windows: readonly TokenWindow[], before: number): Promise<WindowSum[]> => {
		const done = (count: number): void => onDone(before + count);
		return adapter === "off"
			? scoreBase(windows, context, done)
			: scoreWindows(windows, adapter, context.learner, context.cancel, done);
	};
	const sums = await score(judged, 0);
	const general = guard ?? addSums(await score(exam.guard, judged.length));
	const scored = judged.length + exam.guard.length;
	const lines = await scoreLines(exam.lines, adapter, context.learner, tokenizer, context.cancel, (count) =>
		onDone(scored + count),
	);
	let at = 0;
	const units = exam.units.map(({ windows }) => {
		const from = at;
		at += windows.length;
		return addSums(sums.slice(from, at));
	});
	return { units, lines, guard: general };
}

export function unitBytes({ windows }: JudgedUnit): number {
	return windows.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function heldOutMetrics(exam: Exam, marks: Marks): Metrics {
	const bytes = exam.units.reduce((sum, unit) => sum + unitBytes(unit), 0);
	return metricsOf(addSums(marks.units), bytes, marks.lines);
}

/** Undefined without guard text. */
export function guardMetrics(exam: Exam, marks: Marks): Metrics | undefined {
	const bytes = exam.guard.reduce((sum, window) => sum + window.bytes, 0);
	return exam.guard.length === 0 ? undefined : metricsOf(marks.guard, bytes, undefined);
}

function bitsPerByteChange(exam: Exam, before: Marks, after: Marks, seed: number, level?: number): Interval {
	const bits = (sum: WindowSum | undefined): number => (sum?.nll ?? Number.NaN) / Math.LN2;
	const unit = (judged: JudgedUnit, i: number): PairedSum => ({
		before: bits(before.units[i]),
		after: bits(after.units[i]),
		weight: unitBytes(judged),
	});
	return changeOf(exam.units.map(unit), seed, level);
}

/** Lines of fewer files give no interval: drawn again and again, a handful of files only repeats itself. */
const fewestFiles = 5;

/** How each reading changed on held-out text, with its interval over whole files. */
export function changesOf(exam: Exam, before: Marks, after: Marks, seed: number): Changes {
	const firstChoices = exam.units.map((_, i) => ({
		before: before.units[i]?.top1 ?? 0,
		after: after.units[i]?.top1 ?? 0,
		weight: before.units[i]?.tokens ?? 0,
	}));
	const lines = (of: (result: LineResult) => number): Interval | null => {
		const files = lineSums(exam, before, after, of);
		return files.length < fewestFiles ? null : changeOf(files, seed);
	};
	return {
		bitsPerByte: bitsPerByteChange(exam, before, after, seed),
		top1: changeOf(firstChoices, seed),
		exactMatch: lines(exactness),
		editSimilarity: lines(({ similarity }) => similarity),
	};
}

/** Lines of one file hang together, too. */
function lineSums(exam: Exam, before: Marks, after: Marks, of: (result: LineResult) => number): PairedSum[] {
	const files = new Map<string, { before: number; after: number; weight: number }>();
	for (const [i, { path }] of exam.lines.entries()) {
		const [first, second] = [before.lines?.cases[i], after.lines?.cases[i]];
		if (first === undefined || second === undefined) continue;
		const file = files.get(path) ?? { before: 0, after: 0, weight: 0 };
		file.before += of(first);
		file.after += of(second);
		file.weight++;
		files.set(path, file);
	}
	return [...files.values()];
}

/** What a change in held-out bits per byte is taken to be. */
interface Measured {
	readonly change: Interval;
	/** Probability that its interval holds the true one, 0..1; absent: 0.95. */
	readonly level?: number;
}

/** Whether an adapter is served, and why not. */
export type Verdict =
	| (Measured & {
			readonly kind: "accepted";
			readonly guardChange: number;
			/** See `TrainingSummary.strength`; absent: all of it. */
			readonly strength?: number;
	  })
	| (Measured & { readonly kind: "rejected"; readonly reason: "heldOutNotBetter" })
	| (Measured & {
			readonly kind: "rejected";
			readonly reason: "guardWorse";
			readonly guardChange: number;
			readonly bound: number;
	  })
	| { readonly kind: "rejected"; readonly reason: "nothingSelected" | "diverged" | "outOfTime" }
	| { readonly kind: "tooSmall"; readonly heldOutTokens: number };

/**
 * Accepted only if the interval of the change in held-out bits per byte, a 95 % one unless `level` (0..1) is given, lies below 0 and
 * the guard text's bits per byte grew by no more than the share `guardBound`.
 */
export function judge(
	exam: Exam,
	before: Marks,
	after: Marks,
	guardBound: number,
	seed: number,
	level?: number,
): Verdict {
	const change = bitsPerByteChange(exam, before, after, seed, level);
	const measured: Measured = level === undefined ? { change } : { change, level };
	if (!(change.high < 0)) return { kind: "rejected", reason: "heldOutNotBetter", ...measured };
	const guardChange = guardChangeOf(before.guard, after.guard);
	if (!(guardChange <= guardBound)) {
		return { kind: "rejected", reason: "guardWorse", ...measured, guardChange, bound: guardBound };
	}
	return { kind: "accepted", ...measured, guardChange };
}

/** By what share general text became dearer; 0 without any. */
export function guardChangeOf(before: WindowSum, after: WindowSum): number {
	return before.tokens === 0 ? 0 : after.nll / before.nll - 1;
}

/** The verdict as a sentence. */
export function describeVerdict(verdict: Verdict): string {
	switch (verdict.kind) {
		case "accepted":
			return `accepted${weaker(verdict.strength)}: held-out text costs ${bits(-verdict.change.mean)} bits per byte less (${range(verdict)})`;
		case "tooSmall":
			return `too small to judge: only ${verdict.heldOutTokens} tokens could be held out`;
		case "rejected":
			return `rejected: ${describeRejection(verdict)}`;
	}
}

function describeRejection(verdict: Verdict & { kind: "rejected" }): string {
	switch (verdict.reason) {
		case "heldOutNotBetter":
			return `held-out text did not improve beyond noise (change in bits per byte ${range(verdict)})`;
		case "guardWorse":
			return `general text became ${percent(verdict.guardChange)} worse, more than the ${percent(verdict.bound)} allowed`;
		case "nothingSelected":
			return "no window was selected to learn from";
		case "diverged":
			return "training diverged";
		case "outOfTime":
			return "the minutes were over before anything was learned";
	}
}

function weaker(strength = 1): string {
	return strength === 1 ? "" : ` at ${Math.round(100 * strength)} % of its strength, for general text's sake`;
}

const bits = (value: number): string => value.toFixed(4);
const range = ({ change: { low, high }, level = 0.95 }: Measured): string =>
	`${levelWords(level)} interval ${bits(low)} to ${bits(high)}`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Two digits of what is left to chance: 0.99998 is not said to be 100 %. */
function levelWords(level: number): string {
	const chance = Number((100 * (1 - level)).toPrecision(2));
	return `${Number((100 - chance).toFixed(9))} %`;
}
