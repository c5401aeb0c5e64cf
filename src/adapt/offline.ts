import { hashString } from "#base/random";
import type { RunLimits } from "./checkpoint.ts";
import { forwardsPerStep, scoringShare } from "./estimate.ts";
import { fitGuard, learningDeadline, takeExam } from "./exam.ts";
import { surprisingFiles } from "./fileSurprise.ts";
import { openInfill } from "./infill.ts";
import { judge } from "./judge.ts";
import type { WeightedWindow } from "./learner.ts";
import { evaluationInterval, openMonitor } from "./monitor.ts";
import { compareText } from "./order.ts";
import { type AdaptOutcome, type Done, nothingDone, outcomeOf } from "./outcome.ts";
import { meter } from "./progress.ts";
import { countSkips, type TrainingSummary } from "./report.ts";
import { scoreBase } from "./scoring.ts";
import { type ScoredWindow, type Selection, selectWindows, type WindowSkip } from "./select.ts";
import { type AdaptInput, openSession, type Prepared, prepare, type Session } from "./session.ts";
import { type Run, train } from "./train.ts";
import { windowKey } from "./windowKey.ts";

/**
 * Reads, holds out, scores with the base, selects, trains, judges. Only selected windows run forward and backward. The
 * same input, seed and bound of updates give the same adapter, whatever the cache holds and however often the run was
 * killed and resumed. Throws `cancelled` between two steps once the token says so; the checkpoint stands then.
 */
export async function adaptOffline(input: AdaptInput): Promise<AdaptOutcome> {
	const opened = await openSession(input, "offline");
	const prepared = await prepare(opened);
	const { exam, split } = prepared;
	if (split.mode === "tooSmall") {
		return outcomeOf(opened, prepared, { kind: "tooSmall", heldOutTokens: split.heldOutTokens }, nothingDone);
	}
	const before = await takeExam(opened, exam, "off");
	const { session, pool, choice, deadline } = await choose(opened, prepared);
	session.grown({ selected: choice.selected });
	const scored: Done = {
		...nothingDone,
		before,
		scored: pool.length,
		selected: choice.selected,
		skipped: choice.skipped,
		surprises: choice.surprises,
	};
	if (choice.windows.length === 0) {
		const reason = pool.length === 0 && split.train.length > 0 ? "outOfTime" : "nothingSelected";
		return outcomeOf(session, prepared, { kind: "rejected", reason }, scored);
	}
	const { training, learned } = await learn(session, prepared, choice, deadline);
	const done: Done = { ...scored, training, learned };
	const failed = failureOf(training);
	if (failed !== undefined) return outcomeOf(session, prepared, { kind: "rejected", reason: failed }, done);
	const { strength, guard } = await fitGuard(session, exam, before.guard);
	const after = await takeExam(session, exam, "on", guard);
	const judged = judge(exam, before, after, input.preset.judging.guardBound, input.seed);
	const verdict = judged.kind === "accepted" ? { ...judged, strength } : judged;
	return outcomeOf(session, prepared, verdict, { ...done, after, training: { ...training, strength } });
}

interface Chosen {
	readonly session: Session;
	readonly pool: readonly ScoredWindow[];
	readonly choice: Choice;
	readonly deadline: number;
}

/** What is learned; by a new run where the checkpoint is of other files. */
async function choose(session: Session, prepared: Prepared): Promise<Chosen> {
	const deadline = learningDeadline(session, prepared.exam);
	const pool = await scorePool(session, prepared, deadline);
	const choice = chooseWindows(session, prepared, pool, deadline);
	const { state } = session;
	const same = state === undefined || state.fingerprint === choice.fingerprint;
	return same ? { session, pool, choice, deadline } : choose(session.startOver(), prepared);
}

/** The pool scored by the base: recently changed first, as far as bounds and time reach. */
async function scorePool(session: Session, { split }: Prepared, deadline: number): Promise<ScoredWindow[]> {
	const { input, limits, state } = session;
	const sources = split.train.slice(0, Math.min(limits.scoredWindows, split.train.length));
	const progress = meter("scoring", sources.length, input.clock, input.onProgress);
	const from = session.spent();
	// A resumed run scores what it scored the first time, however long that takes now.
	const until = state === undefined ? from + scoringShare * (deadline - from) : Number.POSITIVE_INFINITY;
	const tell = (done: number): void => {
		progress(done);
		session.grown({ scored: done });
	};
	const windows = sources.map(({ window }) => window);
	const sums = await session.timed("scoring", () =>
		scoreBase(windows, session.scoring, tell, () => session.spent() >= until),
	);
	return sums.flatMap((base, i) => {
		const source = sources[i];
		return source === undefined ? [] : [{ source, base }];
	});
}

