import { deepEqual, equal, ok } from "node:assert/strict";
import { roleOfFile } from "#adapt/holdOut";
import { adaptOnline, type OnlineInput } from "#adapt/online";
import { type Preset, paperPreset } from "#adapt/preset";
import type { FeedItem } from "#adapt/source";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { feedOf, fileOf, madeUpCode, madeUpProject } from "#test/adapt/project";
import { inputOf, learnerOf, MemoryCheckpoint, tolerant } from "#test/adapt/run";

const project = madeUpProject(12, 25);

async function online(options: Partial<OnlineInput> = {}) {
	const learner = learnerOf();
	const input = inputOf(project, { preset: tolerant, budget: { minutes: null, updates: null }, learner });
	const outcome = await adaptOnline({ changes: null, ...input, ...options });
	return { ...outcome, learner };
}

describe("adapt/online", () => {
	it("predicts, then learns: the stream costs fewer bits than under the frozen base", async () => {
		const { report, learner } = await online();
		const { stream, windows, passes } = report;
		ok(stream !== null);
		ok(stream.compared.adapted.bitsPerByte < 0.9 * stream.compared.base.bitsPerByte);
		equal(stream.compared.adapted.windows, Math.ceil(stream.predicted.windows / 4));
		equal(passes.backward, windows.selected);
		equal(windows.selected + Object.values(windows.skipped).reduce((a, b) => a + b, 0), windows.scored);
		ok(windows.selected > 0.4 * windows.scored && windows.selected < 0.9 * windows.scored, JSON.stringify(windows));
		equal(report.accepted, true, report.verdict);
		deepEqual(passes, learner.passes);
	});

	it("spends one forward on each window of the stream", async () => {
		const forwards = async (updates: number | null) => {
			const { report } = await online({ budget: { minutes: null, updates } });
			return { forward: report.passes.forward, stream: report.stream };
		};
		const all = await forwards(null);
		const some = await forwards(20);
		ok(all.stream !== null && some.stream !== null);
		const compared = all.stream.compared.base.windows - some.stream.compared.base.windows;
		equal(all.forward - some.forward, all.stream.predicted.windows - some.stream.predicted.windows + compared);
	});

	it("follows the paper: a chunk predicted, then learned by a fresh AdamW, where P > P0", async () => {
		const resets: number[] = [];
		const learner = learnerOf();
		const reset = learner.resetOptimizer.bind(learner);
		learner.resetOptimizer = () => {
			resets.push(learner.passes.backward);
			reset();
		};
		const preset: Preset = { ...paperPreset, online: { ...paperPreset.online, period: 20 } };
		const { report } = await online({ learner, preset });
		ok(report.stream !== null);
		equal(resets.length, Math.ceil(report.stream.predicted.windows / 20));
		equal(report.windows.selected + (report.windows.skipped.belowThreshold ?? 0), report.windows.scored);
	});

	it("learns changed files only, once each, and never held-out ones", async () => {
		const learned: string[] = [];
		const learner = learnerOf();
		const learn = learner.learnIfSurprising.bind(learner);
		learner.learnIfSurprising = (window, gate, rate) => {
			learned.push(fakeTokenizer().decode(window.tokens));
			return learn(window, gate, rate);
		};
		const files = madeUpProject(100, 35);
		const names = Array.from({ length: 60 }, (_, i) => `changed${i}.ts`);
		const judged = names.find((name) => roleOfFile(name) === "judge") ?? "";
		const trained = names.find((name) => roleOfFile(name) === "train") ?? "";
		async function* changes(): AsyncIterable<FeedItem> {
			yield* feedOf([fileOf(judged, madeUpCode(1, 9)), fileOf(trained, madeUpCode(2, 9))]);
			yield* feedOf([fileOf(trained, madeUpCode(2, 9))]);
		}
		const { report } = await online({ learner, feed: feedOf(files), changes: changes() });
		equal(report.coverage.heldOutBy, "files");
		ok(learned.length > 0 && learned.every((text) => madeUpCode(2, 9).includes(text)));
		ok((report.windows.skipped.heldOut ?? 0) > 0);
		equal(report.windows.skipped.repeated, report.windows.scored);
	});

	it("goes on from its last checkpoint to the same adapter", async () => {
		const expected = await online();
		const checkpoint = new MemoryCheckpoint();
		let steps = 0;
		const dying = learnerOf({
			onRun: (what) => {
				if (what === "learn" && ++steps === 130) throw new Error("killed");
			},
		});
		await online({ learner: dying, checkpoint }).catch((error: Error) => equal(error.message, "killed"));
		equal(steps, 130);
		const learner = learnerOf();
		const { report } = await online({ learner, checkpoint, resume: true });
		equal(report.training?.start, "resumed");
		deepEqual(learner.save(), expected.learner.save());
		deepEqual(report.stream, expected.report.stream);
		deepEqual(report.windows, expected.report.windows);
	});
});
