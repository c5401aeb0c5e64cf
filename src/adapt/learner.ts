/** What the policy needs of a model that can learn. `runtime` implements it; tests use a fake. */

/** A run of tokens of one document: what is scored, selected and learned as one. */
export interface TokenWindow {
	/** At most `Learner.capacity + 1` ids, perhaps a view of a longer array. Token i is predicted from tokens 0..i-1 of the same window. */
	readonly tokens: Int32Array;
	/** Index of the first token that counts (>= 1). Earlier tokens are context: read, never scored or learned. */
	readonly scoreFrom: number;
	/** UTF-8 bytes that the scored tokens stand for. */
	readonly bytes: number;
}

/** Per scored token, in order: `tokens.length - scoreFrom` entries each. */
export interface WindowScore {
	/** Negative log-likelihood in nats. */
	readonly nll: Float32Array;
	/** 1 where the model's most likely token was the right one. */
	readonly top1: Uint8Array;
}

/** `off` is the base model exactly. */
export type AdapterSwitch = "on" | "off";

/** The loss of a step is sum_i weight_i * mean-over-scored-tokens(nll_i). */
export interface WeightedWindow {
	readonly window: TokenWindow;
	readonly weight: number;
}

/**
 * The test a window must pass, in the same forward, to be learned: `min < logPerplexity <= max`. Its weight is then
 * min(`cap`, exp(`logScale` + `exponent` * logPerplexity)), held constant in the gradient. TLM (arXiv 2505.20633, eq. 4):
 * logScale = log(lambda) - log(P0), exponent 1 for S*CE (the released code), 2 for S*P (the paper).
 */
export interface Gate {
	readonly min: number;
	readonly max: number;
	readonly logScale: number;
	readonly exponent: number;
	readonly cap: number;
}

export interface StepResult {
	/** Before the update, with the adapter on, one per window of the batch. */
	readonly scores: readonly WindowScore[];
	/** L2 norm over all adapter gradients before clipping. */
	readonly gradientNorm: number;
}

export type GatedStepResult =
	| { readonly learned: true; readonly score: WindowScore; readonly weight: number; readonly gradientNorm: number }
	| { readonly learned: false; readonly score: WindowScore };

/** The adapter and its optimiser, as plain arrays: enough to continue bit for bit. */
export interface LearnerState {
	readonly step: number;
	readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/** Forward and backward passes, counted in windows (a packed run counts each window it holds). */
export interface PassCount {
	readonly forward: number;
	readonly backward: number;
}

/** A base model with one trainable adapter. Not re-entrant: one call at a time. */
export interface Learner {
	/** Most input tokens of a window. */
	readonly capacity: number;
	readonly passes: PassCount;
	score(windows: readonly TokenWindow[], adapter: AdapterSwitch): Promise<readonly WindowScore[]>;
	/** One optimiser step on the whole batch. */
	learn(batch: readonly WeightedWindow[], learningRate: number): Promise<StepResult>;
	/** One forward; a backward and an optimiser step only if the window passes the gate. */
	learnIfSurprising(window: TokenWindow, gate: Gate, learningRate: number): Promise<GatedStepResult>;
	/** The token ids a greedy decoder appends to `prompt`, up to and without the first of `stop`. */
	generate(prompt: Int32Array, options: GenerateOptions, adapter: AdapterSwitch): Promise<Int32Array>;
	/** Forgets AdamW's moments and step count; the adapter stays (the released code does so per online chunk). */
	resetOptimizer(): void;
	/** The adapter adds `factor` of what it added. Not to be trained on afterwards. */
	weaken(factor: number): void;
	save(): LearnerState;
	load(state: LearnerState): void;
}

export interface GenerateOptions {
	readonly maxTokens: number;
	/** Ids that end the text. */
	readonly stop: ReadonlySet<number>;
}
