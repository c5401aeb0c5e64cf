import { ok } from "node:assert/strict";
import { studentT } from "#base/studentT";

describe("base/studentT", () => {
	// Of printed tables.
	const rows: [probability: number, degrees: number, t: number][] = [
		[0.95, 1, 12.706],
		[0.95, 2, 4.303],
		[0.95, 3, 3.182],
		[0.95, 4, 2.776],
		[0.95, 5, 2.571],
		[0.95, 11, 2.201],
		[0.95, 30, 2.042],
		[0.95, 120, 1.98],
		[0.5, 1, 1],
		[0.5, 7, 0.711],
		[0.999, 3, 12.924],
		[0.999, 10, 4.587],
		[0.99, 60, 2.66],
		[0.9, 1000, 1.646],
	];
	for (const [probability, degrees, t] of rows)
		it(`stays below ${t} with ${probability} at ${degrees}`, () => {
			const got = studentT(probability, degrees);
			ok(Math.abs(got - t) < 6e-4, String(got));
		});
});
