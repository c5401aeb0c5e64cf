import { throwIfCancelled } from "#base/cancel";
import { hashString } from "#base/random";
import type { Evaluation, StreamState, StreamTotal, TrainingEnd } from "./checkpoint.ts";
import { withLoss } from "./curve.ts";
import { learningDeadline, takeExam } from "./exam.ts";
import { openGate, type SurpriseGate } from "./gate.ts";
import { judge } from "./judge.ts";
import type { WindowScore } from "./learner.ts";
import { type AdaptOutcome, type Done, nothingDone, outcomeOf } from "./outcome.ts";
import { meter } from "./progress.ts";
import type { PrequentialScore, StreamSummary } from "./report.ts";
import { scoreBase, scoreWindows, sumOf } from "./scoring.ts";
import { meanNll, type WindowSkip, type WindowSum } from "./select.ts";
import { type AdaptInput, openSession, type Prepared, prepare, type Session } from "./session.ts";
import type { FeedItem } from "./source.ts";
import { changedWindows, chunksOf, type StreamItem } from "./stream.ts";
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
	if (end === "diverged" || run.state.learned === 0) {
		const reason = end === "diverged" ? "diverged" : run.state.position === 0 ? "outOfTime" : "nothingSelected";
		return outcomeOf(session, prepared, { kind: "rejected", reason }, done);
	}
	const after = await takeExam(session, exam, "on");
	const verdict = judge(exam, before, after, input.preset.judging.guardBound, input.seed);
	return outcomeOf(session, prepared, verdict, { ...done, after });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Run {
	readonly session: Session;
	readonly stream: AsyncIterable<readonly StreamItem[]>;
	readonly total: number | undefined;
	readonly gate: SurpriseGate;
	readonly state: Mutable<Omit<StreamState, "surprise" | "skipped">>;
	readonly skipped: Partial<Record<WindowSkip, number>>;
	losses: readonly Evaluation[];
	readonly fingerprint: string;
	readonly start: "fresh" | "resumed" | "restarted";
}

const nothing: StreamTotal = { windows: 0, tokens: 0, bytes: 0, nll: 0, top1: 0 };

