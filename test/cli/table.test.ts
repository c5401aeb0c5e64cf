import { equal } from "node:assert/strict";
import { progressLine } from "#cli/progress";
import { duration, percent, table } from "#cli/table";

describe("cli/table", () => {
	it("aligns the first column left and the others right", () => {
		equal(
			table([
				["a", "1"],
				["long", "100"],
			]),
			"a       1\nlong  100",
		);
	});

	it("says durations as people do", () => {
		const said = [0.02, 0.97, 61, 250, 7_500].map(duration);
		equal(said.join(", "), "20 ms, 1 s, 61 s, 4 min 10 s, 2 h 5 min");
	});

	it("says shares", () => equal(percent(0.1234), "12.3 %"));
});

describe("cli/progress", () => {
	it("says rate and time left where they are known", () => {
		const known = { phase: "learning", done: 120, total: 400, rate: 3.41, secondsLeft: 82 } as const;
		equal(progressLine(known), "learning  120 of 400 steps, 3.4 a second, 82 s left");
		equal(progressLine({ ...known, done: 400, secondsLeft: 0 }), "learning  400 of 400 steps, 3.4 a second");
		const unknown = { phase: "reading", done: 12, total: undefined, rate: undefined, secondsLeft: undefined } as const;
		equal(progressLine(unknown), "reading   12 files");
	});
});
