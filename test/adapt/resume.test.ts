import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { LearningNow } from "#adapt/progress";
import { CancelSource } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { finish, killEverywhere } from "#test/adapt/kill";
import { fileOf, madeUpCode, madeUpProject } from "#test/adapt/project";
import { adapt, learnerOf, MemoryCache, MemoryCheckpoint, StepClock } from "#test/adapt/run";

describe("adapt/offline, killed and resumed", () => {
	const project = madeUpProject(12, 25);

	it("ends with the same adapter wherever it is killed", async () => {
		await killEverywhere(project, [40, 130]);
	});

	it("goes on after a cancel, from the very step", async () => {
		const expected = await finish(project, {});
		const cache = new MemoryCache();
		const checkpoint = new MemoryCheckpoint();
		for (const stopAfter of [7, 9, 15]) {
			const cancel = new CancelSource();
			let steps = 0;
			const learner = learnerOf({
				onRun: (what) => {
					if (what === "learn" && ++steps === stopAfter) cancel.cancel();
				},
			});
			await rejects(
				adapt(project, { learner, cache, checkpoint, cancel, resume: true }),
				(error) => error instanceof AttuneError && error.code === "cancelled",
			);
		}
		equal(checkpoint.saved.at(-1)?.step, 31);
		const { state, report } = await finish(project, { cache, checkpoint, resume: true });
		deepEqual(state, expected.state);
		equal(report.training?.start, "resumed");
		// Every pass of every session is counted.
		ok(report.passes.backward === 40);
	});

	it("tells from its first word on what was learned before", async () => {
		const checkpoint = new MemoryCheckpoint();
		const cancel = new CancelSource();
		let steps = 0;
		const learner = learnerOf({
			onRun: (what) => {
				if (what === "learn" && ++steps === 9) cancel.cancel();
			},
		});
		await rejects(adapt(project, { learner, checkpoint, cancel }), { code: "cancelled" });
		const told: LearningNow[] = [];
		const { report } = await adapt(project, { checkpoint, resume: true, onLearning: (now) => told.push(now) });
		equal(report.training?.start, "resumed");
		ok(told.length > 31);
		for (const { learned, losses } of told) {
			ok(learned >= (checkpoint.saved[0]?.learned ?? 0) && learned > 0);
			ok(losses.length > 0);
		}
	});

	it("goes on after a cancel in the midst of an evaluation, and makes up for it", async () => {
		const expected = await finish(project, {});
		const cache = new MemoryCache();
		const checkpoint = new MemoryCheckpoint();
		const evaluated = expected.report.training?.evaluations.map(({ step }) => step) ?? [];
		ok(evaluated.length > 3);
		for (const stopAt of evaluated.slice(1, 3)) {
			const cancel = new CancelSource();
			let steps = checkpoint.saved.at(-1)?.step ?? 0;
			const learner = learnerOf({
				onRun: (what) => {
					if (what === "learn") steps++;
					else if (steps === stopAt) cancel.cancel();
				},
			});
			await rejects(
				adapt(project, { learner, cache, checkpoint, cancel, resume: true }),
				(error) => error instanceof AttuneError && error.code === "cancelled",
			);
			equal(checkpoint.saved.at(-1)?.step, stopAt);
			ok((checkpoint.saved.at(-1)?.evaluations.at(-1)?.step ?? 0) < stopAt);
		}
		const { state, report } = await finish(project, { cache, checkpoint, resume: true });
		deepEqual(state, expected.state);
		deepEqual(report.training?.evaluations, expected.report.training?.evaluations);
		equal(report.training?.start, "resumed");
	});

	it("keeps what the clock decided when it resumes a run of minutes on a slower machine", async () => {
		const cache = new MemoryCache();
		const checkpoint = new MemoryCheckpoint();
		const budget = { minutes: 6, updates: null };
		const timed = (secondsPerWindow: number, stopAt: number) => {
			const clock = new StepClock();
			let steps = 0;
			const learner = learnerOf({
				onRun: (what, windows) => {
					clock.time += secondsPerWindow * windows * (what === "learn" ? 2.5 : 1);
					if (what === "learn" && ++steps === stopAt) throw new Error("killed");
				},
			});
			return { clock, learner };
		};
		await rejects(adapt(project, { ...timed(0.4, 20), cache, checkpoint, budget }), /killed/);
		const planned = checkpoint.saved.at(-1)?.limits;
		const { report } = await adapt(project, { ...timed(0.8, 1e9), cache, checkpoint, budget, resume: true });
		equal(report.training?.start, "resumed");
		deepEqual(checkpoint.saved.at(-1)?.limits, planned);
		ok(report.seconds.total < 6 * 60 * 1.1, String(report.seconds.total));
	});

	it("starts over where files, preset or seed are others", async () => {
		const checkpoint = new MemoryCheckpoint();
		await adapt(project, { checkpoint });
		const start = async (files: typeof project, seed: number) =>
			(await adapt(files, { checkpoint, resume: true, seed })).report.training?.start;
		equal(await start(project, 1), "resumed");
		equal(await start(project, 2), "restarted");
		equal(await start([...project, fileOf("later.ts", madeUpCode(9, 25), 1e12)], 2), "restarted");
	});

	it("has all of its minutes again when it starts over because a file came", async () => {
		const large = madeUpProject(60, 35);
		const budget = { minutes: 6, updates: null };
		const timed = (stopAt: number) => {
			const clock = new StepClock();
			const learner = learnerOf({
				onRun: (what, windows) => {
					clock.time += 0.4 * windows * (what === "learn" ? 2.5 : 1);
					if (clock.time > stopAt) throw new Error("killed");
				},
			});
			return { clock, learner };
		};
		const whole = (await adapt(large, { ...timed(1e9), budget })).report;
		const [cache, checkpoint] = [new MemoryCache(), new MemoryCheckpoint()];
		await rejects(adapt(large, { ...timed(250), cache, checkpoint, budget }), /killed/);
		const files = [...large, fileOf("later.ts", madeUpCode(9, 25), 1e12)];
		const { report } = await adapt(files, { ...timed(1e9), cache, checkpoint, budget, resume: true });
		equal(report.training?.start, "restarted");
		const [steps, wanted] = [report.training?.steps ?? 0, whole.training?.steps ?? 0];
		ok(wanted > 20 && steps > 0.7 * wanted, `${steps} steps, ${wanted} in a run of its own`);
		ok(report.seconds.total < 6 * 60 * 1.1, String(report.seconds.total));
	});
});
