import { type Exam, examine, examSize, type Marks } from "./judge.ts";
import { meter } from "./progress.ts";
import type { Session } from "./session.ts";

export function takeExam(session: Session, exam: Exam, adapter: "on" | "off"): Promise<Marks> {
	const { clock, onProgress, tokenizer } = session.input;
	const progress = meter("judging", examSize(exam), clock, onProgress);
	return session.timed("judging", () => examine(exam, adapter, session.scoring, tokenizer, progress));
}

/** Seconds of the run at which learning must end, so that the second exam still fits the minutes. */
export function learningDeadline(session: Session, exam: Exam): number {
	const { minutes } = session.input.budget;
	if (minutes === null) return Number.POSITIVE_INFINITY;
	const exams = (examSize(exam) + exam.lines.length) * session.secondsPerWindow;
	return Math.max(minutes * 60 - 1.1 * Math.max(exams, session.seconds().judging), 0);
}
