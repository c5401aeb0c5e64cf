/** Where in a text a suggestion is asked for, to show what a model would write there: chosen by shape alone. */

/** Both from 1. */
export interface ExamplePlace {
	readonly line: number;
	readonly column: number;
}

const dull = /^\s*(\/\/|\/?\*|#|--|import\b|from\b|use\b|using\b|package\b|[^\w]*$)/;
const [shortest, longest] = [20, 100];

/**
 * The statement nearest to the middle that is neither short, a comment nor an import, cut after its first word or sign behind a third of
 * it. Undefined if there is none.
 */
export function placeToComplete(text: string): ExamplePlace | undefined {
	const lines = text.split(/\r?\n/);
	const fits = (line: string): boolean => {
		const { length } = line.trim();
		return length >= shortest && length <= longest && !dull.test(line);
	};
	const distance = (index: number): number => Math.abs(index - lines.length / 2);
	const index = lines
		.flatMap((line, i) => (fits(line) ? [i] : []))
		.reduce<number | undefined>(
			(best, i) => (best === undefined || distance(i) < distance(best) ? i : best),
			undefined,
		);
	if (index === undefined) return undefined;
	const line = lines[index] ?? "";
	const third = line.length - line.trimStart().length + Math.floor(line.trim().length / 3);
	const cut = line.slice(third).search(/(?<=\w)\W|(?<=[^\w\s])/);
	return { line: index + 1, column: third + Math.max(cut, 0) + 1 };
}
