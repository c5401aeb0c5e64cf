/** Whether to show what was written, from the model's own probabilities and from what the user took so far. */

export interface Confidence {
	/** Mean natural logarithm of the tokens' probabilities. */
	readonly meanLogProbability: number;
	readonly firstProbability: number;
	/** 0 to 1: the geometric mean of the mean token's and the first token's probability. A first token guessed at ruins the rest. */
	readonly value: number;
}

export function confidenceOf(logProbabilities: readonly number[]): Confidence {
	const first = logProbabilities[0];
	if (first === undefined) return { meanLogProbability: 0, firstProbability: 0, value: 0 };
	const mean = logProbabilities.reduce((sum, value) => sum + value, 0) / logProbabilities.length;
	return { meanLogProbability: mean, firstProbability: Math.exp(first), value: Math.exp((mean + first) / 2) };
}

/** What became of suggestions shown before; older ones weigh less. Kept on the user's machine alone. */
export interface Acceptance {
	readonly shown: number;
	readonly accepted: number;
}

export const noAcceptance: Acceptance = { shown: 0, accepted: 0 };

/** Weight of the past at each new suggestion: about the last 200 count. */
const memory = 0.995;

export function withOutcome({ shown, accepted }: Acceptance, taken: boolean): Acceptance {
	return { shown: shown * memory + 1, accepted: accepted * memory + (taken ? 1 : 0) };
}

/** Share of suggestions that should be taken (Cursor shows what is taken with at least a quarter's chance). */
const wanted = 0.3;
/** Suggestions that the assumption to be right so far counts for. */
const prior = 20;
const bounds = [0.02, 0.8] as const;

/** The least confidence to show: higher after many refusals, lower after many acceptances. */
export function thresholdFor({ shown, accepted }: Acceptance, base: number): number {
	const rate = (accepted + wanted * prior) / (shown + prior);
	return Math.min(bounds[1], Math.max(bounds[0], base * Math.exp((1.5 * (wanted - rate)) / wanted)));
}
