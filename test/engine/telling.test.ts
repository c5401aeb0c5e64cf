import { deepEqual } from "node:assert/strict";
import { nothingYet } from "#adapt/progress";
import { Telling } from "#engine/telling";
import type { AdaptPart } from "#protocol/learning";
import { StepClock } from "#test/adapt/run";

describe("engine/telling", () => {
	const clock = new StepClock();
	let told: string[];
	let telling: Telling;
	beforeEach(() => {
		told = [];
		telling = new Telling(
			(part) => told.push(wordOf(part)),
			clock,
			() => 100,
		);
		clock.time += 10;
	});
	const step = (phase: "scoring" | "learning", done: number, total = 1000) =>
		telling.progress({ phase, done, total, rate: undefined, secondsLeft: undefined });

	it("tells a thousand steps a few times a second, the first and the last among them", () => {
		for (let done = 1; done <= 1000; done++) {
			clock.time += 1 / 1024;
			step("learning", done);
			telling.learning({ ...nothingYet, learned: done });
		}
		telling.flush();
		const steps = told.filter((word) => word.startsWith("learning"));
		deepEqual(steps, ["learning 1", "learning 206", "learning 411", "learning 616", "learning 821", "learning 1000"]);
		deepEqual(told.at(-1), "learned 1000");
		deepEqual(told.length <= 14, true);
	});

	it("leaves nothing of a phase untold when the next begins", () => {
		step("scoring", 1);
		step("scoring", 2);
		telling.learning({ ...nothingYet, learned: 1 });
		telling.learning({ ...nothingYet, learned: 2 });
		step("learning", 1);
		deepEqual(told, ["scoring 1", "learned 1", "scoring 2", "learned 2", "learning 1"]);
	});
});

function wordOf(part: AdaptPart): string {
	if (part.kind === "progress") return `${part.progress.phase} ${part.progress.done}`;
	return part.kind === "learning" ? `learned ${part.now.learned}` : part.kind;
}
