import { throwIfCancelled } from "#base/cancel";
import { hashString } from "#base/random";
import type { TrainingEnd } from "./checkpoint.ts";
import { fitGuard, learningDeadline, takeExam } from "./exam.ts";
import { openInfill } from "./infill.ts";
import { judge } from "./judge.ts";
import {
	evaluate,
	evaluatedAt,
	evaluationInterval,
	type Monitored,
	type MonitorPorts,
	monitors,
	openMonitor,
	startMonitored,
	takeBest,
} from "./monitor.ts";
import { Shingles } from "./nearCopy.ts";
import { type AdaptOutcome, type Done, nothingDone, outcomeOf } from "./outcome.ts";
import { meter } from "./progress.ts";
import type { TrainingSummary } from "./report.ts";
import { type AdaptInput, openSession, type Prepared, prepare, type Session } from "./session.ts";
import type { FeedItem } from "./source.ts";
import { changedWindows, chunksOf, type StreamItem } from "./stream.ts";
import { learnChunk, openStream, type StreamLearner, streamState, summaryOf } from "./streamLearner.ts";
import { windowKey } from "./windowKey.ts";

export interface OnlineInput extends AdaptInput {
	/** Files as they change, learned instead of the project; the run ends, and is judged, when it ends. Null: the project itself is the stream. */
	readonly changes: AsyncIterable<FeedItem> | null;
}

/**
 * Predicts each window, then learns it if it was surprising, in the same forward. Held-out text of the project is neither
 * predicted nor learned: it judges the adapter at the end. Goes on from a checkpoint at the end of a chunk.
 */
export async function adaptOnline(input: OnlineInput): Promise<AdaptOutcome> {
	const opened = await openSession(input, "online");
	const prepared = await prepare(opened);
	const { exam, split } = prepared;
	if (split.mode === "tooSmall") {
		return outcomeOf(opened, prepared, { kind: "tooSmall", heldOutTokens: split.heldOutTokens }, nothingDone);
	}
	const before = await takeExam(opened, exam, "off");
	const run = await openRun(opened, prepared, input.changes);
	const { session } = run;
	await session.timed("learning", () => follow(run, learningDeadline(session, exam)));
	const bestStep = takeBest(run.monitor, run.monitored);
	const done = { ...doneOf(run, bestStep), before };
	const failed = failureOf(run, bestStep);
	if (failed !== undefined) return outcomeOf(session, prepared, { kind: "rejected", reason: failed }, done);
	const { strength, guard } = await fitGuard(session, exam, before.guard);
	const after = await takeExam(session, exam, "on", guard);
	const judged = judge(exam, before, after, input.preset.judging.guardBound, input.seed);
	const verdict = judged.kind === "accepted" ? { ...judged, strength } : judged;
	return outcomeOf(session, prepared, verdict, { ...done, after, training: { ...done.training, strength } });
}

/** Why there is nothing to judge. A run that diverged after a good evaluation is judged by that. */
function failureOf(
	{ monitored, stream }: Run,
	bestStep: number,
): "diverged" | "outOfTime" | "nothingSelected" | undefined {
	const { learned, position } = stream.state;
	if (monitored.ended === "diverged" && (bestStep === 0 || bestStep === learned)) return "diverged";
	if (learned > 0) return undefined;
	return position === 0 ? "outOfTime" : "nothingSelected";
}

interface Run {
	readonly session: Session;
	readonly chunks: AsyncIterable<readonly StreamItem[]>;
	readonly total: number | undefined;
	readonly stream: StreamLearner;
	readonly monitor: MonitorPorts;
	readonly monitored: Monitored;
	/** Windows learned between two evaluations. */
	readonly interval: number;
	readonly fingerprint: string;
}

async function openRun(
	opened: Session,
	{ split, exam, watch }: Prepared,
	changes: AsyncIterable<FeedItem> | null,
): Promise<Run> {
	const { input } = opened;
	const { period, compareEvery } = input.preset.online;
	const windows = split.train.map(({ window }) => window);
	const fingerprint = changes === null ? fingerprintOf(opened, windows) : "watch";
	const ofOthers = opened.state !== undefined && opened.state.fingerprint !== fingerprint;
	const session = ofOthers ? opened.startOver() : opened;
	const { state, scoring, limits } = session;
	// News is not to be dropped because what was there before gains nothing from it.
	const monitor = await openMonitor(session, { validate: changes === null ? split.validate : [], watch });
	const monitored = startMonitored(monitor);
	if (state !== undefined) {
		input.learner.load(state.learner);
		const { step, best, evaluations, ended } = state;
		Object.assign(monitored, { step, best, evaluations, ended });
	}
	const ports = {
		...{ preset: input.preset, scoring, cancel: input.cancel, compareEvery },
		...{ limit: limits.learnedWindows, infill: openInfill(input) },
	};
	const stream = openStream(ports, state?.stream ?? undefined, state?.losses);
	const rest = split.train.slice(stream.state.position);
	const items: Iterable<StreamItem> = rest.map((source) => ({ source, reason: undefined }));
	const judged = new Shingles();
	for (const { document, range } of exam.units) judged.add(document.tokens.subarray(range.from, range.to));
	const { tokenizer, learner, modelId } = input;
	const context = { tokenizer, learner, modelId, judged };
	return {
		...{ session, stream, monitor, monitored, fingerprint },
		interval: evaluationInterval(changes === null ? split.train.length : 0, monitor.validate.length + watch.length, 1),
		chunks:
			changes === null
				? chunksOf([items], period)
				: chunksOf(changedWindows(changes, split.mode === "blocks", context), period),
		total: changes === null ? split.train.length : undefined,
	};
}

