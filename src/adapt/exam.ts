import { type Exam, examine, examSize, guardChangeOf, type Marks } from "./judge.ts";
import { meter } from "./progress.ts";
import { addSums, scoreWindows } from "./scoring.ts";
import type { WindowSum } from "./select.ts";
import type { Session } from "./session.ts";

/** `guard`: what the guard text costs, where that is known. */
export function takeExam(session: Session, exam: Exam, adapter: "on" | "off", guard?: WindowSum): Promise<Marks> {
	const { clock, onProgress, tokenizer } = session.input;
	const progress = meter("judging", examSize(exam), clock, onProgress);
	return session.timed("judging", () => examine(exam, adapter, session.scoring, tokenizer, progress, guard));
}

/** An adapter weaker than this is no longer what was learned. */
const leastStrength = 0.5;
/** Where in the bound a weakened adapter is meant to come to lie. */
const aim = 0.9;

/**
 * Weakens the learner's adapter where all of it makes the guard text more worse than its bound allows, and less of it would
 * not: minutes of learning are then not lost over a hair. What general text loses grows with about the square of the strength.
 */
export async function fitGuard(
	session: Session,
	exam: Exam,
	before: WindowSum,
): Promise<{ readonly strength: number; readonly guard: WindowSum }> {
	const { learner, preset, cancel } = session.input;
	const { guardBound, weakens } = preset.judging;
	const measure = async () => addSums(await scoreWindows(exam.guard, "on", learner, cancel));
	return session.timed("judging", async () => {
		let guard = await measure();
		let strength = 1;
		for (;;) {
			const change = guardChangeOf(before, guard);
			const factor = Math.sqrt((aim * guardBound) / change);
			if (!weakens || change <= guardBound || !(strength * factor >= leastStrength)) return { strength, guard };
			learner.weaken(factor);
			strength *= factor;
			guard = await measure();
		}
	});
}

/** Seconds of the run at which learning must end, so that the second exam still fits the minutes. */
export function learningDeadline(session: Session, exam: Exam): number {
	const { minutes } = session.input.budget;
	if (minutes === null) return Number.POSITIVE_INFINITY;
	const exams = (examSize(exam) + exam.lines.length) * session.secondsPerWindow;
	return Math.max(minutes * 60 - 1.1 * Math.max(exams, session.seconds().judging), 0);
}
