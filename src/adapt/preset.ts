import { invariant } from "#base/assert";
import type { InfillTraining } from "./infill.ts";
import type { Schedule } from "./schedule.ts";
import type { PaperObjective, SelectionRule } from "./select.ts";

/** Everything a run decides by, as plain data; what differs between two runs of one preset is only seed and budget. */
export interface Preset {
	readonly name: PresetName;
	readonly adapter: {
		readonly rank: number;
		readonly alpha: number;
		/** Projections of each layer that get a low-rank pair, by their names in the checkpoint. */
		readonly targets: readonly string[];
	};
	/** AdamW, and the bound on the L2 norm of all gradients together. */
	readonly optimizer: {
		readonly beta1: number;
		readonly beta2: number;
		readonly epsilon: number;
		readonly weightDecay: number;
		readonly clipNorm: number;
	};
	readonly selection: SelectionRule;
	readonly offline: OfflinePlan;
	readonly online: OnlinePlan;
	/** Null: plain text only. Without a format in the vocabulary it is ignored. */
	readonly infill: InfillTraining | null;
	readonly judging: JudgingPlan;
	/** Hidden size that the learning rates are meant for; null: they hold for every model. */
	readonly referenceWidth: number | null;
}

export type PresetName = "paper" | "code" | "text";

export interface OfflinePlan {
	/** Peak. */
	readonly learningRate: number;
	readonly schedule: Schedule;
	/** Windows per optimiser step. */
	readonly batch: number;
	/** Most times a selected window is shown. */
	readonly epochs: number;
	/** Under a bound of updates: windows scored per window that can be learned. Null: all are scored. */
	readonly scoredPerLearned: number | null;
	/** Evaluations on validation text without a new best before training stops. Null: the last adapter is taken. */
	readonly patience: number | null;
}

export interface OnlinePlan {
	/** Constant. What stops a run, and when, is as in `offline`; a stream of changes is not held to validation text. */
	readonly learningRate: number;
	/** Windows per chunk. */
	readonly period: number;
	/** A fresh AdamW at the start of every chunk. */
	readonly freshOptimizer: boolean;
	/** `chunk`: a whole chunk is predicted before any of it is learned (one more forward). `window`: each right before it is learned, in the same forward. */
	readonly predict: "chunk" | "window";
	/** Every n-th window is predicted by the base too, for comparison. */
	readonly compareEvery: number;
}

export interface JudgingPlan {
	/** Most scored tokens of held-out text, of one held-out file, of validation text, of guard text. */
	readonly judgeTokens: number;
	readonly fileTokens: number;
	readonly validateTokens: number;
	readonly guardTokens: number;
	/** Whole lines infilled, before and after. */
	readonly lines: number;
	/** The guard text's bits per byte may grow by this share. */
	readonly guardBound: number;
	/** Whether an adapter that breaks that bound may be taken at less of its strength. */
	readonly weakens: boolean;
}

const judging: JudgingPlan = {
	judgeTokens: 24_576,
	fileTokens: 2_048,
	validateTokens: 3_072,
	guardTokens: 12_288,
	lines: 24,
	guardBound: 0.02,
	weakens: true,
};

const adamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };

const allProjections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/**
 * TLM as published (arXiv 2505.20633 and its code, commit 0ff4db9): q and v, rank 8, alpha 16; P0 = e^3, lambda 0.1;
 * offline one epoch, selection by the base model, cosine with 10 % warm-up (the first step at rate 0, as transformers
 * does); online a constant rate and a fresh AdamW per chunk. The paper's period is 100, the released file says 8.
 *
 * Where this differs: an unselected window takes no optimiser step. The released code sends it through backward with a
 * zero loss and steps all the same, which moves the adapter by AdamW's momentum and advances the schedule, at full cost.
 * A sample is a window of 512 tokens at most, so that a longer text is several, where the paper cuts it off at 4,096. A begins uniform
 * within 1 / sqrt(in), as PEFT, and so the released code, has it; the paper says Gaussian. Adapter and optimiser are fp32, not bf16. Judged and validation text is never trained on; the paper adapts to all inputs
 * before it predicts them.
 */
export const paperPreset: Preset = {
	name: "paper",
	adapter: { rank: 8, alpha: 16, targets: ["q_proj", "v_proj"] },
	optimizer: adamW,
	selection: { kind: "paper", logThreshold: 3, lambda: 0.1, objective: "crossEntropy" },
	offline: {
		learningRate: 5e-5,
		schedule: { kind: "cosine", warmup: 0.1, from: "zero" },
		batch: 1,
		epochs: 1,
		scoredPerLearned: null,
		patience: null,
	},
	online: { learningRate: 5e-5, period: 100, freshOptimizer: true, predict: "chunk", compareEvery: 4 },
	infill: null,
	judging: { ...judging, weakens: false },
	referenceWidth: null,
};

/**
 * Source code: a band of surprise per language, not a fixed threshold. Ordinary code has a perplexity of 1.5 to 4 under a code
 * model, so that above e^3 there is only junk. Band, rank and rates are a starting point for measurement, not its result.
 */
export const codePreset: Preset = {
	name: "code",
	adapter: { rank: 16, alpha: 32, targets: allProjections },
	optimizer: adamW,
	selection: {
		kind: "band",
		low: 0.3,
		high: 0.97,
		noiseBitsPerByte: 5,
		noiseOverMedian: 1.5,
		fewestTokens: 16,
		fewestWindows: 32,
		cap: 2,
	},
	offline: {
		learningRate: 1e-4,
		schedule: { kind: "cosine", warmup: 0.1, from: "first" },
		batch: 1,
		epochs: 3,
		scoredPerLearned: 3,
		patience: 3,
	},
	online: { learningRate: 1e-4, period: 8, freshOptimizer: false, predict: "window", compareEvery: 4 },
	infill: { rate: 0.3, suffixFirst: 0.5, scored: "middle" },
	judging,
	referenceWidth: 1_024,
};

/** Prose: as `code`, with a wider band and a lower rate. */
export const textPreset: Preset = {
	...codePreset,
	name: "text",
	adapter: { rank: 8, alpha: 16, targets: allProjections },
	selection: {
		kind: "band",
		low: 0.2,
		high: 0.98,
		noiseBitsPerByte: 5,
		noiseOverMedian: 1.5,
		fewestTokens: 16,
		fewestWindows: 32,
		cap: 2,
	},
	offline: { ...codePreset.offline, learningRate: 5e-5 },
	online: { ...codePreset.online, learningRate: 5e-5 },
};

export const presets: Readonly<Record<PresetName, Preset>> = {
	paper: paperPreset,
	code: codePreset,
	text: textPreset,
};

/**
 * The preset for a model of this hidden size: narrow models take, and need, larger steps, in proportion to their width
 * (as under maximal-update parametrisation, arXiv 2203.03466). At most eight times the reference's.
 */
export function presetFor(name: PresetName, hiddenSize: number): Preset {
	const preset = presets[name];
	const { referenceWidth, offline, online } = preset;
	const scale = referenceWidth === null ? 1 : Math.min(8, referenceWidth / hiddenSize);
	return {
		...preset,
		offline: { ...offline, learningRate: offline.learningRate * scale },
		online: { ...online, learningRate: online.learningRate * scale },
	};
}

/** The paper's preset with this objective instead of the released code's. */
export function withObjective(preset: Preset, objective: PaperObjective): Preset {
	const { selection } = preset;
	invariant(selection.kind === "paper", `an objective for the preset ${preset.name}`);
	return { ...preset, selection: { ...selection, objective } };
}
