/** Whether the confidence of suggestions means what it says, and from which on they are right often enough to be shown. */

/** A suggestion whose outcome is known. */
export interface Judged {
	/** 0 to 1: see `confidenceOf`. */
	readonly confidence: number;
	readonly right: boolean;
}

export interface ReliabilityBin {
	readonly from: number;
	readonly to: number;
	readonly count: number;
	readonly right: number;
	/** Mean confidence; null without a suggestion. */
	readonly confidence: number | null;
}

export interface Threshold {
	/** What share of the suggestions shown is wanted to be right. */
	readonly wanted: number;
	/** The least confidence to show; null if even the surest are not right so often. */
	readonly threshold: number | null;
	readonly shown: number;
	readonly right: number;
}

/** Suggestions by tenths of confidence. */
export function reliabilityBins(judged: readonly Judged[]): ReliabilityBin[] {
	return Array.from({ length: 10 }, (_, i) => {
		const inside = judged.filter(({ confidence }) => Math.min(9, Math.floor(confidence * 10)) === i);
		const sum = inside.reduce((total, { confidence }) => total + confidence, 0);
		return {
			...{ from: i / 10, to: (i + 1) / 10, count: inside.length },
			right: inside.filter(({ right }) => right).length,
			confidence: inside.length === 0 ? null : sum / inside.length,
		};
	});
}

/** Fewer suggestions than this say nothing of a share. */
const fewest = 10;

/** The lowest confidence from which on at least the share `wanted` is right: most suggestions that are right often enough. */
export function thresholdOf(judged: readonly Judged[], wanted: number): Threshold {
	const surest = judged.toSorted((a, b) => b.confidence - a.confidence);
	let found: Threshold = { wanted, threshold: null, shown: 0, right: 0 };
	let right = 0;
	for (const [i, suggestion] of surest.entries()) {
		if (suggestion.right) right++;
		const shown = i + 1;
		// What is as sure is shown, too.
		const last = surest[shown]?.confidence !== suggestion.confidence;
		if (last && shown >= fewest && right / shown >= wanted)
			found = { wanted, threshold: suggestion.confidence, shown, right };
	}
	return found;
}
