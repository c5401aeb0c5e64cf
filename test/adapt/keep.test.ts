import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { roleOfFile } from "#adapt/holdOut";
import { keepLearning } from "#adapt/keep";
import type { KeepInput, KeepOutcome, KeepState } from "#adapt/keepState";
import type { SourceFile } from "#adapt/source";
import { CancelSource } from "#base/cancel";
import type { FakeLearner } from "#test/adapt/fakeLearner";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { feedOf, fileOf, madeUpCode, madeUpProject } from "#test/adapt/project";
import { inputOf, learnerOf, tolerant } from "#test/adapt/run";

const project = madeUpProject(64, 35);
const trained = Array.from({ length: 40 }, (_, i) => `new${i}.ts`).filter((name) => roleOfFile(name) === "train");
const judgedName =
	Array.from({ length: 60 }, (_, i) => `new${i}.ts`).find((name) => roleOfFile(name) === "judge") ?? "";
const news = (count: number): SourceFile[] =>
	trained.slice(0, count).map((name, i) => fileOf(name, madeUpCode(1_000 + i, 20)));

const longestLine = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

/** A table of bigrams forgets the rest of the world at once: not what these tests are about. */
const forgiving = { ...tolerant, infill: null, judging: { ...tolerant.judging, guardBound: 9 } };

/** A workspace that is kept up with, run by run, each in a process of its own as far as anybody can tell. */
class Keeper {
	state: KeepState | undefined;
	readonly saved: KeepState[] = [];
	readonly learned: string[] = [];
	learner: FakeLearner = learnerOf();

	async run(
		changes: readonly SourceFile[],
		options: Partial<KeepInput> = {},
	): Promise<Extract<KeepOutcome, { kind: "kept" }>> {
		const outcome = await this.start(changes, options);
		ok(outcome.kind === "kept");
		this.state = outcome.state;
		return outcome;
	}

	start(changes: readonly SourceFile[], options: Partial<KeepInput> = {}): Promise<KeepOutcome> {
		const learner = learnerOf();
		this.learner = learner;
		const learn = learner.learnIfSurprising.bind(learner);
		learner.learnIfSurprising = (window, gate, rate) => {
			this.learned.push(fakeTokenizer().decode(window.tokens.subarray(window.scoreFrom)));
			return learn(window, gate, rate);
		};
		const served = learner.save();
		return keepLearning({
			...inputOf(project, { learner, preset: forgiving }),
			...{
				project: () => feedOf(project),
				changes: feedOf(changes),
				served,
				servedId: "base",
				state: this.state,
				judgeAfter: 1e9,
			},
			...{ pause: async () => {}, onScore: () => {}, save: (state: KeepState) => this.saved.push(state) },
			...options,
		});
	}
}

