import { throwIfCancelled } from "#base/cancel";
import { hashString } from "#base/random";
import type { TrainingEnd } from "./checkpoint.ts";
import { learningDeadline, takeExam } from "./exam.ts";
import { judge } from "./judge.ts";
import { type AdaptOutcome, type Done, nothingDone, outcomeOf } from "./outcome.ts";
import { meter } from "./progress.ts";
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
	const session = await openSession(input, "online");
	const prepared = await prepare(session);
	const { exam, split } = prepared;
	if (split.mode === "tooSmall") {
		return outcomeOf(session, prepared, { kind: "tooSmall", heldOutTokens: split.heldOutTokens }, nothingDone);
	}
	const before = await takeExam(session, exam, "off");
	const run = openRun(session, prepared, input.changes);
	const end = await session.timed("learning", () => follow(run, learningDeadline(session, exam)));
	const done = { ...doneOf(run, end), before };
	if (end === "diverged" || run.stream.state.learned === 0) {
		const reason = end === "diverged" ? "diverged" : run.stream.state.position === 0 ? "outOfTime" : "nothingSelected";
		return outcomeOf(session, prepared, { kind: "rejected", reason }, done);
	}
	const after = await takeExam(session, exam, "on");
	const verdict = judge(exam, before, after, input.preset.judging.guardBound, input.seed);
	return outcomeOf(session, prepared, verdict, { ...done, after });
}

interface Run {
	readonly session: Session;
	readonly chunks: AsyncIterable<readonly StreamItem[]>;
	readonly total: number | undefined;
	readonly stream: StreamLearner;
	readonly fingerprint: string;
	readonly start: "fresh" | "resumed" | "restarted";
}

function openRun(session: Session, { split }: Prepared, changes: AsyncIterable<FeedItem> | null): Run {
	const { input, state, scoring, limits } = session;
	const { period, compareEvery } = input.preset.online;
	const fingerprint =
		changes === null
			? fingerprintOf(
					session,
					split.train.map(({ window }) => window),
				)
			: "watch";
	const same = state?.fingerprint === fingerprint ? state : undefined;
	if (same !== undefined) input.learner.load(same.learner);
	const ports = { preset: input.preset, scoring, cancel: input.cancel, limit: limits.learnedWindows, compareEvery };
	const stream = openStream(ports, same?.stream ?? undefined, same?.losses);
	const rest = split.train.slice(stream.state.position);
	const items: Iterable<StreamItem> = rest.map((source) => ({ source, reason: undefined }));
	return {
		...{ session, stream, fingerprint },
		chunks:
			changes === null
				? chunksOf([items], period)
				: chunksOf(changedWindows(changes, split.mode === "blocks", input), period),
		total: changes === null ? split.train.length : undefined,
		start: state !== undefined && same === undefined ? "restarted" : session.start,
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

async function follow(run: Run, deadline: number): Promise<TrainingEnd> {
	const { session, stream } = run;
	const { state } = stream;
	const { clock, onProgress, learner, preset, cancel } = session.input;
	const progress = meter("learning", run.total, clock, onProgress, state.position);
	let saved = { seconds: clock.seconds(), position: state.position };
	for await (const chunk of run.chunks) {
		if (cancel.cancelled) await save(run);
		throwIfCancelled(cancel);
		if (session.spent() >= deadline) return "outOfTime";
		if (preset.online.freshOptimizer) learner.resetOptimizer();
		const finite = await learnChunk(stream, chunk);
		if (!finite) return "diverged";
		progress(state.position);
		const { predicted, learned } = state;
		session.grown({ scored: predicted.windows, selected: learned, learned, losses: stream.losses });
		if (state.learned >= session.limits.learnedWindows) return "finished";
		const due = state.position - saved.position >= checkpointWindows;
		if (!due && clock.seconds() - saved.seconds < checkpointSeconds) continue;
		await save(run);
		saved = { seconds: clock.seconds(), position: state.position };
	}
	await save(run);
	return "finished";
}

async function save({ session, fingerprint, stream }: Run): Promise<void> {
	await session.input.checkpoint.save({
		request: session.request,
		fingerprint,
		limits: session.limits,
		step: stream.state.learned,
		learner: session.input.learner.save(),
		best: null,
		evaluations: [],
		losses: stream.losses,
		ended: null,
		seconds: session.spent(),
		passes: session.passes(),
		stream: streamState(stream),
	});
}

function doneOf({ stream, start }: Run, end: TrainingEnd): Done {
	const { skipped, losses, state } = stream;
	const { learned, predicted } = state;
	const training = { end, steps: learned, bestStep: learned, evaluations: [], losses, start };
	return {
		...nothingDone,
		...{ scored: predicted.windows, selected: learned, learned, skipped, training, stream: summaryOf(stream) },
	};
}
