import type { Clock } from "#base/clock";
import { type RunLimits, unlimited } from "./checkpoint.ts";
import { mostTrainTokens } from "./corpus.ts";
import type { Learner, TokenWindow } from "./learner.ts";
import type { Preset } from "./preset.ts";

/** What bounds a run; null is no bound. */
export interface Budget {
	readonly minutes: number | null;
	/** Optimiser steps. */
	readonly updates: number | null;
}

/** Sizes of what a run keeps in memory, in bytes; the engine knows them of the model it has loaded. */
export interface ModelSizes {
	/** The process before it computes anything: the model's tokenizer, and the runtime's own code. */
	readonly process: number;
	/** Weights as they lie in memory, once. */
	readonly weights: number;
	/** Adapter, its gradients, AdamW's two moments, and the copies made of them. */
	readonly adapter: number;
	/** What a forward holds per row of a run: logits above all. */
	readonly scoredRow: number;
	/** What a learn step holds per row of a run: activations kept for backward, and logits. */
	readonly learnedRow: number;
}

/** What a run will take, said before it starts. */
export interface Estimate {
	readonly secondsPerWindow: number;
	readonly windows: { readonly toScore: number; readonly cached: number };
	/** At most. */
	readonly steps: number;
	readonly seconds: {
		readonly scoring: number;
		readonly learning: number;
		readonly judging: number;
		readonly total: number;
	};
	/** As the system counts it: what two parts of the process map from one file counts twice. */
	readonly memoryMiB: number;
}

/** A learn step costs about this many forwards: one forward, one backward to the inputs, the optimiser, overhead. */
export const forwardsPerStep = 2.5;

/** Measured seconds of one forward over a full window; the first run, which warms up, is not counted. 0 without text. */
export async function measureForward(windows: readonly TokenWindow[], learner: Learner, clock: Clock): Promise<number> {
	const longest = windows.reduce<TokenWindow | undefined>(
		(best, window) => (window.tokens.length > (best?.tokens.length ?? 0) ? window : best),
		undefined,
	);
	if (longest === undefined) return 0;
	await learner.score([longest], "off");
	const start = clock.seconds();
	await learner.score([longest], "off");
	return clock.seconds() - start;
}

/** Half a window is read, and two dozen tokens are written a row at a time: a weak model seldom ends a line before. */
const forwardsPerLine = 2;
/** Fewer lines than this say nothing. */
const fewestLines = 8;

/** Smallest number of windows that quantiles of a language mean something for, and of tokens that a split is made of. */
const fewestScored = 64;
const fewestTrainTokens = 2 ** 18;

/** Shares of a time budget: windows and lines of each of the two exams, and reading and scoring before learning starts. */
const examShare = 0.12;
const lineShare = 0.05;
export const scoringShare = 0.35;

/**
 * Bounds in counts. Under a bound of updates they are of the preset alone (so that a run repeats bit for bit); under a
 * bound of minutes they follow the measured rate.
 */
export function planLimits(preset: Preset, budget: Budget, secondsPerWindow: number, capacity: number): RunLimits {
	const { judging, offline } = preset;
	const learned = budget.updates === null ? unlimited : budget.updates * offline.batch;
	const perLearned = offline.scoredPerLearned ?? unlimited;
	const byUpdates = Math.min(unlimited, Math.max(fewestScored, learned * perLearned));
	const counts = { learnedWindows: learned, guardTokens: judging.guardTokens, lines: judging.lines };
	if (budget.minutes === null || secondsPerWindow === 0) {
		const trainTokens = trainTokensFor(byUpdates, capacity);
		return { ...counts, trainTokens, scoredWindows: byUpdates, judgeTokens: judging.judgeTokens };
	}
	const seconds = budget.minutes * 60;
	const windows = seconds / secondsPerWindow;
	const examTokens = windows * examShare * capacity;
	const scoredWindows = Math.min(byUpdates, Math.ceil(windows));
	return {
		trainTokens: trainTokensFor(scoredWindows, capacity),
		scoredWindows,
		learnedWindows: learned,
		judgeTokens: Math.round(Math.min(judging.judgeTokens, Math.max(4_096, examTokens * 0.6))),
		guardTokens: Math.round(Math.min(judging.guardTokens, Math.max(2_048, examTokens * 0.3))),
		lines: Math.min(judging.lines, Math.max(fewestLines, Math.floor((windows * lineShare) / forwardsPerLine))),
	};
}

/** Tokens worth keeping for training when so many windows can be scored: twice as many, for the held-out and the unlucky. */
function trainTokensFor(windows: number, capacity: number): number {
	return Math.max(fewestTrainTokens, Math.min(mostTrainTokens, windows * capacity * 2));
}

export interface Plan {
	readonly secondsPerWindow: number;
	readonly toScore: number;
	readonly cached: number;
	readonly steps: number;
	readonly batch: number;
	/** Windows of one exam and of one validation. */
	readonly examWindows: number;
	readonly examLines: number;
	readonly validationWindows: number;
	readonly evaluations: number;
	readonly budget: Budget;
	readonly sizes: ModelSizes;
	readonly capacity: number;
	readonly residentTokens: number;
}

export function estimate(plan: Plan): Estimate {
	const { secondsPerWindow } = plan;
	const scoring = plan.toScore * secondsPerWindow;
	const evaluating = plan.evaluations * plan.validationWindows * secondsPerWindow;
	const learning = plan.steps * plan.batch * forwardsPerStep * secondsPerWindow + evaluating;
	const judging = (plan.examWindows + forwardsPerLine * plan.examLines) * secondsPerWindow;
	const unbounded = scoring + learning + judging;
	const total = Math.min(unbounded, plan.budget.minutes === null ? unbounded : plan.budget.minutes * 60);
	return {
		secondsPerWindow,
		windows: { toScore: plan.toScore, cached: plan.cached },
		steps: plan.steps,
		seconds: { scoring, learning, judging, total },
		memoryMiB: Math.ceil(memoryOf(plan) / 2 ** 20),
	};
}

/** Graphs that score with the base, score with the adapter, and learn: each maps the weights for itself and keeps its memory. */
const [scoringGraphs, learningGraphs] = [2, 1];

/** The graph that writes lines has a layout of the weights of its own, or maps them once more. */
function memoryOf({ sizes, capacity, examLines, residentTokens }: Plan): number {
	const graphs = scoringGraphs + learningGraphs + (examLines > 0 ? 1 : 0);
	const rows = scoringGraphs * sizes.scoredRow + learningGraphs * sizes.learnedRow;
	return sizes.process + graphs * sizes.weights + sizes.adapter + capacity * rows + 4 * residentTokens;
}
