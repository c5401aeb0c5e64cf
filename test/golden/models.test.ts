/** The golden ring: every model family against PyTorch, transformers and PEFT. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import type { TokenWindow } from "#adapt/learner";
import { defined } from "#base/assert";
import type { FloatType } from "#graph/tensor";
import { featuresOf } from "./features.ts";
import { type Golden, goldenNames, readGolden, relativeL2, windowOf, worst } from "./fixture.ts";
import { OpenedGolden } from "./opened.ts";

/**
 * Relative errors allowed. References are float64 numbers rounded once to float32 (6e-8), as are scores. `trace` is for the loss
 * and the gradient norm of each training step.
 */
const bounds: Readonly<Record<FloatType, Record<"logits" | "loss" | "gradient" | "change" | "trace", number>>> = {
	float64: { logits: 1e-7, loss: 1e-7, gradient: 1e-6, change: 1e-6, trace: 1e-7 },
	float32: { logits: 1e-5, loss: 1e-6, gradient: 1e-4, change: 1e-2, trace: 1e-3 },
};

describe("golden/models", () => {
	it("has models of every family", () => {
		const types = new Set(goldenNames.map((name) => readGolden(name).config.declaredType));
		deepEqual([...types].sort(), ["llama", "mistral", "qwen2", "qwen3"]);
	});

	for (const name of goldenNames) {
		const golden = readGolden(name);
		describe(`${name}: ${golden.reference.covers}`, () => {
			for (const dtype of ["float64", "float32"] as const) describe(dtype, () => parity(golden, dtype));
		});
	}
});

function parity(golden: Golden, dtype: FloatType): void {
	const { reference } = golden;
	const bound = bounds[dtype];
	const windows = reference.windows.map(windowOf);
	const [first, second] = windows as [TokenWindow, TokenWindow];
	let opened: OpenedGolden;

	before(async () => {
		opened = await OpenedGolden.open(golden, dtype);
	});
	beforeEach(() => opened.setAdapter(golden.adapter));
	after(() => opened.close());

	it("logits, with the adapter that PEFT wrote and without", async () => {
		below(relativeL2(await opened.logits(first, "off"), golden.logits), bound.logits, "base");
		below(relativeL2(await opened.logits(second, "on"), golden.adapterLogits), bound.logits, "adapter");
	});

	it("an adapter folder of PEFT, read as one of ours", async () => {
		opened.readAdapter(join(golden.folder, "adapter"));
		deepEqual(opened.adapterValues(), new Map([...golden.adapter].map(([name, values]) => [name, [...values]])));
	});

	it("loss, both windows in one run", async () => {
		const base = await opened.learner.score(windows, "off");
		const nll = base.flatMap((score) => [...score.nll]);
		below(relativeL2(nll, reference.nll.flat()), bound.loss, "every token");
		below(relativeL2(base.map(meanNll), reference.loss), bound.loss, "base");
		const adapted = await opened.learner.score(windows, "on");
		below(relativeL2(adapted.map(meanNll), reference.adapterLoss), bound.loss, "adapter");
	});

	it("LoRA gradients", async () => {
		const stacked = await opened.learner.gradients([{ window: first, weight: 1 }]);
		const { error, name } = worst(opened.peftNamed(stacked), golden.gradients);
		below(error, bound.gradient, name);
	});

	it("TLM's weight and gradient", () => tlm(opened, first, bound.gradient));

	it(`change of A and B after ${reference.training.loss.length} steps`, async () => {
		const changes = await train(opened, windows, bound.trace);
		const { error, name } = worst(changes, golden.changes);
		below(error, bound.change, name);
	});

	if (dtype === "float32") {
		for (const [feature, without] of featuresOf(golden.config)) {
			it(`would show if ${feature} were forgotten`, async () => {
				const logits = await opened.logits(first, "off", without);
				ok(relativeL2(logits, golden.logits) > 100 * bound.logits);
			});
		}
	}
}

/** Equation 4 of TLM: S is computed, thresholded and multiplied in the same run. A rate of 0 leaves the adapter alone. */
async function tlm({ learner, golden }: OpenedGolden, window: TokenWindow, bound: number): Promise<void> {
	const { lambda, logP0, s, logPerplexity, gradientNormSCE, gradientNormSP } = golden.reference.tlm;
	const gate = { min: logP0, max: 1e30, logScale: Math.log(lambda) - logP0, exponent: 1, cap: 1e30 };

	const byCE = await learner.learnIfSurprising(window, gate, 0);
	ok(byCE.learned);
	below(relativeL2([byCE.weight], [s]), bound, "S");
	below(relativeL2([byCE.gradientNorm], [gradientNormSCE]), bound, "gradient of S * CE");

	const byP = await learner.learnIfSurprising(window, { ...gate, exponent: 2 }, 0);
	ok(byP.learned);
	below(relativeL2([byP.gradientNorm], [gradientNormSP]), bound, "gradient of S * P");

	const backward = learner.passes.backward;
	const tooHigh = await learner.learnIfSurprising(window, { ...gate, min: logPerplexity + 1e-3 }, 0);
	equal(tooHigh.learned, false);
	equal(learner.passes.backward, backward);
}

/** Final minus initial adapter, by PEFT's names, after the reference's training from its A and a zero B. */
async function train(opened: OpenedGolden, windows: readonly TokenWindow[], bound: number) {
	const { adapter, reference } = opened.golden;
	const { training, trainingWeights } = reference;
	opened.setAdapter(new Map([...adapter].map(([name, v]) => [name, name.includes("lora_A") ? v : v.map(() => 0)])));
	const start = opened.adapterValues();
	for (const [step, rate] of training.learningRate.entries()) {
		const window = defined(windows[step % windows.length], "window");
		const weight = defined(trainingWeights[step % windows.length], "weight");
		const { scores, gradientNorm } = await opened.learner.learn([{ window, weight }], rate);
		below(relativeL2([weight * meanNll(defined(scores[0], "score"))], [training.loss[step] as number]), bound, "loss");
		below(relativeL2([gradientNorm], [training.gradientNorm[step] as number]), bound, "gradient norm");
	}
	const end = opened.adapterValues();
	return new Map([...end].map(([name, v]) => [name, v.map((value, i) => value - (start.get(name)?.[i] as number))]));
}

function below(error: number, bound: number, what: string): void {
	ok(error <= bound, `${what}: relative error ${error}, allowed ${bound}`);
}

function meanNll({ nll }: { readonly nll: Float32Array }): number {
	return nll.reduce((sum, value) => sum + value, 0) / nll.length;
}
