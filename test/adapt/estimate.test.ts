import { deepEqual, equal, ok } from "node:assert/strict";
import { estimate, measureForward, type Plan, planLimits } from "#adapt/estimate";
import { codePreset, paperPreset } from "#adapt/preset";
import { learnerOf, StepClock } from "#test/adapt/run";

const plan: Plan = {
	secondsPerWindow: 0.5,
	toScore: 100,
	cached: 20,
	steps: 40,
	batch: 1,
	examWindows: 60,
	examLines: 10,
	validationWindows: 8,
	evaluations: 4,
	budget: { minutes: null, updates: 40 },
	sizes: {
		...{ process: 100 * 2 ** 20, weights: 500 * 2 ** 20, adapter: 10 * 2 ** 20 },
		...{ scoredRow: 2 ** 19, learnedRow: 2 ** 20 },
	},
	capacity: 256,
	residentTokens: 2 ** 20,
};

describe("adapt/estimate", () => {
	it("adds up what a run will take", () => {
		const { seconds, memoryMiB, windows } = estimate(plan);
		deepEqual(seconds, { scoring: 50, learning: 50 + 16, judging: 40, total: 156 });
		// The base, the adapted and the learned graph each hold weights, and so does the one that writes lines.
		equal(memoryMiB, 100 + 4 * 500 + 10 + 2 * 128 + 256 + 4);
		equal(estimate({ ...plan, examLines: 0 }).memoryMiB, memoryMiB - 500);
		deepEqual(windows, { toScore: 100, cached: 20 });
		equal(estimate({ ...plan, budget: { minutes: 2, updates: null } }).seconds.total, 120);
	});

	it("bounds a run of updates whatever the machine's speed", () => {
		const budget = { minutes: null, updates: 100 };
		deepEqual(planLimits(codePreset, budget, 0.01, 256), planLimits(codePreset, budget, 10, 256));
		equal(planLimits(codePreset, budget, 1, 256).scoredWindows, 300);
		// The paper scores all inputs.
		ok(planLimits(paperPreset, budget, 1, 256).scoredWindows > 1e12);
	});

	it("bounds a run of minutes by the machine's speed", () => {
		const budget = { minutes: 10, updates: null };
		const slow = planLimits(codePreset, budget, 2, 256);
		const fast = planLimits(codePreset, budget, 0.02, 256);
		deepEqual([slow.scoredWindows, fast.scoredWindows], [300, 30_000]);
		ok(slow.judgeTokens < fast.judgeTokens && slow.guardTokens < fast.guardTokens);
		equal(fast.judgeTokens, codePreset.judging.judgeTokens);
	});

	it("measures a forward after the one that warms up", async () => {
		const clock = new StepClock();
		let runs = 0;
		const learner = learnerOf({ onRun: () => (clock.time += runs++ === 0 ? 9 : 2) });
		const window = { tokens: Int32Array.of(1, 2, 3), scoreFrom: 1, bytes: 2 };
		equal(await measureForward([window], learner, clock), 2);
		equal(await measureForward([], learner, clock), 0);
	});
});
