/** A learner that follows a stream: predicts each window, then learns it if it was surprising, and counts what both cost. */
import { defined } from "#base/assert";
import type { CancelToken } from "#base/cancel";
import type { Evaluation, StreamState, StreamTotal } from "./checkpoint.ts";
import { withLoss } from "./curve.ts";
import { openGate, type SurpriseGate, weightOf } from "./gate.ts";
import { type InfillPorts, infillTask } from "./infill.ts";
import type { Gate, Learner, TokenWindow, WindowScore } from "./learner.ts";
import type { Preset } from "./preset.ts";
import type { PrequentialScore, StreamSummary } from "./report.ts";
import { type ScoringContext, scoreBase, scoreWindows, sumOf } from "./scoring.ts";
import { meanNll, type WindowSkip, type WindowSum } from "./select.ts";
import type { StreamItem } from "./stream.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface StreamPorts {
	readonly preset: Preset;
	/** With the learner. */
	readonly scoring: ScoringContext;
	readonly cancel: CancelToken;
	/** Windows learned at most. */
	readonly limit: number;
	/** Every n-th window is predicted by the base too. */
	readonly compareEvery: number;
	readonly infill: InfillPorts;
}

export interface StreamLearner extends StreamPorts {
	readonly gate: SurpriseGate;
	readonly state: Mutable<Omit<StreamState, "surprise" | "skipped">>;
	readonly skipped: Partial<Record<WindowSkip, number>>;
	/** Mean nats of the predictions, as a curve. */
	losses: readonly Evaluation[];
}

const nothing: StreamTotal = { windows: 0, tokens: 0, bytes: 0, nll: 0, top1: 0 };

/** Goes on from `known`; the learner's own state is not part of it. */
export function openStream(
	ports: StreamPorts,
	known: StreamState | undefined,
	losses: readonly Evaluation[] = [],
): StreamLearner {
	return {
		...ports,
		gate: openGate(ports.preset.selection, known?.surprise),
		state: {
			position: known?.position ?? 0,
			learned: known?.learned ?? 0,
			predicted: known?.predicted ?? nothing,
			comparedAdapted: known?.comparedAdapted ?? nothing,
			comparedBase: known?.comparedBase ?? nothing,
		},
		skipped: { ...known?.skipped },
		losses,
	};
}

/** What `openStream` goes on from. */
export function streamState({ state, gate, skipped }: StreamLearner): StreamState {
	return { ...state, surprise: gate.surprise(), skipped: { ...skipped } };
}

export function summaryOf({ state }: StreamLearner): StreamSummary {
	const { predicted, comparedAdapted, comparedBase } = state;
	return {
		predicted: prequential(predicted),
		compared: { adapted: prequential(comparedAdapted), base: prequential(comparedBase) },
	};
}

/** False if a step was not finite. */
export async function learnChunk(stream: StreamLearner, chunk: readonly StreamItem[]): Promise<boolean> {
	const { preset, scoring, cancel, state } = stream;
	const shown = chunk.filter(({ reason }) => reason === undefined).map(({ source }) => source.window);
	const ahead =
		preset.online.predict === "chunk" ? await scoreWindows(shown, "on", scoring.learner, cancel) : undefined;
	let next = 0;
	for (const item of chunk) {
		if (state.learned >= stream.limit) break;
		if (item.reason !== undefined) skip(stream, item.reason);
		else if (!(await learnWindow(stream, item, ahead?.[next++]))) return false;
		state.position++;
	}
	return true;
}

/**
 * Most windows are predicted and learned in the same forward. One that is learned as an infilling task is predicted as it is all the
 * same, so that costs a second forward, where it is learned.
 */
async function stepIfSurprising(
	{ preset, scoring: { learner }, infill, state }: StreamLearner,
	window: TokenWindow,
	gate: Gate,
): Promise<{ readonly learned: boolean; readonly score: WindowScore; readonly gradientNorm: number }> {
	const rate = preset.online.learningRate;
	const task = infillTask(window, state.position, infill);
	if (task === undefined) return { gradientNorm: 0, ...(await learner.learnIfSurprising(window, gate, rate)) };
	const score = await scoreOne(learner, window);
	const weight = weightOf(gate, meanNll(sumOf(score)));
	if (weight === undefined) return { learned: false, score, gradientNorm: 0 };
	const { gradientNorm } = await learner.learn([{ window: task, weight }], rate);
	return { learned: true, score, gradientNorm };
}

async function scoreOne(learner: Learner, window: TokenWindow): Promise<WindowScore> {
	const [score] = await learner.score([window], "on");
	return defined(score, "score");
}

async function learnWindow(
	stream: StreamLearner,
	{ source }: StreamItem,
	ahead: WindowSum | undefined,
): Promise<boolean> {
	const { scoring, gate: gates, state } = stream;
	const { window } = source;
	const gate = gates.gateFor(source);
	let score: WindowScore;
	if (gate === "tooShort") {
		score = await scoreOne(scoring.learner, window);
		skip(stream, "tooShort");
	} else {
		const result = await stepIfSurprising(stream, window, gate);
		score = result.score;
		if (result.learned) {
			state.learned++;
			if (!Number.isFinite(result.gradientNorm)) return false;
		} else {
			skip(stream, gates.reasonFor(source, gate, meanNll(sumOf(score))));
		}
	}
	const sum = sumOf(score);
	if (!Number.isFinite(sum.nll)) return false;
	gates.record(source, meanNll(sum));
	await record(stream, window, ahead ?? sum);
	return true;
}

/** Adds a prediction, and the base's of the same window at every n-th. */
async function record(stream: StreamLearner, window: TokenWindow, predicted: WindowSum): Promise<void> {
	const { state, scoring, compareEvery } = stream;
	state.predicted = add(state.predicted, predicted, window.bytes);
	stream.losses = withLoss(stream.losses, state.predicted.windows, meanNll(predicted));
	if (state.position % compareEvery !== 0) return;
	const [base] = await scoreBase([window], scoring);
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

function skip({ skipped }: StreamLearner, reason: WindowSkip): void {
	skipped[reason] = (skipped[reason] ?? 0) + 1;
}

function prequential({ windows, tokens, bytes, nll, top1 }: StreamTotal): PrequentialScore {
	const bitsPerByte = bytes === 0 ? 0 : nll / Math.LN2 / bytes;
	return { windows, tokens, bytes, bitsPerByte, top1: tokens === 0 ? 0 : top1 / tokens };
}
