import { deepEqual, equal, ok } from "node:assert/strict";
import { standingOf } from "#engine/bench/bars";
import { besideRows, type Key, situationsOfTyping, type TypingTimes, typingRows } from "#engine/bench/complete";
import type { BenchRow } from "#engine/bench/row";

const key =
	(kind: Key["kind"]) =>
	(ms: number): Key => ({ kind, ms });

function times(suggestions: readonly number[], token = 5): TypingTimes {
	const keys = [...suggestions.map(key("suggestion")), ...[1, 2, 3].map(key("silent")), key("known")(0.5)];
	return { keys, known: [0.5], stops: [4], tokens: [token] };
}

const found = (rows: readonly BenchRow[], name: string) => rows.find((row) => row.name === name);

describe("engine/bench/complete", () => {
	it("does not let keys that are given up early make suggestions look quick", () => {
		const rows = typingRows(times([50, 70, 400]));
		deepEqual(
			rows.map(({ name, unit, ours, runs, ...row }) => [
				name,
				unit,
				ours,
				runs,
				standingOf({ name, unit, ours, runs, ...row }),
			]),
			[
				["suggestion, median", "ms", 70, 3, "missed"],
				["suggestion, 95th of 100", "ms", 400, 3, "missed"],
				["silent key, median", "ms", 2, 3, undefined],
				["silent key, 95th of 100", "ms", 3, 3, undefined],
				["every key, median", "ms", 3, 7, undefined],
				["every key, 95th of 100", "ms", 400, 7, undefined],
				["keys with a suggestion", "%", (100 * 4) / 7, 7, undefined],
				["known suggestion, 95th of 100", "ms", 0.5, 1, "holds"],
				["giving up, median", "ms", 4, 1, "holds"],
				["one token, median", "ms", 5, 1, undefined],
				["giving up, 95th of 100", "ms", 4, 1, undefined],
				["one token, 95th of 100", "ms", 5, 1, undefined],
			],
		);
	});

	it("asks of giving up that it takes no longer than a token", () => {
		const row = found(typingRows(times([50], 3)), "giving up, median");
		deepEqual([row?.asked, row && standingOf(row)], [{ of: "ours", most: 3 }, "missed"]);
	});

	it("calls nothing held where nothing was suggested", () => {
		const row = found(typingRows(times([])), "suggestion, median");
		equal(row && standingOf(row), "not measured");
	});

	it("asks of typing beside learning that it takes twice as long at most", () => {
		for (const [beside, standing] of [
			[199, "holds"],
			[201, "missed"],
		] as const) {
			const rows = besideRows(times([50, 100]), times([50, beside]));
			const last = rows.at(-1);
			deepEqual([last?.ours, last && standingOf(last)], [beside / 100, standing]);
			ok(rows.slice(0, -1).every(({ name, asked }) => name.endsWith(", while learning") && asked === undefined));
		}
	});

	it("types into a file of 500 lines, a character at a time", () => {
		const situations = situationsOfTyping("a.ts", 3);
		for (const [i, { text, offset, path }] of situations.entries()) {
			equal(path, "a.ts");
			const before = situations[i - 1];
			if (before !== undefined) equal(text.slice(0, offset - 1), before.text.slice(0, before.offset));
		}
		equal(situations.at(-1)?.text.split("\n").length, 500);
	});
});
