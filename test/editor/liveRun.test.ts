import { deepEqual, equal } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Memento } from "vscode";
import { KeptRun } from "#editor/learning/keptRun";
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

describe("editor/keptRun", () => {
	const memento = () => {
		const map = new Map<string, string>();
		const update = async (key: string, value: unknown) => {
			if (value === undefined) map.delete(key);
			else map.set(key, JSON.stringify(value));
		};
		const get = (key: string) => (map.has(key) ? JSON.parse(map.get(key) as string) : undefined);
		return { update, get, keys: () => [...map.keys()] } as unknown as Memento;
	};
	const started = startRun(1_000);
	const [early, late] = [withPart(started, learning(3)), withPart(started, learning(4))];

	it("has a run of the window before, as it was written last, with its curves", async () => {
		const memory = memento();
		const kept = new KeptRun(memory, 1);
		equal(kept.interrupted(), null);
		await kept.begin(started);
		deepEqual(new KeptRun(memory).interrupted(), ended(started, "interrupted", 1_000));
		kept.becomes(early);
		kept.becomes(late);
		await sleep(20);
		deepEqual(new KeptRun(memory).interrupted()?.now, late.now);
	});

	it("is told of once, however often the window is opened", async () => {
		const memory = memento();
		await new KeptRun(memory, 1).begin(started);
		const told = async () => {
			const kept = new KeptRun(memory);
			return await kept.tell(kept.interrupted() ?? started);
		};
		deepEqual([await told(), await told()], [true, false]);
		await new KeptRun(memory, 1).begin(startRun(2_000));
		deepEqual([await told(), await told()], [true, false]);
	});

	it("has none that came to its end, and writes nothing after that", async () => {
		const memory = memento();
		const kept = new KeptRun(memory, 1);
		await kept.begin(started);
		kept.becomes(late);
		await kept.end();
		await sleep(20);
		equal(new KeptRun(memory).interrupted(), null);
	});
});
