import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { type Judged, reliabilityBins, thresholdOf } from "#assist/reliability";

/** `count` suggestions of one confidence, of which `right` are right. */
function many(confidence: number, count: number, right: number): Judged[] {
	return Array.from({ length: count }, (_, i) => ({ confidence, right: i < right }));
}

describe("assist/reliability", () => {
	it("sorts suggestions by tenths of confidence", () => {
		const bins = reliabilityBins([...many(0.05, 4, 1), ...many(0.95, 3, 3), ...many(1, 1, 0)]);
		equal(bins.length, 10);
		deepEqual(bins[0], { from: 0, to: 0.1, count: 4, right: 1, confidence: 0.05 });
		deepEqual([bins[9]?.count, bins[9]?.right], [4, 3]);
		deepEqual([bins[5]?.count, bins[5]?.confidence], [0, null]);
	});

	it("finds the least confidence from which on enough is right, what is as sure included", () => {
		const judged = [...many(0.9, 20, 18), ...many(0.5, 20, 8), ...many(0.2, 20, 0)];
		deepEqual(thresholdOf(judged, 0.6), { wanted: 0.6, threshold: 0.5, shown: 40, right: 26 });
		deepEqual(thresholdOf(judged, 0.7), { wanted: 0.7, threshold: 0.9, shown: 20, right: 18 });
		equal(thresholdOf(judged, 0.95).threshold, null);
		// Nine suggestions are too few to say anything.
		equal(thresholdOf(many(0.9, 9, 9), 0.5).threshold, null);
	});

	it("holds what it says, and shows no less where less is wanted", () => {
		const suggestion = fc.record({ confidence: fc.nat(20).map((step) => step / 20), right: fc.boolean() });
		fc.assert(
			fc.property(fc.array(suggestion, { maxLength: 80 }), (judged) => {
				const [low, high] = [thresholdOf(judged, 0.4), thresholdOf(judged, 0.6)];
				for (const { threshold, shown, right, wanted } of [low, high]) {
					if (threshold === null) continue;
					const over = judged.filter(({ confidence }) => confidence >= threshold);
					deepEqual([shown, right], [over.length, over.filter((each) => each.right).length]);
					ok(right >= wanted * shown);
				}
				ok(low.shown >= high.shown);
			}),
		);
	});
});
