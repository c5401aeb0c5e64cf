import { seededRandom } from "#base/random";
import { studentT } from "#base/studentT";
import type { WindowSum } from "./select.ts";

/** Before or after, over held-out or guard text: the keys of the command line's JSON. */
export interface Metrics {
	readonly perplexity: number;
	readonly bitsPerByte: number;
	/** Share of tokens that were the model's first choice. */
	readonly top1: number;
	/** Share of whole lines infilled exactly, and their mean similarity, 0..1. Null where no line was asked for. */
	readonly exactMatch: number | null;
	readonly editSimilarity: number | null;
	/** Scored. */
	readonly tokens: number;
	readonly bytes: number;
}

/** How whole lines were infilled. */
export interface LineScore {
	readonly exactMatch: number;
	readonly editSimilarity: number;
	/** In the order of the exam. */
	readonly cases: readonly LineResult[];
}

export interface LineResult {
	readonly exact: boolean;
	/** 0..1. */
	readonly similarity: number;
}

export function lineScoreOf(cases: readonly LineResult[]): LineScore {
	const mean = (of: (result: LineResult) => number): number =>
		cases.reduce((sum, result) => sum + of(result), 0) / cases.length;
	return { exactMatch: mean(exactness), editSimilarity: mean(({ similarity }) => similarity), cases };
}

export function exactness({ exact }: LineResult): number {
	return exact ? 1 : 0;
}

export function metricsOf(sum: WindowSum, bytes: number, lines: LineScore | undefined): Metrics {
	return {
		perplexity: Math.exp(sum.nll / sum.tokens),
		bitsPerByte: sum.nll / Math.LN2 / bytes,
		top1: sum.top1 / sum.tokens,
		exactMatch: lines?.exactMatch ?? null,
		editSimilarity: lines?.editSimilarity ?? null,
		tokens: sum.tokens,
		bytes,
	};
}

/** One held-out file or block, measured twice: sums over it, and what the sums are divided by. */
export interface PairedSum {
	readonly before: number;
	readonly after: number;
	readonly weight: number;
}

export interface Interval {
	readonly low: number;
	readonly mean: number;
	readonly high: number;
}

/** After less before, of each reading on held-out text. Null where lines of too few files were asked for. */
export interface Changes {
	readonly bitsPerByte: Interval;
	readonly top1: Interval;
	readonly exactMatch: Interval | null;
	readonly editSimilarity: Interval | null;
}

const draws = 2_000;

/**
 * Change of a mean, after less before, with the interval that holds the true one with probability `level`: the wider of a percentile
 * bootstrap's and Student's t's on either side, as the first is too narrow for few units and the second knows no skewness. Tokens of one
 * file hang together, so units are whole files. A single one has no bounds.
 */
export function changeOf(units: readonly PairedSum[], seed: number, level = 0.95): Interval {
	const random = seededRandom(seed);
	const change = (pick: (i: number) => PairedSum): number => {
		let difference = 0;
		let weight = 0;
		for (let i = 0; i < units.length; i++) {
			const unit = pick(i);
			difference += unit.after - unit.before;
			weight += unit.weight;
		}
		return difference / weight;
	};
	const changes = Float64Array.from({ length: draws }, () =>
		change(() => units[random.below(units.length)] as PairedSum),
	).sort();
	const mean = change((i) => units[i] as PairedSum);
	const outside = Math.floor((draws * (1 - level)) / 2);
	const reach = studentReach(units, mean, level);
	return {
		low: Math.min(changes[outside] as number, mean - reach),
		mean,
		high: Math.max(changes[draws - 1 - outside] as number, mean + reach),
	};
}

/** Half of Student's interval of the ratio `mean`, by its residuals: exact for normal ones of equal weight. */
function studentReach(units: readonly PairedSum[], mean: number, level: number): number {
	let [squares, weight] = [0, 0];
	for (const unit of units) {
		squares += (unit.after - unit.before - mean * unit.weight) ** 2;
		weight += unit.weight;
	}
	const degrees = units.length - 1;
	if (degrees === 0) return Number.POSITIVE_INFINITY;
	return (studentT(level, degrees) * Math.sqrt((squares * units.length) / degrees)) / weight;
}

/** 1 - Levenshtein distance / length of the longer, over UTF-16 units; 1 for two empty texts. */
export function editSimilarity(a: string, b: string): number {
	const longer = Math.max(a.length, b.length);
	if (longer === 0) return 1;
	let previous = Uint16Array.from({ length: b.length + 1 }, (_, j) => j);
	let current = new Uint16Array(b.length + 1);
	for (let i = 1; i <= a.length; i++) {
		current[0] = i;
		for (let j = 1; j <= b.length; j++) {
			const replace = (previous[j - 1] as number) + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
			current[j] = Math.min(replace, (previous[j] as number) + 1, (current[j - 1] as number) + 1);
		}
		[previous, current] = [current, previous];
	}
	return 1 - (previous[b.length] as number) / longer;
}
