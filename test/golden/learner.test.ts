/** The learner as a whole, on a tiny model: what does not depend on a reference. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Gate, TokenWindow } from "#adapt/learner";
import { readGolden } from "./fixture.ts";
import { OpenedGolden } from "./opened.ts";

const open = () => OpenedGolden.open(readGolden("llama-tied"), "float32");
const always: Gate = { min: -1e30, max: 1e30, logScale: 0, exponent: 0, cap: 1e30 };

describe("golden/learner", () => {
	let opened: OpenedGolden;
	let windows: readonly TokenWindow[];

	beforeEach(async () => {
		opened = await open();
		windows = opened.golden.reference.windows.map((ids) => ({
			tokens: Int32Array.from(ids),
			scoreFrom: 1,
			bytes: ids.length,
		}));
	});
	afterEach(() => opened.close());

	it("scores the same with a fresh adapter on and off, packed and alone", async () => {
		const { learner } = opened;
		const off = await learner.score(windows, "off");
		const on = await learner.score(windows, "on");
		const alone = await learner.score(windows.slice(1), "off");
		for (const [i, score] of off.entries()) {
			ok(distance(score.nll, on[i]?.nll ?? []) < 1e-5);
			deepEqual(score.top1, on[i]?.top1);
		}
		ok(distance(alone[0]?.nll ?? [], off[1]?.nll ?? []) < 1e-5);
	});

	it("scores only from scoreFrom on, with the head as context", async () => {
		const [first] = windows as [TokenWindow];
		const [whole, tail] = await opened.learner.score([first, { ...first, scoreFrom: 10 }], "off");
		ok(distance(whole?.nll.slice(9) ?? [], tail?.nll ?? []) < 1e-5);
	});

	it("lowers the loss of what it learns, and forgets when its first state is loaded", async () => {
		const { learner } = opened;
		const start = learner.save();
		const [before] = await learner.score(windows, "on");
		for (let i = 0; i < 10; i++)
			await learner.learn(
				windows.map((window) => ({ window, weight: 1 })),
				1e-2,
			);
		const [after] = await learner.score(windows, "on");
		ok(mean(after?.nll) < mean(before?.nll) - 0.1, `${mean(before?.nll)} to ${mean(after?.nll)}`);
		learner.load(start);
		deepEqual((await learner.score(windows, "on"))[0], before);
	});

	it("continues from a saved state bit for bit", async () => {
		const { learner } = opened;
		const batch = windows.map((window) => ({ window, weight: 1 }));
		await learner.learn(batch, 1e-3);
		const saved = learner.save();
		await learner.learn(batch, 1e-3);
		const direct = learner.save();
		learner.load(saved);
		await learner.learn(batch, 1e-3);
		deepEqual(learner.save(), direct);
		const other = await open();
		other.learner.load(saved);
		await other.learner.learn(batch, 1e-3);
		deepEqual(other.learner.save(), direct);
		await other.close();
	});

	it("learns in the same forward only what the gate lets through, and counts passes", async () => {
		const { learner } = opened;
		const [window] = windows as [TokenWindow];
		const untouched = learner.save();
		const logPerplexity = mean((await learner.score([window], "on"))[0]?.nll);
		const low = await learner.learnIfSurprising(window, { ...always, min: logPerplexity + 0.01 }, 1e-3);
		const high = await learner.learnIfSurprising(window, { ...always, max: logPerplexity - 0.01 }, 1e-3);
		deepEqual([low.learned, high.learned], [false, false]);
		deepEqual(learner.save(), untouched);
		deepEqual(learner.passes, { forward: 3, backward: 0 });
		const gate = { ...always, logScale: Math.log(0.1) - 1, exponent: 1 };
		const learned = await learner.learnIfSurprising(window, gate, 1e-3);
		ok(learned.learned && Math.abs(learned.weight - 0.1 * Math.exp(logPerplexity - 1)) < 1e-4 * learned.weight);
		deepEqual(learner.passes, { forward: 4, backward: 1 });
		equal(learner.save().step, 1);
	});

	it("takes the same step gated and ungated", async () => {
		const { learner } = opened;
		const [window] = windows as [TokenWindow];
		const start = learner.save();
		await learner.learn([{ window, weight: 1 }], 1e-3);
		const direct = learner.save();
		learner.load(start);
		await learner.learnIfSurprising(window, always, 1e-3);
		deepEqual(learner.save(), direct);
	});

	it("writes the tokens that its own scores call most likely", async () => {
		const { learner } = opened;
		const prompt = (windows[0] as TokenWindow).tokens.slice(0, 6);
		const answer = await learner.generate(prompt, { maxTokens: 8, stop: new Set() }, "on");
		const tokens = Int32Array.of(...prompt, ...answer);
		const [score] = await learner.score([{ tokens, scoreFrom: prompt.length, bytes: 0 }], "on");
		deepEqual([...(score?.top1 ?? [])], [1, 1, 1, 1, 1, 1, 1, 1]);
		const stopped = await learner.generate(prompt, { maxTokens: 8, stop: new Set([answer[0] as number]) }, "on");
		equal(stopped.length, 0);
	});
});

function mean(values: Float32Array = new Float32Array()): number {
	return values.reduce((a, b) => a + b, 0) / values.length;
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
	let worst = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
	for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)));
	return worst;
}
