import type { ModelSizes } from "#adapt/estimate";
import type { Preset } from "#adapt/preset";
import { defined } from "#base/assert";
import type { AdamW } from "#graph/adamw";
import { sizeOf } from "#graph/tensor";
import type { ModelConfig } from "#models/config";
import { headChunk } from "#models/graphs";
import { type LoraShape, loraTensors, shortName } from "#models/lora";
import { countParameters, linearModules } from "#models/parameters";
import type { SessionTarget } from "#runtime/graphSession";
import { OrtLearner } from "#runtime/learner";
import type { LoadedModel } from "./loadModel.ts";

/** Most input tokens of a window. */
const windowTokens = 512;

/** A learner with a fresh adapter, of the preset's shape unless another is given. */
export function openLearner(
	model: LoadedModel,
	preset: Preset,
	target: SessionTarget,
	seed: number,
	lora: LoraShape = loraShapeOf(preset),
): OrtLearner {
	return new OrtLearner({
		config: model.config,
		weights: model.weights,
		lora,
		adamw: adamwOf(preset),
		capacity: Math.min(windowTokens, model.config.maxPositions),
		target,
		seed,
	});
}

export function adamwOf({ optimizer: { clipNorm, ...adamw } }: Preset): AdamW {
	return { ...adamw, maxNorm: clipNorm };
}

export function loraShapeOf({ adapter }: Preset): LoraShape {
	const targets = adapter.targets.map((name) =>
		defined(
			linearModules.find((module) => shortName(module) === name),
			`module ${name}`,
		),
	);
	return { rank: adapter.rank, alpha: adapter.alpha, targets };
}

/** onnxruntime's code and what it keeps for a session of any size: what was measured (docs/log.md, 2026-11-26), rounded up. */
const runtimeBytes = 30 * 2 ** 20;

/** Sizes of an adapter: values and two moments, each with those being made of them, gradients, the best so far and a checkpoint. */
const adapterCopies = 3 + 3 + 1 + 3 + 4;

/** What a run with this model keeps in memory; to be asked when the model is loaded and nothing is computed yet. */
export function sizesOf(config: ModelConfig, preset: Preset, capacity: number): ModelSizes {
	const trained = loraTensors(config, loraShapeOf(preset)).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
	const { hiddenSize, intermediateSize, heads, kvHeads, headDim, layers, vocabularySize } = config;
	const attention = 4 * (heads + 2 * kvHeads) * headDim;
	const feedForward = 8 * hiddenSize + 6 * intermediateSize;
	// Backward needs the weights of attention and their softmax's input, of the rows that the causal mask leaves.
	const kept = layers * (attention + feedForward + 2 * heads * capacity);
	const chunk = Math.min(headChunk, vocabularySize);
	return {
		process: process.memoryUsage.rss() + runtimeBytes,
		weights: 4 * countParameters(config),
		adapter: 4 * adapterCopies * trained,
		// A layer's memory is used again by the next.
		scoredRow: 4 * (vocabularySize + chunk + attention + feedForward),
		// Logits, and their softmax for the way back.
		learnedRow: 4 * (2 * vocabularySize + kept),
	};
}