interface Choice {
	/** In an order of paths. */
	readonly windows: readonly WeightedWindow[];
	/** By the rule, before the budget. */
	readonly selected: number;
	readonly skipped: Done["skipped"];
	readonly surprises: Done["surprises"];
	readonly steps: number;
	readonly limits: RunLimits;
	readonly fingerprint: string;
}

/** Selects by the preset's rule, then keeps what the budget reaches, most recent first. */
function chooseWindows(
	session: Session,
	{ exam, split, watch }: Prepared,
	pool: readonly ScoredWindow[],
	deadline: number,
): Choice {
	const { input } = session;
	const { batch, epochs } = input.preset.offline;
	const learnedWindows = affordableWindows(session, split.validate.length + watch.length, deadline);
	const skips: WindowSkip[] = [];
	const chosen: { readonly scored: ScoredWindow; readonly weight: number }[] = [];
	const selections: readonly Selection[] = selectWindows(pool, input.preset.selection);
	for (const [i, scored] of pool.entries()) {
		const selection = selections[i] as Selection;
		if (selection.kind === "skipped") skips.push(selection.reason);
		else if (chosen.length >= learnedWindows) skips.push("overBudget");
		else chosen.push({ scored, weight: selection.weight });
	}
	chosen.sort(
		({ scored: { source: a } }, { scored: { source: b } }) =>
			compareText(a.path, b.path) || a.window.tokens.byteOffset - b.window.tokens.byteOffset,
	);
	const windows = chosen.map(({ scored, weight }) => ({ window: scored.source.window, weight }));
	const steps = Math.max(1, Math.floor(Math.min(learnedWindows, windows.length * epochs + batch - 1) / batch));
	const limits = { ...session.limits, scoredWindows: pool.length, learnedWindows, lines: exam.lines.length };
	const skipped = countSkips(skips);
	const selected = windows.length + (skipped.overBudget ?? 0);
	const taken = new Set(chosen.map(({ scored }) => scored));
	const surprises = surprisingFiles(pool, (scored) => taken.has(scored));
	return { windows, selected, skipped, surprises, steps, limits, fingerprint: fingerprintOf(input, windows, steps) };
}

/** Windows that can be shown before the deadline, evaluations on `validate` windows taken into account. */
function affordableWindows(session: Session, validate: number, deadline: number): number {
	const { limits, secondsPerWindow, state } = session;
	const { batch } = session.input.preset.offline;
	if (state !== undefined || !Number.isFinite(deadline) || secondsPerWindow === 0) return limits.learnedWindows;
	const forwards = Math.max(0, deadline - session.spent()) / secondsPerWindow;
	const interval = evaluationInterval(forwards / forwardsPerStep / batch, validate, batch);
	const perWindow = forwardsPerStep + validate / interval / batch;
	return Math.max(1, Math.min(limits.learnedWindows, Math.floor(forwards / perWindow)));
}

/** Two runs with the same fingerprint take the same steps. */
function fingerprintOf(input: AdaptInput, windows: readonly WeightedWindow[], steps: number): string {
	let hash = hashString(JSON.stringify([input.preset, input.modelId, input.seed, steps, windows.length]));
	let check = hash;
	for (const { window, weight } of windows) {
		const text = `${windowKey(window, input.modelId)} ${weight}`;
		hash = hashString(text, hash);
		check = hashString(text, check ^ 0x5bd1e995);
	}
	return `${hash.toString(16)}-${check.toString(16)}`;
}

async function learn(
	session: Session,
	{ split, watch }: Prepared,
	choice: Choice,
	deadline: number,
): Promise<{ readonly training: TrainingSummary; readonly learned: number }> {
	const { input, state, start } = session;
	const { seed, clock, checkpoint, onProgress } = input;
	const job = {
		...{ seed, clock, checkpoint, onProgress },
		monitor: await openMonitor(session, { validate: split.validate, watch }),
		infill: openInfill(input),
		...{ windows: choice.windows, steps: choice.steps, fingerprint: choice.fingerprint, limits: choice.limits },
		request: session.request,
		deadline,
		spent: session.spent,
		passes: session.passes,
		onStep: ({ learned, losses, evaluations }: Run) => session.grown({ learned, losses, evaluations }),
	};
	const { learned, ...result } = await session.timed("learning", () => train(job, state));
	return { training: { ...result, start }, learned };
}

/** Why there is nothing to judge. A run that diverged after a good evaluation is judged by that. */
function failureOf({ end, steps, bestStep }: TrainingSummary): "outOfTime" | "diverged" | undefined {
	if (end === "diverged" && (bestStep === 0 || bestStep === steps)) return "diverged";
	return steps === 0 ? "outOfTime" : undefined;
}
