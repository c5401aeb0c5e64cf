import { deepEqual, throws } from "node:assert/strict";
import type { TokenWindow } from "#adapt/learner";
import { pack, rowFeeds, scoredRows } from "#runtime/packing";

const window = (first: number, length: number, scoreFrom = 1): TokenWindow => ({
	tokens: Int32Array.from({ length }, (_, i) => first + i),
	scoreFrom,
	bytes: length,
});

describe("runtime/packing", () => {
	it("fills runs in order", () => {
		const runs = pack([window(0, 4), window(10, 3), window(20, 5), window(30, 2)], 6);
		deepEqual(
			runs.map((run) => run.map(({ index, start }) => [index, start])),
			[
				[
					[0, 0],
					[1, 3],
				],
				[
					[2, 0],
					[3, 4],
				],
			],
		);
	});

	it("gives every document its own positions and leaves the rest alone", () => {
		const [run] = pack([window(5, 3), window(8, 2)], 4);
		const { tokens, targets, positions, documents } = rowFeeds(run ?? [], 4);
		deepEqual([...tokens].map(Number), [5, 6, 8, 0]);
		deepEqual([...targets].map(Number), [6, 7, 9, 0]);
		deepEqual([...positions].map(Number), [0, 1, 0, 0]);
		deepEqual([...documents].map(Number), [0, 0, 1, -1]);
	});

	it("counts rows whose targets are scored", () => {
		deepEqual(scoredRows({ index: 0, window: window(0, 6, 3), start: 10 }), [12, 15]);
	});

	it("refuses windows that fit nowhere or score nothing", () => {
		throws(() => pack([window(0, 8)], 6), /8 tokens for 6 rows/);
		throws(() => pack([window(0, 1)], 6));
		throws(() => pack([window(0, 4, 4)], 6), /at least one token/);
	});
});
