/** Measures until it is `enough`, so many times at most; the last one. A machine that does other things as well only makes times longer. */
export async function measured<T>(tries: number, measure: () => Promise<T>, enough: (value: T) => boolean): Promise<T> {
	const value = await measure();
	return tries <= 1 || enough(value) ? value : measured(tries - 1, measure, enough);
}
