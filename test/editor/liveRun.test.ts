import { deepEqual, equal } from "node:assert/strict";
import { ended, restarted, startRun, withPart } from "#editor/learning/liveRun";
import type { AdaptPart } from "#protocol/learning";

type Phase = Extract<AdaptPart, { kind: "progress" }>["progress"]["phase"];

const progress = (phase: Phase, done: number, total?: number): AdaptPart => ({
	kind: "progress",
	progress: { phase, done, total, rate: 2, secondsLeft: 3 },
});
const learning = (learned: number): AdaptPart => ({
	kind: "learning",
	now: { scored: 9, selected: 8, learned, losses: [{ step: learned, loss: 2 }], evaluations: [] },
	rssMiB: 200,
});

describe("editor/liveRun", () => {
	it("goes through its stages, and knows the two exams apart", () => {
		let run = startRun(1_000);
		const stages: string[] = [];
		for (const phase of ["reading", "judging", "scoring", "learning", "judging"] as const) {
			run = withPart(run, progress(phase, 1, 10));
			stages.push(run.stage);
		}
		deepEqual(stages, ["reading", "judgingBefore", "scoring", "learning", "judgingAfter"]);
	});

	it("keeps what was told last of each kind", () => {
		let run = withPart(startRun(0), { kind: "model", name: "starter", device: "cpu" });
		run = withPart(withPart(run, progress("learning", 4, 10)), learning(4));
		deepEqual([run.model, run.device, run.done, run.total, run.rate, run.secondsLeft], ["starter", "cpu", 4, 10, 2, 3]);
		deepEqual([run.now.learned, run.rssMiB], [4, 200]);
		equal(withPart(run, progress("reading", 3)).total, null);
	});

	it("keeps its curves and its beginning when it goes on from a checkpoint", () => {
		const before = withPart(withPart(startRun(7), progress("learning", 4, 10)), learning(4));
		const run = restarted(before);
		deepEqual([run.restarts, run.startedMs, run.stage, run.now], [1, 7, "reading", before.now]);
		equal(restarted(run).restarts, 2);
	});

	it("ends with a reason, and without a rate", () => {
		const run = ended(withPart(startRun(0), progress("learning", 4, 10)), "failed", 99, "The disk is full.");
		deepEqual(
			[run.state, run.problem, run.endedMs, run.rate, run.secondsLeft],
			[...["failed", "The disk is full.", 99, null, null]],
		);
	});
});
