import { deepEqual, equal, ok } from "node:assert/strict";
import { beyondNoise, duration, percent, sentence, signed, size } from "#panel/figures";
import { guardOf, reachOf, readingsOf } from "#panel/readings";
import type { ShownReport } from "#protocol/learningPage";

const metrics = (bitsPerByte: number, top1: number, exactMatch: number | null) => ({
	...{ bitsPerByte, top1, exactMatch, perplexity: 9, editSimilarity: exactMatch, tokens: 100, bytes: 400 },
});

function reportOf(part: Partial<ShownReport>): ShownReport {
	return { heldOut: null, changes: null, guard: null, guardBound: 0.02, ...part } as ShownReport;
}

describe("panel/readings", () => {
	const report = reportOf({
		heldOut: { before: metrics(2, 0.4, 0.1), after: metrics(1.9, 0.41, 0.05) },
		changes: {
			bitsPerByte: { low: -0.15, mean: -0.1, high: -0.05 },
			top1: { low: -0.01, mean: 0.01, high: 0.03 },
			exactMatch: { low: -0.09, mean: -0.05, high: -0.01 },
			editSimilarity: null,
		},
	});

	it("says of each change whether it is for the better, and whether it is more than noise", () => {
		const [bits, top1, exact] = readingsOf(report);
		deepEqual([bits?.before, bits?.after, bits?.change], ["2.000", "1.900", "−0.100"]);
		deepEqual([bits?.verdict, top1?.verdict, exact?.verdict], ["better", "within noise", "worse"]);
		deepEqual([top1?.before, top1?.change, top1?.interval], ["40.0 %", "+1.0 points", "−1.0 to +3.0 points"]);
	});

	it("draws what is better to the right, whichever way that is counted", () => {
		const [bits, top1, exact] = readingsOf(report);
		ok(bits?.bar !== undefined && bits.bar.low > 0 && bits.bar.low < bits.bar.mean && bits.bar.mean < bits.bar.high);
		ok(top1?.bar !== undefined && top1.bar.low < 0 && top1.bar.mean > 0);
		ok(exact?.bar !== undefined && exact.bar.high < 0);
		ok(reachOf(readingsOf(report)) > 0);
	});

	it("leaves out what was not measured", () => {
		const [, , , likeness] = readingsOf(report);
		deepEqual([likeness?.change, likeness?.interval, likeness?.bar], ["−5.0 points", "", undefined]);
		deepEqual(readingsOf(reportOf({})), []);
		equal(guardOf(reportOf({})), undefined);
	});

	it("holds unrelated text to its bound", () => {
		const guard = (after: number) =>
			guardOf(reportOf({ guard: { before: metrics(2, 0, null), after: metrics(after, 0, null) } }));
		deepEqual([guard(2.02)?.held, guard(2.02)?.change, guard(2.02)?.bound], [true, "+1.0 %", "2.0 %"]);
		equal(guard(2.05)?.held, false);
	});
});

describe("panel/figures", () => {
	it("writes numbers as people read them", () => {
		deepEqual([duration(5.4), duration(100), duration(7_500)], ["5 s", "2 min", "2 h 5 min"]);
		deepEqual([percent(0.126), percent(0.126, 1)], ["13 %", "12.6 %"]);
		deepEqual([size(12), size(1_500), size(2.5e6)], ["12 B", "1.5 kB", "2.5 MB"]);
		deepEqual([signed(-0.0001, 2), signed(1.25, 1), signed(-2, 0)], ["0.00", "+1.3", "−2"]);
		deepEqual([sentence("it is so"), sentence("Is it?")], ["It is so.", "Is it?"]);
	});

	it("takes an interval that holds 0 for noise", () => {
		deepEqual(
			[
				{ low: -1, high: 0 },
				{ low: 0.1, high: 1 },
				{ low: -1, high: -0.1 },
			].map(beyondNoise),
			[false, true, true],
		);
	});
});
