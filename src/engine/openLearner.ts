import type { ModelSizes } from "#adapt/estimate";
import type { Preset } from "#adapt/preset";
import { defined } from "#base/assert";
import type { AdamW } from "#graph/adamw";
import { sizeOf } from "#graph/tensor";
import type { ModelConfig } from "#models/config";
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

/** What a run with this model keeps in memory. */
export function sizesOf(config: ModelConfig, preset: Preset, capacity: number): ModelSizes {
	const trained = loraTensors(config, loraShapeOf(preset)).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
	const { hiddenSize, intermediateSize, heads, kvHeads, headDim, layers, vocabularySize } = config;
	const attention = 3 * heads * capacity + 4 * (heads + 2 * kvHeads) * headDim;
	const perLayer = attention + 8 * hiddenSize + 6 * intermediateSize;
	return {
		weights: 4 * countParameters(config),
		// Values, two moments, gradients, and the next values while they are made.
		adapter: 4 * 7 * trained,
		perToken: 4 * (layers * perLayer + 3 * vocabularySize),
	};
}