function fingerprintOf(session: Session, windows: Parameters<typeof windowKey>[0][]): string {
	let hash = windows.length;
	for (const window of windows) hash = hashString(windowKey(window, session.input.modelId), hash);
	return `stream-${hash.toString(16)}`;
}

/** A checkpoint is written at the end of a chunk, after this many seconds or windows. */
const checkpointSeconds = 30;
const checkpointWindows = 50;

/** Until the stream, the budget or the time is at its end, or the monitor says so: `monitored.ended` says which. */
async function follow(run: Run, deadline: number): Promise<void> {
	const { session, stream, monitored } = run;
	if (monitored.ended !== null) return;
	const { state } = stream;
	const { clock, onProgress, learner, preset, cancel } = session.input;
	const progress = meter("learning", run.total, clock, onProgress, state.position);
	let saved = { seconds: clock.seconds(), position: state.position };
	let end: TrainingEnd = "finished";
	// The run may have been cancelled before its last evaluation was over.
	await evaluateWhereDue(run);
	for await (const chunk of run.chunks) {
		if (cancel.cancelled) await save(run);
		throwIfCancelled(cancel);
		if (session.spent() >= deadline) {
			end = "outOfTime";
			break;
		}
		if (preset.online.freshOptimizer) learner.resetOptimizer();
		if (!(await learnChunk(stream, chunk))) monitored.ended = "diverged";
		monitored.step = state.learned;
		await evaluateWhereDue(run);
		progress(state.position);
		tell(run);
		if (monitored.ended !== null || state.learned >= session.limits.learnedWindows) break;
		const due = state.position - saved.position >= checkpointWindows;
		if (!due && clock.seconds() - saved.seconds < checkpointSeconds) continue;
		await save(run);
		saved = { seconds: clock.seconds(), position: state.position };
	}
	// A stream of changes ends so as well.
	if (cancel.cancelled) await save(run);
	throwIfCancelled(cancel);
	await finish(run, end);
}

async function evaluateWhereDue(run: Run): Promise<void> {
	const { monitor, monitored, interval } = run;
	const due = Math.floor(monitored.step / interval) > Math.floor(evaluatedAt(monitored) / interval);
	if (due && monitored.ended === null && monitors(monitor)) await evaluate(monitor, monitored, () => save(run));
}

/** The last adapter may be the best one, too. Why it ended is kept: a run killed while it is judged resumes with its verdict. */
async function finish(run: Run, end: TrainingEnd): Promise<void> {
	const { monitor, monitored } = run;
	if (monitored.ended === null && monitors(monitor) && evaluatedAt(monitored) < monitored.step)
		await evaluate(monitor, monitored, () => save(run));
	monitored.ended ??= end;
	tell(run);
	await save(run);
}

function tell({ session, stream, monitored: { evaluations } }: Run): void {
	const { predicted, learned } = stream.state;
	session.grown({ scored: predicted.windows, selected: learned, learned, losses: stream.losses, evaluations });
}

async function save({ session, fingerprint, stream, monitored }: Run): Promise<void> {
	await session.input.checkpoint.save({
		...monitored,
		learned: stream.state.learned,
		request: session.request,
		fingerprint,
		limits: session.limits,
		learner: session.input.learner.save(),
		losses: stream.losses,
		seconds: session.spent(),
		passes: session.passes(),
		stream: streamState(stream),
	});
}

function doneOf(
	{ session: { start }, stream, monitored }: Run,
	bestStep: number,
): Done & { training: TrainingSummary } {
	const { skipped, losses, state } = stream;
	const { learned, predicted } = state;
	const { ended, evaluations } = monitored;
	const training = { end: ended ?? "finished", steps: learned, bestStep, evaluations, losses, start };
	return {
		...nothingDone,
		...{ scored: predicted.windows, selected: learned, learned, skipped, training, stream: summaryOf(stream) },
	};
}
