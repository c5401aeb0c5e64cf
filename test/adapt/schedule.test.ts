import { deepEqual, equal, ok } from "node:assert/strict";
import { rateFactor, type Schedule } from "#adapt/schedule";

const rates = (schedule: Schedule, total: number) =>
	Array.from({ length: total }, (_, step) => Number(rateFactor(schedule, step, total).toFixed(6)));

describe("adapt/schedule", () => {
	it("is transformers' cosine with warm-up", () => {
		// transformers 5: get_cosine_schedule_with_warmup(optimizer, 1, 10), then get_lr() before each of ten steps.
		const expected = [0, 1, 0.969846, 0.883022, 0.75, 0.586824, 0.413176, 0.25, 0.116978, 0.030154];
		deepEqual(rates({ kind: "cosine", warmup: 0.1, from: "zero" }, 10), expected);
	});

	it("learns in its first step where told to", () => {
		equal(rates({ kind: "cosine", warmup: 0.1, from: "first" }, 1)[0], 1);
		const ramp = rates({ kind: "cosine", warmup: 0.1, from: "first" }, 40);
		deepEqual(ramp.slice(0, 4), [0.25, 0.5, 0.75, 1]);
		ok(ramp.slice(4).every((rate, i, all) => i === 0 || rate < (all[i - 1] as number)));
	});

	it("stays constant", () => {
		deepEqual(new Set(rates({ kind: "constant", warmup: 0.1, from: "zero" }, 9)), new Set([1]));
	});
});
