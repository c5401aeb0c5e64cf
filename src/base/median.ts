/** The middle of `values` in their order, or the mean of the two in the middle; undefined of none. */
export function medianOf(values: readonly number[]): number | undefined {
	const sorted = [...values].sort((a, b) => a - b);
	const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
	return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
