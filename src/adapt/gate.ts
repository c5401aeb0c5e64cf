import type { Surprise } from "./checkpoint.ts";
import type { Gate } from "./learner.ts";
import {
	type BandRule,
	noiseCeiling,
	type PaperRule,
	paperExponent,
	quantile,
	type SelectionRule,
	type WindowSkip,
} from "./select.ts";
import { type SourceWindow, scoredTokens } from "./windows.ts";

/** Which windows of a stream are learned, decided before the window is seen, from those before it. */
export interface SurpriseGate {
	/** The test for this window, or why it is only predicted. */
	gateFor(source: SourceWindow): Gate | "tooShort";
	/** Why the test was not passed. */
	reasonFor(source: SourceWindow, gate: Gate, logPerplexity: number): WindowSkip;
	/** To be called with every predicted window, learned or not. */
	record(source: SourceWindow, logPerplexity: number): void;
	/** `openGate` goes on from it. */
	surprise(): Readonly<Record<string, Surprise>>;
}

/**
 * `paper`: P > P0, by the model as it is now. `band`: a running threshold per language that holds the share of learned
 * windows at the preset's while the model gets better (as PonderTTT, arXiv 2601.00894; the update is that of adaptive
 * conformal inference, arXiv 2106.00170): up a little after a window above it, down a little after one below.
 */
export function openGate(rule: SelectionRule, known: Readonly<Record<string, Surprise>> = {}): SurpriseGate {
	return rule.kind === "paper" ? paperGate(rule) : bandGate(rule, known);
}

function paperGate(rule: PaperRule): SurpriseGate {
	const gate: Gate = {
		min: rule.logThreshold,
		max: Number.POSITIVE_INFINITY,
		logScale: Math.log(rule.lambda) - rule.logThreshold,
		exponent: paperExponent(rule),
		cap: Number.POSITIVE_INFINITY,
	};
	return { gateFor: () => gate, reasonFor: () => "belowThreshold", record: () => {}, surprise: () => ({}) };
}

/** The weight of a window that passes the test, as the learner itself would give it; undefined if it does not. */
export function weightOf({ min, max, logScale, exponent, cap }: Gate, logPerplexity: number): number | undefined {
	if (!(logPerplexity > min && logPerplexity <= max)) return undefined;
	return Math.min(cap, Math.exp(logScale + exponent * logPerplexity));
}

/** Windows of a language that median, spread and ceiling are drawn from. */
const remembered = 64;
/** Below it everything but noise is learned. */
const fewestRemembered = 16;
/** Of the spread, per window. */
const stepShare = 0.2;
const smallestSpread = 0.05;

function bandGate(rule: BandRule, known: Readonly<Record<string, Surprise>>): SurpriseGate {
	const seen = new Map(Object.entries(known));
	const sorted = (language: string): Float64Array => Float64Array.from(seen.get(language)?.recent ?? []).sort();
	/** Nats per token at the noise ceiling of this window; nothing is noise before anything is known. */
	const noiseOf = ({ window, language }: SourceWindow): number => {
		const own = sorted(language);
		const all = own.length > 0 ? own : Float64Array.from([...seen.values()].flatMap(({ recent }) => recent)).sort();
		if (all.length === 0) return Number.POSITIVE_INFINITY;
		const natsPerBit = (Math.LN2 * window.bytes) / scoredTokens(window);
		return noiseCeiling(quantile(all, 0.5) / natsPerBit, rule) * natsPerBit;
	};
	return {
		gateFor(source) {
			if (scoredTokens(source.window) < rule.fewestTokens) return "tooShort";
			const own = sorted(source.language);
			const threshold = seen.get(source.language)?.threshold ?? null;
			// A log perplexity is never below 0: -1 lets all pass.
			if (threshold === null) return { min: -1, max: noiseOf(source), logScale: 0, exponent: 0, cap: 1 };
			const max = Math.min(ceilingOf(own, rule), noiseOf(source));
			return { min: threshold, max, logScale: -quantile(own, 0.5), exponent: 1, cap: rule.cap };
		},
		reasonFor(source, gate, logPerplexity) {
			if (logPerplexity <= gate.min) return "easy";
			return logPerplexity > noiseOf(source) ? "noise" : "outlier";
		},
		record(source, logPerplexity) {
			const { recent, threshold } = seen.get(source.language) ?? { recent: [], threshold: null };
			const own = sorted(source.language);
			const latest = [...recent, logPerplexity].slice(-remembered);
			const moved =
				threshold === null ? firstThreshold(latest, rule) : moveThreshold(threshold, own, logPerplexity, rule);
			seen.set(source.language, { recent: latest, threshold: moved });
		},
		surprise: () => Object.fromEntries(seen),
	};
}

/** Above the upper quantile by as much as ordinary windows spread: in a stream that changes, a plain quantile cuts off news. */
function ceilingOf(own: Float64Array, rule: BandRule): number {
	return quantile(own, rule.high) + spreadOf(own);
}

function spreadOf(own: Float64Array): number {
	return Math.max(smallestSpread, quantile(own, 0.75) - quantile(own, 0.25));
}

function firstThreshold(recent: readonly number[], rule: BandRule): number | null {
	return recent.length < fewestRemembered ? null : quantile(Float64Array.from(recent).sort(), rule.low);
}

/** In the long run the share of windows above it is 1 - `low`, whatever the stream does. */
function moveThreshold(threshold: number, own: Float64Array, logPerplexity: number, rule: BandRule): number {
	const above = logPerplexity > threshold ? 1 : 0;
	return threshold + stepShare * spreadOf(own) * (above - (1 - rule.low));
}
