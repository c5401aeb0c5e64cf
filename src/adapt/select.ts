import { assertNever } from "#base/assert";
import type { SourceWindow } from "./windows.ts";

/** What one forward says about a window, summed over its scored tokens. */
export interface WindowSum {
	/** Nats. */
	readonly nll: number;
	readonly tokens: number;
	/** Tokens that were the model's first choice. */
	readonly top1: number;
}

export interface ScoredWindow {
	readonly source: SourceWindow;
	readonly base: WindowSum;
}

export type SelectionRule = PaperRule | BandRule;

/** S(x) = lambda * exp(log P - log P0) * 1[P > P0] (arXiv 2505.20633, eq. 4). */
export interface PaperRule {
	readonly kind: "paper";
	/** log P0. */
	readonly logThreshold: number;
	readonly lambda: number;
	readonly objective: PaperObjective;
}

/** The loss is S times this: cross-entropy in the released code, perplexity in the paper. S itself takes no gradient. */
export type PaperObjective = "crossEntropy" | "perplexity";

/** Windows between two quantiles of surprise, each language by itself; weights relative to its median. */
export interface BandRule {
	readonly kind: "band";
	readonly low: number;
	readonly high: number;
	/**
	 * Noise costs more bits per byte than this and than `noiseOverMedian` times the project's median: random base64 costs 6
	 * whatever the model, but so may ordinary text that a weak model has never seen.
	 */
	readonly noiseBitsPerByte: number;
	readonly noiseOverMedian: number;
	readonly fewestTokens: number;
	/** Languages with fewer windows are taken together. */
	readonly fewestWindows: number;
	/** Largest weight before weights are scaled to a mean of 1. */
	readonly cap: number;
}

export type WindowSkip =
	/** Perplexity not above P0. */
	| "belowThreshold"
	/** Too few scored tokens for a mean to say something. */
	| "tooShort"
	/** More bits per byte than text has. */
	| "noise"
	/** Below the band: the model knows it already. */
	| "easy"
	/** Above the band. */
	| "outlier"
	/** Selected, but the budget ends before its turn. */
	| "overBudget"
	/** The same tokens were learned a moment ago (online). */
	| "repeated"
	/** Its file, or its block, is held out (online). */
	| "heldOut";

export type Selection =
	| { readonly kind: "selected"; readonly weight: number }
	| { readonly kind: "skipped"; readonly reason: WindowSkip };

/** One decision per window, in order. */
export function selectWindows(windows: readonly ScoredWindow[], rule: SelectionRule): Selection[] {
	switch (rule.kind) {
		case "paper":
			return windows.map(({ base }) => selectByThreshold(meanNll(base), rule));
		case "band":
			return normalise(selectByBand(windows, rule));
		default:
			return assertNever(rule);
	}
}

/** log P(x): nats per scored token. */
export function meanNll(sum: WindowSum): number {
	return sum.nll / sum.tokens;
}

/** Exponent of log P in a paper weight: S * CE has the gradient of S * log P, S * P that of S * P * log P. */
export function paperExponent(rule: PaperRule): 1 | 2 {
	return rule.objective === "crossEntropy" ? 1 : 2;
}

/** Bits per byte above which a window is noise, where the median of its project is `median`. */
export function noiseCeiling(median: number, rule: BandRule): number {
	return Math.max(rule.noiseBitsPerByte, rule.noiseOverMedian * median);
}

export function bitsPerByte(nll: number, bytes: number): number {
	return nll / Math.LN2 / bytes;
}

/** Linear interpolation between order statistics, as NumPy's default. `sorted` ascending, not empty. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
	const at = (sorted.length - 1) * Math.min(1, Math.max(0, share));
	const below = sorted[Math.floor(at)] as number;
	const above = sorted[Math.ceil(at)] as number;
	return below + (above - below) * (at - Math.floor(at));
}

const skipped = (reason: WindowSkip): Selection => ({ kind: "skipped", reason });

function selectByThreshold(logPerplexity: number, rule: PaperRule): Selection {
	if (!(logPerplexity > rule.logThreshold)) return skipped("belowThreshold");
	const logWeight = Math.log(rule.lambda) - rule.logThreshold + paperExponent(rule) * logPerplexity;
	return { kind: "selected", weight: Math.exp(logWeight) };
}

interface Band {
	readonly low: number;
	readonly high: number;
	readonly median: number;
}

function selectByBand(windows: readonly ScoredWindow[], rule: BandRule): Selection[] {
	const cost = ({ source, base }: ScoredWindow): number => bitsPerByte(base.nll, source.window.bytes);
	const longEnough = windows.filter(({ base }) => base.tokens >= rule.fewestTokens);
	const costs = Float64Array.from(longEnough, cost).sort();
	const ceiling = costs.length === 0 ? 0 : noiseCeiling(quantile(costs, 0.5), rule);
	const early = windows.map((window) => {
		if (window.base.tokens < rule.fewestTokens) return skipped("tooShort");
		return cost(window) > ceiling ? skipped("noise") : undefined;
	});
	const bands = bandsByLanguage(
		windows.filter((_, i) => early[i] === undefined),
		rule,
	);
	return windows.map(({ source, base }, i) => {
		const decided = early[i];
		if (decided !== undefined) return decided;
		const band = bands(source.language);
		const logPerplexity = meanNll(base);
		if (logPerplexity < band.low) return skipped("easy");
		if (logPerplexity > band.high) return skipped("outlier");
		return { kind: "selected", weight: Math.min(rule.cap, Math.exp(logPerplexity - band.median)) };
	});
}

/** The band of each language with enough windows; one band for all the others. */
function bandsByLanguage(windows: readonly ScoredWindow[], rule: BandRule): (language: string) => Band {
	const groups = new Map<string, number[]>();
	for (const { source, base } of windows) {
		const group = groups.get(source.language);
		if (group === undefined) groups.set(source.language, [meanNll(base)]);
		else group.push(meanNll(base));
	}
	const small = [...groups].filter(([, values]) => values.length < rule.fewestWindows);
	const others = bandOf(
		small.flatMap(([, values]) => values),
		rule,
	);
	const bands = new Map<string, Band>();
	for (const [language, values] of groups) {
		if (values.length >= rule.fewestWindows) bands.set(language, bandOf(values, rule));
	}
	return (language) => bands.get(language) ?? others;
}

function bandOf(values: readonly number[], rule: BandRule): Band {
	const sorted = Float64Array.from(values).sort();
	// With a handful of windows quantiles are the windows themselves: nothing is cut off then.
	if (sorted.length < 4)
		return { low: -Infinity, high: Infinity, median: sorted.length > 0 ? quantile(sorted, 0.5) : 0 };
	return { low: quantile(sorted, rule.low), high: quantile(sorted, rule.high), median: quantile(sorted, 0.5) };
}

/** Weights scaled to a mean of 1, so that the preset's learning rate means the same in every project. */
function normalise(selections: readonly Selection[]): Selection[] {
	let sum = 0;
	let count = 0;
	for (const selection of selections) {
		if (selection.kind !== "selected") continue;
		sum += selection.weight;
		count++;
	}
	return selections.map((selection) =>
		selection.kind === "selected" ? { kind: "selected", weight: (selection.weight * count) / sum } : selection,
	);
}
