/** Several windows in one run of the graph: documents side by side, each with its own positions. */

import type { TokenWindow } from "#adapt/learner";
import { invariant } from "#base/assert";

/** A window and where its rows begin in its run. */
export interface PlacedWindow {
	/** Index in the list that was packed. */
	readonly index: number;
	readonly window: TokenWindow;
	readonly start: number;
}

/** Windows to runs of at most `capacity` rows, in order: the same list is always packed the same way. */
export function pack(windows: readonly TokenWindow[], capacity: number): readonly (readonly PlacedWindow[])[] {
	const runs: PlacedWindow[][] = [];
	let used = capacity;
	for (const [index, window] of windows.entries()) {
		const rows = rowsOf(window);
		invariant(rows >= 1 && rows <= capacity, `a window of ${window.tokens.length} tokens for ${capacity} rows`);
		invariant(window.scoreFrom >= 1 && window.scoreFrom < window.tokens.length, "a window scores at least one token");
		if (used + rows > capacity) {
			runs.push([]);
			used = 0;
		}
		runs.at(-1)?.push({ index, window, start: used });
		used += rows;
	}
	return runs;
}

/** Row i of a window reads token i and predicts token i + 1. */
export function rowsOf(window: TokenWindow): number {
	return window.tokens.length - 1;
}

export interface RowFeeds {
	readonly tokens: BigInt64Array;
	readonly targets: BigInt64Array;
	readonly positions: BigInt64Array;
	readonly documents: BigInt64Array;
}

/** Inputs of one run. Rows left over form a document of their own that nothing looks at. */
export function rowFeeds(run: readonly PlacedWindow[], capacity: number): RowFeeds {
	const [tokens, targets, positions, documents] = Array.from({ length: 4 }, () => new BigInt64Array(capacity)) as [
		BigInt64Array,
		BigInt64Array,
		BigInt64Array,
		BigInt64Array,
	];
	documents.fill(-1n);
	run.forEach(({ window, start }, document) => {
		for (let row = 0; row < rowsOf(window); row++) {
			tokens[start + row] = BigInt(window.tokens[row] as number);
			targets[start + row] = BigInt(window.tokens[row + 1] as number);
			positions[start + row] = BigInt(row);
			documents[start + row] = BigInt(document);
		}
	});
	return { tokens, targets, positions, documents };
}

/** The rows of a placed window whose targets count: [first, end). */
export function scoredRows({ window, start }: PlacedWindow): readonly [number, number] {
	return [start + window.scoreFrom - 1, start + rowsOf(window)];
}
