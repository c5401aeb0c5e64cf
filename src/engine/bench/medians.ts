/** Medians of what is measured in turn. */
import { defined } from "#base/assert";

export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
	return (defined(low, "a value") + defined(high, "a value")) / 2;
}

/**
 * The median over pairs that were measured one right after the other: a machine that others use, too, is now faster, now slower, and
 * a ratio of medians would compare different moments.
 */
export function medianRatio(ours: readonly number[], rivals: readonly number[]): number {
	return median(ours.slice(0, rivals.length).map((value, i) => value / defined(rivals[i], "its pair")));
}
