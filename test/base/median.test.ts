import { deepEqual, equal } from "node:assert/strict";
import { medianOf } from "#base/median";

describe("base/median", () => {
	it("is the middle, or the mean of two", () => {
		equal(medianOf([3, 1, 20]), 3);
		equal(medianOf([3, 1, 20, 10]), 6.5);
		equal(medianOf([]), undefined);
	});

	it("leaves what it is given in its order", () => {
		const values = [3, 1, 2];
		medianOf(values);
		deepEqual(values, [3, 1, 2]);
	});
});
