/** Medians of what is measured in turn. */
import { defined } from "#base/assert";
import { medianOf } from "#base/median";

/** Of one value at least. */
export function median(values: readonly number[]): number {
	return defined(medianOf(values), "a value");
}

/**
 * The median over pairs that were measured one right after the other: a machine that others use, too, is now faster, now slower, and
 * a ratio of medians would compare different moments.
 */
export function medianRatio(ours: readonly number[], rivals: readonly number[]): number {
	return median(ours.slice(0, rivals.length).map((value, i) => value / defined(rivals[i], "its pair")));
}
