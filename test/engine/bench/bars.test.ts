import { deepEqual, equal, throws } from "node:assert/strict";
import { type Bar, describeBar, holdBars, standingOf } from "#engine/bench/bars";
import type { BenchRow } from "#engine/bench/row";

const row = (asked: Bar | undefined, ours: number, ratio: number | null = null): BenchRow => ({
	...{ name: "speed", unit: "tokens/s", ours, rival: null, ratio, runs: 3 },
	...(asked !== undefined && { asked }),
});

describe("engine/bench/bars", () => {
	const fast: Bar = { of: "ratio", least: 1.1 };
	const soon: Bar = { of: "ours", most: 10 };

	it("hold up to the bar itself, and are missed beyond it", () => {
		deepEqual(
			[1.2, 1.1, 1.09].map((ratio) => standingOf(row(fast, 0, ratio))),
			["holds", "holds", "missed"],
		);
		deepEqual(
			[9, 10, 10.1].map((ours) => standingOf(row(soon, ours, 99))),
			["holds", "holds", "missed"],
		);
	});

	it("hold of nothing that was not measured", () => {
		equal(standingOf(row(fast, 5)), "not measured");
		equal(standingOf(row(soon, Number.NaN)), "not measured");
		equal(standingOf(row(undefined, 5)), undefined);
	});

	it("are told as what is asked", () => deepEqual([fast, soon].map(describeBar), ["ratio >= 1.1", "ours <= 10"]));

	it("fail together, each named", () => {
		holdBars([row(fast, 0, 2), row(soon, 1), row(undefined, 0)]);
		throws(() => holdBars([row(fast, 0), row(soon, 11), row(soon, 1)]), {
			code: "internal",
			message: "bars that do not hold: speed: ratio >= 1.1 not measured; speed: ours <= 10 missed",
		});
	});
});
