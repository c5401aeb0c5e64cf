import type { LearnerState, PassCount } from "./learner.ts";
import type { WindowSkip } from "./select.ts";

/** Where a run may go on. All that is not here is computed again, to the same values. */
export interface TrainingState {
	/** Of what was asked for: model, preset, seed, budget. Another one, and this state is not looked at. */
	readonly request: string;
	/** Of everything the training depends on: another one, and the state is of another run. */
	readonly fingerprint: string;
	/** Decisions that hung on the clock: a resumed run keeps them. */
	readonly limits: RunLimits;
	/** Steps taken. */
	readonly step: number;
	/** Different windows that were shown in them. */
	readonly learned: number;
	readonly learner: LearnerState;
	readonly best: Best | null;
	readonly evaluations: readonly Evaluation[];
	readonly losses: readonly Evaluation[];
	/** Why training ended; null while it goes on. */
	readonly ended: TrainingEnd | null;
	/** Spent so far, over all sessions of the run. */
	readonly seconds: number;
	/** Of online runs. */
	readonly stream: StreamState | null;
	readonly passes: PassCount;
}

export interface Best {
	readonly step: number;
	readonly loss: number;
	readonly learner: LearnerState;
}

/** Where an online run stands. */
export interface StreamState {
	/** Windows of the stream behind it. */
	readonly position: number;
	readonly learned: number;
	/** By language: what the running thresholds go on from. */
	readonly surprise: Readonly<Record<string, Surprise>>;
	readonly predicted: StreamTotal;
	readonly comparedAdapted: StreamTotal;
	readonly comparedBase: StreamTotal;
	readonly skipped: Readonly<Partial<Record<WindowSkip, number>>>;
}

/** What a stream has shown of one language. */
export interface Surprise {
	/** Latest log perplexities, oldest first. */
	readonly recent: readonly number[];
	/** Log perplexity above which a window is learned; null until enough are known. */
	readonly threshold: number | null;
}

/** Sums over predicted windows; `nll` in nats. */
export interface StreamTotal {
	readonly windows: number;
	readonly tokens: number;
	readonly bytes: number;
	readonly nll: number;
	readonly top1: number;
}

/** Mean nats per token of a text as the model stood at this step. */
export interface Evaluation {
	readonly step: number;
	readonly loss: number;
}

/** `forgetting`: general text came near the bound of the guard. */
export type TrainingEnd = "finished" | "outOfTime" | "earlyStop" | "forgetting" | "diverged";

/** No bound; unlike Infinity it survives JSON. */
export const unlimited = Number.MAX_SAFE_INTEGER;

/** Bounds of a run, in counts. */
export interface RunLimits {
	/** Tokens kept for training at most. */
	readonly trainTokens: number;
	/** Windows scored by the base at most. */
	readonly scoredWindows: number;
	/** Windows shown in training at most, repeats counted. */
	readonly learnedWindows: number;
	readonly judgeTokens: number;
	readonly guardTokens: number;
	readonly lines: number;
}

/** Keeps at most one state. `save` is atomic: after a crash the last whole state loads. Removed by whoever stores the adapter. */
export interface CheckpointStore {
	load(): Promise<TrainingState | undefined>;
	save(state: TrainingState): Promise<void>;
}