describe("adapt/keep", () => {
	it("takes what is there at its beginning for known, and learns what comes then", async () => {
		const keeper = new Keeper();
		const first = await keeper.run(project.slice(0, 3));
		deepEqual([first.learned, first.score.predicted.windows], [0, 0]);
		const second = await keeper.run(news(6));
		ok(second.learned > 0);
		equal(second.score.predicted.windows, second.score.compared.base.windows);
	});

	it("predicts before it learns, and is compared with the frozen base on the same windows", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		for (let i = 1; i <= 12; i++) await keeper.run(news(i));
		const { score } = await keeper.run([]);
		ok(score.compared.adapted.bitsPerByte < 0.95 * score.compared.base.bitsPerByte, JSON.stringify(score));
		deepEqual(score.compared.adapted, score.predicted);
	});

	it("learns the new lines of a file alone, each once, however often it is saved", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		const [name = ""] = trained;
		const start = madeUpCode(1, 12);
		const added = madeUpCode(2, 6);
		await keeper.run([fileOf(name, start)]);
		keeper.learned.length = 0;
		const text = start.split("\n").toSpliced(6, 0, added).join("\n");
		const { score: before } = await keeper.run([]);
		const { score } = await keeper.run([fileOf(name, text)]);
		equal(keeper.learned.join(""), `${added}\n`);
		equal(score.predicted.bytes - before.predicted.bytes, Buffer.byteLength(`${added}\n`));
		const { score: again } = await keeper.run([fileOf(name, `\n${text}`)]);
		equal(again.predicted.windows, score.predicted.windows);
	});

	it("neither predicts nor learns a file that judges", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		const { score } = await keeper.run([fileOf(judgedName, madeUpCode(3, 20))]);
		equal(score.predicted.windows, 0);
	});

	it("is judged by the gate when enough was learned, and not before", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		const few = await keeper.run(news(2), { judgeAfter: 1_000 });
		equal(few.judged, null);
		const { judged, learned, startedOver, state } = await keeper.run(news(18), { judgeAfter: 10 });
		ok(judged?.report.accepted, judged?.report.verdict);
		deepEqual([startedOver, state.judgedAt], [null, learned]);
		ok((judged.report.heldOut?.after.bitsPerByte ?? 9) < (judged.report.heldOut?.before.bitsPerByte ?? 0));
		equal((await keeper.run(news(18), { judgeAfter: 10 })).judged, null, "judged again though nothing was learned");
	});

	it("is judged more strictly each time until it passes, and counts from then on again", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		const { failed, ...earlier } = (await keeper.run([])).state;
		equal(failed, 0);
		keeper.state = earlier;
		// What stays as it was is neither better nor worse.
		const unmoved = { ...forgiving, online: { ...forgiving.online, learningRate: 0 } };
		const idle = new Keeper();
		await idle.run([], { preset: unmoved });
		for (const [count, level] of [
			[6, "97.5 %"],
			[12, "99.17 %"],
			[18, "99.58 %"],
		] as const) {
			const { judged, startedOver } = await idle.run(news(count), { preset: unmoved, judgeAfter: 1 });
			ok(judged?.report.verdict.includes(`${level} interval`), judged?.report.verdict);
			deepEqual([judged?.verdict.kind, startedOver], ["rejected", null]);
		}
		equal(idle.state?.failed, 3);
		keeper.state = { ...earlier, failed: 3 };
		const passed = await keeper.run(news(18), { judgeAfter: 1 });
		ok(passed.judged?.report.verdict.startsWith("accepted") && passed.judged.report.verdict.includes("99.75 %"));
		equal(passed.state.failed, 0);
	});

	it("does not judge by what it learned under another name", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		await keeper.run(news(18));
		const learned = news(18)[0]?.text ?? "";
		const moved = () => feedOf([...project, fileOf(judgedName, learned)]);
		const { judged } = await keeper.run([], { judgeAfter: 1, project: moved });
		equal(judged?.report.coverage.nearCopies, 1);
		ok(judged.report.gains.length > 0 && judged.report.gains.every(({ path }) => path !== judgedName));
	});

	it("is judged against what is served, not against the base", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		const first = await keeper.run(news(18), { judgeAfter: 1 });
		const served = keeper.learner.save();
		const next = new Keeper();
		await next.run([], { served, servedId: "first" });
		const more = trained.slice(18, 20).map((name, i) => fileOf(name, madeUpCode(5_000 + i, 20)));
		const second = await next.run(more, { served, servedId: "first", judgeAfter: 1 });
		const { before } = second.judged?.report.heldOut ?? {};
		ok(before !== undefined);
		deepEqual(before, first.judged?.report.heldOut?.after);
		// General text is measured from the base on, however many adapters came between.
		deepEqual(second.judged?.report.guard?.before, first.judged?.report.guard?.before);
	});

	it("drops what made general text worse, and goes on from what is served", async () => {
		const keeper = new Keeper();
		await keeper.run([], { preset: tolerant });
		const { judged, startedOver, state } = await keeper.run(news(18), { judgeAfter: 10, preset: tolerant });
		equal(judged?.verdict.kind === "rejected" && judged.verdict.reason, "guardWorse");
		deepEqual([startedOver, state.stream.learned], ["hopeless", 0]);
		deepEqual(state.learner, keeper.learner.save());
	});

	it("learns the same lines again when the project has grown and other text of it judges", async () => {
		const small = () => feedOf(madeUpProject(20, 35));
		const grown = () => feedOf([...madeUpProject(120, 35), ...news(12)]);
		const keeper = new Keeper();
		await keeper.run([], { project: small });
		equal(keeper.state?.byBlocks, true);
		const options = { project: grown, judgeAfter: 4 };
		const first = await keeper.run(news(12), options);
		deepEqual([first.judged, first.startedOver, first.state.byBlocks], [null, "otherHoldOut", false]);
		deepEqual([first.state.stream.learned, first.state.learner], [0, keeper.learner.save()]);
		const second = await keeper.run([...madeUpProject(20, 35), ...news(12)], options);
		deepEqual([second.judged?.report.coverage.heldOutBy, second.startedOver], ["files", null]);
		const bytes = news(12).reduce((sum, file) => sum + file.bytes, 0);
		equal(second.score.predicted.bytes, bytes, "what was dropped is not new again, or what was there before is");
	});

	it("keeps what it learned while the project is too small to judge by", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		const shrunk = () => feedOf(project.slice(0, 1));
		const { judged, startedOver, learned, state } = await keeper.run(news(12), { project: shrunk, judgeAfter: 4 });
		ok(learned > 0);
		deepEqual([judged, startedOver, state.judgedAt, state.stream.learned], [null, null, learned, learned]);
	});

	it("begins anew when another adapter is served", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		await keeper.run(news(6));
		const { learned } = await keeper.run([], { servedId: "another" });
		equal(learned, 0);
	});

	it("keeps nothing of a project that is too small to judge by", async () => {
		const keeper = new Keeper();
		const outcome = await keeper.start(news(1), { project: () => feedOf(project.slice(0, 1)) });
		equal(outcome.kind, "tooSmall");
		deepEqual([keeper.saved.length, keeper.learned.length], [0, 0]);
	});

	it("neither predicts nor learns where new lines can't be told from old ones", async () => {
		const keeper = new Keeper();
		const { state } = await keeper.run([]);
		const known = new Uint32Array(12_000_000).map((_, i) => i + 1);
		const outcome = await keeper.start(news(3), { state: { ...state, known } });
		deepEqual(outcome, { kind: "tooLarge", lines: known.length });
		equal(keeper.learned.length, 0);
	});

	it("ends where it is cancelled, with all that it learned until then", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		const cancel = new CancelSource();
		const asked = keeper.start(news(12), { cancel, onScore: (_, learned) => learned >= 4 && cancel.cancel() });
		await asked.then(
			() => ok(false, "it went on"),
			() => {},
		);
		const state = keeper.saved.at(-1);
		ok(state !== undefined && state.stream.learned >= 4);
		keeper.state = state;
		ok((await keeper.run(news(12))).learned > state.stream.learned);
	});

	it("shows no line twice that it learned before it was cancelled in the middle of a file", async () => {
		const file = fileOf(trained[0] ?? "", madeUpCode(7, 800));
		const whole = new Keeper();
		await whole.run([]);
		const { predicted } = (await whole.run([file])).score;
		const keeper = new Keeper();
		await keeper.run([]);
		const cancel = new CancelSource();
		let waits = 0;
		const pause = async () => {
			if (++waits === 4) cancel.cancel();
		};
		await rejects(keeper.start([file], { cancel, pause }), { code: "cancelled" });
		keeper.state = keeper.saved.at(-1);
		ok((keeper.state?.stream.predicted.windows ?? 0) > 0);
		const { predicted: both } = (await keeper.run([file])).score;
		// The rest of the line that was begun is left out, which may spare a window.
		const [windows, bytes] = [predicted.windows - both.windows, predicted.bytes - both.bytes];
		ok(windows === 0 || windows === 1, `${both.windows} windows, ${predicted.windows} without a break`);
		ok(bytes >= 0 && bytes < longestLine(file.text), `${both.bytes} bytes, ${predicted.bytes} without a break`);
	});

	it("waits before each step for whoever types", async () => {
		const keeper = new Keeper();
		await keeper.run([]);
		let waits = 0;
		await keeper.run(news(3), { pause: async () => void waits++ });
		ok(waits >= 3);
	});
});
