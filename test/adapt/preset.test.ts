import { deepEqual, equal } from "node:assert/strict";
import { codePreset, paperPreset, presetFor } from "#adapt/preset";

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
		deepEqual([offline.learningRate, offline.batch, offline.epochs, online.period], [5e-5, 1, 1, 100]);
		equal(infill, null);
	});
});
