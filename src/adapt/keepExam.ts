/** The exam of what keep-learning learned: against what is served, by the gate that every adapter passes, on text it never learned. */
import { takeExam } from "./exam.ts";
import { fewestJudgedFiles } from "./holdOut.ts";
import { judge, type Verdict } from "./judge.ts";
import { type KeepInput, projectInput } from "./keepState.ts";
import { nearCopyShare, type Shingles } from "./nearCopy.ts";
import { type AdaptOutcome, nothingDone, outcomeOf } from "./outcome.ts";
import { openSession, type Prepared, prepare } from "./session.ts";
import type { JudgedUnit } from "./split.ts";
import { type StreamLearner, summaryOf } from "./streamLearner.ts";

export interface Examinee {
	readonly input: KeepInput;
	readonly stream: StreamLearner;
	/** How text was held out while it learned. */
	readonly byBlocks: boolean;
	/** Of what it learned. */
	readonly seen: Shingles;
	/** Exams since one was passed. */
	readonly failed: number;
}

export type KeptExam =
	| {
			readonly kind: "judged";
			readonly outcome: AdaptOutcome;
			/** More of the same would not mend it. */
			readonly hopeless: boolean;
	  }
	/** Too little of the held-out text was never learned. */
	| { readonly kind: "tooFew" }
	/** Other text is held out by now: it would be judged by what it learned. */
	| { readonly kind: "otherHoldOut"; readonly byBlocks: boolean };

/** Reads the project and judges; the learner holds then what it held before. General text is compared with the base, so that many small steps are bounded as one large one is. */
export async function examineKept({ input, stream, byBlocks, seen, failed }: Examinee): Promise<KeptExam> {
	const { learner, preset, seed } = input;
	const session = await openSession(projectInput(input), "online");
	const prepared = withoutSeen(await prepare(session), seen);
	const { exam, split } = prepared;
	if (split.mode === "tooSmall") return { kind: "tooFew" };
	const now = split.mode === "blocks";
	if (now !== byBlocks) return { kind: "otherHoldOut", byBlocks: now };
	if (exam.units.length < fewestJudgedFiles) return { kind: "tooFew" };
	const learned = learner.save();
	const base = await takeExam(session, exam, "off");
	learner.load(input.served);
	const served = input.servedId === "base" ? base : await takeExam(session, exam, "on");
	learner.load(learned);
	const after = await takeExam(session, exam, "on");
	const before = { ...served, guard: base.guard };
	const verdict = judge(exam, before, after, preset.judging.guardBound, seed, examLevel(failed + 1));
	const { state, skipped } = stream;
	const { learned: steps, predicted } = state;
	const outcome = outcomeOf(session, prepared, verdict, {
		...{ ...nothingDone, before, after, skipped, scored: predicted.windows, selected: steps, learned: steps },
		...{
			training: { end: "finished", steps, bestStep: steps, evaluations: [], losses: stream.losses, start: "resumed" },
		},
		stream: summaryOf(stream),
	});
	return { kind: "judged", outcome, hopeless: isHopeless(verdict) };
}

/**
 * Level of the interval of the `attempt`-th exam (1, 2, ...) since one was passed. An exam that is taken again and again is passed by
 * chance one day: all together may err in 5 % of cases, so each one's share of that is smaller (1 / (k (k + 1)) sums to 1).
 */
export function examLevel(attempt: number): number {
	return 1 - 0.05 / (attempt * (attempt + 1));
}

/** Lines move between blocks as others are inserted before them, and files are renamed: what judges now may have been learned. */
function withoutSeen(prepared: Prepared, seen: Shingles): Prepared {
	const { exam, split } = prepared;
	const isNew = ({ document, range }: JudgedUnit) =>
		seen.shareOf(document.tokens.subarray(range.from, range.to)) <= nearCopyShare;
	const units = exam.units.filter(isNew);
	const nearCopies = split.nearCopies + exam.units.length - units.length;
	return { ...prepared, exam: { ...exam, units }, split: { ...split, nearCopies } };
}

function isHopeless(verdict: Verdict): boolean {
	if (verdict.kind !== "rejected") return false;
	return verdict.reason === "guardWorse" || ("change" in verdict && verdict.change.low > 0);
}
