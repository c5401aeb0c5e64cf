import { deepEqual, equal, ok } from "node:assert/strict";
import type { TokenWindow } from "#adapt/learner";
import { tokenizerDoubt } from "#adapt/tokenizerDoubt";
import { fakeVocabulary } from "#test/adapt/fakeTokenizer";
import { madeUpProject } from "#test/adapt/project";
import { adapt, learnerOf } from "#test/adapt/run";

const windowOf = (...tokens: number[]): TokenWindow => ({ tokens: Int32Array.from(tokens), scoreFrom: 1, bytes: 0 });
const sum = (perToken: number, tokens: number) => ({ nll: perToken * tokens, tokens, top1: 0 });

describe("adapt/tokenizerDoubt", () => {
	it("compares with the entropy of the scored tokens", () => {
		// Scored: 1 1 2 3, whose entropy is 1.5 bits.
		const guard = [windowOf(9, 1, 1), windowOf(9, 2, 3)];
		const frequencies = 1.5 * Math.LN2;
		const found = tokenizerDoubt(guard, sum(2, 4));
		equal(found?.model, 2);
		ok(Math.abs((found?.frequencies ?? 0) - frequencies) < 1e-12);
		deepEqual(tokenizerDoubt(guard, sum(frequencies - 1e-9, 4)), undefined);
		deepEqual(tokenizerDoubt([], sum(0, 0)), undefined);
	});

	it("is told of a run whose base knows nothing, and not of one whose base knows the general text", async () => {
		const project = madeUpProject(12, 25);
		const { report } = await adapt(project);
		equal("tokenizerDoubt" in report, false);
		const ignorant = await adapt(project, { learner: learnerOf({ base: new Int32Array() }) });
		const { model, frequencies } = ignorant.report.tokenizerDoubt ?? { model: 0, frequencies: 0 };
		ok(Math.abs(model - Math.log(fakeVocabulary)) < 1e-6 && frequencies > 1 && frequencies < model);
	});
});