function openRun(session: Session, { split }: Prepared, changes: AsyncIterable<FeedItem> | null): Run {
	const { input, state } = session;
	const { period } = input.preset.online;
	const fingerprint =
		changes === null
			? fingerprintOf(
					session,
					split.train.map(({ window }) => window),
				)
			: "watch";
	const same = state?.fingerprint === fingerprint ? state : undefined;
	if (same !== undefined) input.learner.load(same.learner);
	const known = same?.stream ?? undefined;
	const position = known?.position ?? 0;
	const items: Iterable<StreamItem> = split.train.slice(position).map((source) => ({ source, reason: undefined }));
	return {
		session,
		stream:
			changes === null
				? chunksOf([items], period)
				: chunksOf(changedWindows(changes, split.mode === "blocks", input), period),
		total: changes === null ? split.train.length : undefined,
		gate: openGate(input.preset.selection, known?.surprise),
		state: {
			position,
			learned: known?.learned ?? 0,
			predicted: known?.predicted ?? nothing,
			comparedAdapted: known?.comparedAdapted ?? nothing,
			comparedBase: known?.comparedBase ?? nothing,
		},
		skipped: { ...known?.skipped },
		losses: same?.losses ?? [],
		fingerprint,
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
	const { session, state } = run;
	const { clock, onProgress, learner, preset, cancel } = session.input;
	const progress = meter("learning", run.total, clock, onProgress, state.position);
	let saved = { seconds: clock.seconds(), position: state.position };
	for await (const chunk of run.stream) {
		if (cancel.cancelled) await save(run);
		throwIfCancelled(cancel);
		if (session.spent() >= deadline) return "outOfTime";
		if (preset.online.freshOptimizer) learner.resetOptimizer();
		const finite = await learnChunk(run, chunk);
		if (!finite) return "diverged";
		progress(state.position);
		const { predicted, learned } = state;
		session.grown({ scored: predicted.windows, selected: learned, learned, losses: run.losses });
		if (state.learned >= session.limits.learnedWindows) return "finished";
		const due = state.position - saved.position >= checkpointWindows;
		if (!due && clock.seconds() - saved.seconds < checkpointSeconds) continue;
		await save(run);
		saved = { seconds: clock.seconds(), position: state.position };
	}
	await save(run);
	return "finished";
}

/** False if a step was not finite. */
async function learnChunk(run: Run, chunk: readonly StreamItem[]): Promise<boolean> {
	const { learner, preset, cancel } = run.session.input;
	const shown = chunk.filter(({ reason }) => reason === undefined).map(({ source }) => source.window);
	const ahead = preset.online.predict === "chunk" ? await scoreWindows(shown, "on", learner, cancel) : undefined;
	let next = 0;
	for (const item of chunk) {
		if (run.state.learned >= run.session.limits.learnedWindows) break;
		if (item.reason !== undefined) skip(run, item.reason);
		else if (!(await learnWindow(run, item, ahead?.[next++]))) return false;
		run.state.position++;
	}
	return true;
}

async function learnWindow(run: Run, { source }: StreamItem, ahead: WindowSum | undefined): Promise<boolean> {
	const { learner, preset } = run.session.input;
	const { window } = source;
	const gate = run.gate.gateFor(source);
	let score: WindowScore;
	if (gate === "tooShort") {
		score = (await learner.score([window], "on"))[0] as WindowScore;
		skip(run, "tooShort");
	} else {
		const result = await learner.learnIfSurprising(window, gate, preset.online.learningRate);
		score = result.score;
		if (result.learned) {
			run.state.learned++;
			if (!Number.isFinite(result.gradientNorm)) return false;
		} else {
			skip(run, run.gate.reasonFor(source, gate, meanNll(sumOf(score))));
		}
	}
	const sum = sumOf(score);
	if (!Number.isFinite(sum.nll)) return false;
	run.gate.record(source, meanNll(sum));
	await record(run, window, ahead ?? sum);
	return true;
}

/** Adds a prediction, and the base's of the same window at every n-th. */
async function record(run: Run, window: Parameters<typeof windowKey>[0], predicted: WindowSum): Promise<void> {
	const { state, session } = run;
	state.predicted = add(state.predicted, predicted, window.bytes);
	run.losses = withLoss(run.losses, state.predicted.windows, meanNll(predicted));
	if (state.position % session.input.preset.online.compareEvery !== 0) return;
	const [base] = await scoreBase([window], session.scoring);
	if (base === undefined) return;
	state.comparedAdapted = add(state.comparedAdapted, predicted, window.bytes);
	state.comparedBase = add(state.comparedBase, base, window.bytes);
}

function add(total: StreamTotal, sum: WindowSum, bytes: number): StreamTotal {
	return {
		windows: total.windows + 1,
		tokens: total.tokens + sum.tokens,
		bytes: total.bytes + bytes,
		nll: total.nll + sum.nll,
		top1: total.top1 + sum.top1,
	};
}

function skip(run: Run, reason: WindowSkip): void {
	run.skipped[reason] = (run.skipped[reason] ?? 0) + 1;
}

async function save(run: Run): Promise<void> {
	const { session, fingerprint, state } = run;
	await session.input.checkpoint.save({
		request: session.request,
		fingerprint,
		limits: session.limits,
		step: state.learned,
		learner: session.input.learner.save(),
		best: null,
		evaluations: [],
		losses: run.losses,
		ended: null,
		seconds: session.spent(),
		passes: session.passes(),
		stream: { ...state, surprise: run.gate.surprise(), skipped: { ...run.skipped } },
	});
}

function doneOf(run: Run, end: TrainingEnd): Done {
	const { learned, predicted, comparedAdapted, comparedBase } = run.state;
	const stream: StreamSummary = {
		predicted: prequential(predicted),
		compared: { adapted: prequential(comparedAdapted), base: prequential(comparedBase) },
	};
	const training = { end, steps: learned, bestStep: learned, evaluations: [], losses: run.losses, start: run.start };
	return {
		...nothingDone,
		scored: predicted.windows,
		selected: learned,
		learned,
		skipped: run.skipped,
		training,
		stream,
	};
}

function prequential({ windows, tokens, bytes, nll, top1 }: StreamTotal): PrequentialScore {
	const bitsPerByte = bytes === 0 ? 0 : nll / Math.LN2 / bytes;
	return { windows, tokens, bytes, bitsPerByte, top1: tokens === 0 ? 0 : top1 / tokens };
}
