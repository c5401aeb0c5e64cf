import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { roleOfFile, splitBlocks } from "#adapt/holdOut";
import type { TokenWindow } from "#adapt/learner";
import { adaptOnline, type OnlineInput } from "#adapt/online";
import { type Preset, paperPreset } from "#adapt/preset";
import type { FeedItem } from "#adapt/source";
import { tokenizeFile } from "#adapt/windows";
import { CancelSource } from "#base/cancel";
import type { FakeLearner } from "#test/adapt/fakeLearner";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { feedOf, fileOf, madeUpCode, madeUpProject, noise } from "#test/adapt/project";
import { generalText, inputOf, learnerOf, MemoryCheckpoint, tolerant } from "#test/adapt/run";

const project = madeUpProject(12, 25);

async function online(options: Partial<OnlineInput> = {}) {
	const learner = learnerOf();
	const input = inputOf(project, { preset: tolerant, budget: { minutes: null, updates: null }, learner });
	const outcome = await adaptOnline({ changes: null, ...input, ...options });
	return { ...outcome, learner };
}

/** Without infilling, which a table of bigrams has no use for. */
const plain: Preset = { ...tolerant, infill: null };

/** The texts that a run learns from, as they are shown. */
function shownTo(learner: FakeLearner): TokenWindow[] {
	const shown: TokenWindow[] = [];
	const [learn, gated] = [learner.learn.bind(learner), learner.learnIfSurprising.bind(learner)];
	learner.learn = (batch, rate) => {
		shown.push(...batch.map(({ window }) => window));
		return learn(batch, rate);
	};
	learner.learnIfSurprising = async (window, gate, rate) => {
		const result = await gated(window, gate, rate);
		if (result.learned) shown.push(window);
		return result;
	};
	return shown;
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
			const preset: Preset = { ...plain, offline: { ...plain.offline, patience: null } };
			const { report } = await online({ preset, budget: { minutes: null, updates } });
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

	it("goes on after a cancel in the midst of an evaluation, and makes up for it", async () => {
		const expected = await online();
		const [, first, second] = expected.report.training?.evaluations.map(({ step }) => step) ?? [];
		ok(first !== undefined && second !== undefined);
		const checkpoint = new MemoryCheckpoint();
		for (const stopAt of [first, second]) {
			const cancel = new CancelSource();
			let learns = false;
			const learner = learnerOf({
				onRun: (what) => {
					if (what === "learn") learns = true;
					else if (learns && learned() === stopAt) cancel.cancel();
				},
			});
			const before = checkpoint.saved.at(-1)?.step ?? 0;
			const shown = shownTo(learner);
			const learned = () => before + shown.length;
			await rejects(online({ learner, checkpoint, cancel, resume: true }), /cancelled/);
			equal(checkpoint.saved.at(-1)?.step, stopAt);
			ok((checkpoint.saved.at(-1)?.evaluations.at(-1)?.step ?? 0) < stopAt);
		}
		const { learner, report } = await online({ checkpoint, resume: true });
		deepEqual(learner.save(), expected.learner.save());
		deepEqual(report.training?.evaluations, expected.report.training?.evaluations);
		equal(report.training?.start, "resumed");
	});

	it("shows some of what it learns as infilling tasks, where the model has a format", async () => {
		const markers = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];
		const tasksOf = async (options: Partial<OnlineInput>) => {
			const learner = learnerOf();
			const shown = shownTo(learner);
			const { report } = await online({ learner, ...options });
			const ids = markers.map((marker) => fakeTokenizer().special(marker));
			const tasks = shown.filter(({ tokens }) => ids.every((id) => tokens.includes(id as number)));
			equal(shown.length, report.windows.selected);
			return { share: tasks.length / shown.length, report };
		};
		const { share, report } = await tasksOf({});
		ok(share > 0.2 && share < 0.4, String(share));
		const rest = await tasksOf({ preset: plain });
		equal(rest.share, 0);
		// Predictions are of the text as it is, and each task costs a second forward.
		equal(report.stream?.predicted.bytes, rest.report.stream?.predicted.bytes);
		equal((await tasksOf({ tokenizer: fakeTokenizer({ infill: false }) })).share, 0);
	});

	it("does not learn what judges when that comes again, moved down or under another name", async () => {
		const files = madeUpProject(100, 35);
		const judged = files.filter(({ path }) => roleOfFile(path) === "judge");
		const name = Array.from({ length: 60 }, (_, i) => `copy${i}.ts`).find((path) => roleOfFile(path) === "train") ?? "";
		const copied = fileOf(name, judged.map(({ text }) => text).join("\n"));
		const { report } = await online({ feed: feedOf(files), changes: feedOf([copied]) });
		equal(report.coverage.heldOutBy, "files");
		ok((report.windows.skipped.heldOut ?? 0) > 0);
		equal(report.windows.skipped.heldOut, report.windows.scored + (report.windows.skipped.heldOut ?? 0));

		const one = fileOf("one.ts", madeUpCode(1, 300));
		const learner = learnerOf();
		const shown = shownTo(learner);
		const moved = fileOf("one.ts", `${madeUpCode(2, 8)}\n${one.text}`);
		const exams: string[] = [];
		const split = splitBlocks(tokenizeFile(one, fakeTokenizer()));
		for (const { from, to } of split.judge)
			exams.push(fakeTokenizer().decode(tokenizeFile(one, fakeTokenizer()).tokens.subarray(from, to)));
		const inBlocks = await online({ learner, preset: plain, feed: feedOf([one]), changes: feedOf([moved]) });
		equal(inBlocks.report.coverage.heldOutBy, "blocks");
		ok(shown.length > 0, "what is new was not learned");
		for (const { tokens, scoreFrom } of shown) {
			const text = fakeTokenizer().decode(tokens.subarray(scoreFrom));
			for (const exam of exams)
				for (const line of exam.split("\n").slice(1, -1)) ok(!text.includes(line), `learned a judged line: ${line}`);
		}
	});

	it("stops before general text gets as much worse as the guard forbids, and goes back to what did not", async () => {
		const guard = Array.from({ length: 12 }, (_, i) => ({ name: `guard${i}.txt`, text: generalText }));
		const preset = { ...tolerant, judging: { ...tolerant.judging, guardTokens: 1_000, guardBound: 0.02 } };
		for (const changes of [null, feedOf(madeUpProject(60, 25))]) {
			const { report } = await online({ guard, preset, changes, learner: learnerOf({ speed: 4_000 }) });
			const { training } = report;
			ok(training !== null && report.guard !== null);
			equal(training.end, "forgetting");
			ok(training.bestStep < training.steps, JSON.stringify(training));
			ok(report.guard.after.bitsPerByte <= 1.02 * report.guard.before.bitsPerByte);
		}
	});

	it("stops where validation text gains nothing any more, and takes the best adapter", async () => {
		// Letters drawn at random, and steps so large that what the last windows held drives out all before.
		const learner = learnerOf({ speed: 20_000 });
		const feed = feedOf([fileOf("letters.ts", noise(1, 14_000))]);
		const preset = { ...plain, judging: { ...plain.judging, guardBound: 99 } };
		const { report } = await online({ learner, feed, preset });
		const { training } = report;
		ok(training !== null && training.end === "earlyStop", JSON.stringify(training?.evaluations));
		const best = training.evaluations.reduce((a, b) => (b.loss < a.loss ? b : a));
		deepEqual([best.step, training.bestStep < training.steps], [training.bestStep, true]);
	});
});
