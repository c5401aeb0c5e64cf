import { deepEqual, equal, throws } from "node:assert/strict";
import { codePreset, paperPreset, presetFor, withObjective } from "#adapt/preset";

describe("adapt/preset", () => {
	it("takes larger steps with narrow models, up to a bound", () => {
		const rate = (width: number) => presetFor("code", width).offline.learningRate / codePreset.offline.learningRate;
		deepEqual([4096, 1024, 512, 128, 64].map(rate), [0.25, 1, 2, 8, 8]);
		equal(presetFor("code", 512).online.learningRate, 2 * codePreset.online.learningRate);
	});

	it("leaves the paper's rates alone", () => {
		deepEqual(presetFor("paper", 192), paperPreset);
	});

	it("is the paper's in every number that the paper gives", () => {
		const { adapter, optimizer, selection, offline, online, infill } = paperPreset;
		deepEqual(adapter, { rank: 8, alpha: 16, targets: ["q_proj", "v_proj"] });
		deepEqual(optimizer, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 });
		deepEqual(selection, { kind: "paper", logThreshold: 3, lambda: 0.1, objective: "crossEntropy" });
		deepEqual(offline, {
			...{ learningRate: 5e-5, schedule: { kind: "cosine", warmup: 0.1, from: "zero" }, batch: 1, epochs: 1 },
			// Every input is scored, and the last adapter is taken.
			...{ scoredPerLearned: null, patience: null },
		});
		const { learningRate, period, freshOptimizer, predict } = online;
		deepEqual([learningRate, period, freshOptimizer, predict], [5e-5, 100, true, "chunk"]);
		equal(infill, null);
	});

	it("has the paper's own objective instead of its code's, and no other preset has either", () => {
		const preset = withObjective(paperPreset, "perplexity");
		deepEqual(preset, { ...paperPreset, selection: { ...paperPreset.selection, objective: "perplexity" } });
		throws(() => withObjective(codePreset, "perplexity"), /an objective for the preset code/);
	});
});
