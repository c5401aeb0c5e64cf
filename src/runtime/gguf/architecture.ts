/** A model's config as GGUF metadata, by the keys and rules of llama.cpp's `convert_hf_to_gguf.py`. */
import { AttuneError } from "#base/errors";
import type { ModelConfig } from "#models/config";
import { inverseFrequencies } from "#models/rotaryTable";
import type { GgufValue, Metadata } from "./file.ts";

/** How most of a file's weights are stored. */
export type GgufPrecision = "f32" | "f16" | "q8_0" | "q4_0";

/** Numbers of `llama_ftype`. */
const fileTypes: Readonly<Record<GgufPrecision, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 };

/** `folder` is for messages. Throws AttuneError "unsupported" for what llama.cpp computes otherwise in this architecture. */
export function architectureMetadata(
	config: ModelConfig,
	name: string,
	precision: GgufPrecision,
	folder: string,
): Metadata {
	refuse(config, folder);
	const { modelType } = config;
	const own: readonly (readonly [string, GgufValue])[] = [
		["block_count", { uint32: config.layers }],
		["context_length", { uint32: config.maxPositions }],
		["embedding_length", { uint32: config.hiddenSize }],
		["feed_forward_length", { uint32: config.intermediateSize }],
		["attention.head_count", { uint32: config.heads }],
		["attention.head_count_kv", { uint32: config.kvHeads }],
		["attention.key_length", { uint32: config.headDim }],
		["attention.value_length", { uint32: config.headDim }],
		["attention.layer_norm_rms_epsilon", { float32: config.rmsNormEps }],
		["rope.dimension_count", { uint32: config.headDim }],
		["rope.freq_base", { float32: config.ropeTheta }],
		["vocab_size", { uint32: config.vocabularySize }],
		...ropeScaling(config, folder),
	];
	return new Map<string, GgufValue>([
		["general.architecture", { text: modelType }],
		["general.type", { text: "model" }],
		["general.name", { text: name }],
		["general.file_type", { uint32: fileTypes[precision] }],
		["general.quantization_version", { uint32: 2 }],
		...own.map(([key, value]) => [`${modelType}.${key}`, value] as const),
	]);
}

function ropeScaling(config: ModelConfig, folder: string): readonly (readonly [string, GgufValue])[] {
	const { ropeScaling: scaling } = config;
	switch (scaling.kind) {
		case "none":
		case "llama3":
			return [];
		case "linear":
			return [
				["rope.scaling.type", { text: "linear" }],
				["rope.scaling.factor", { float32: scaling.factor }],
			];
		case "yarn": {
			if (!scaling.truncate) throw unsupported("YaRN with bounds that are not whole", folder);
			// llama.cpp multiplies this usual factor in by itself.
			const usual = scaling.factor <= 1 ? 1 : 0.1 * Math.log(scaling.factor) + 1;
			return [
				["rope.scaling.type", { text: "yarn" }],
				["rope.scaling.factor", { float32: scaling.factor }],
				["rope.scaling.attn_factor", { float32: scaling.attentionFactor / usual }],
				["rope.scaling.original_context_length", { uint32: scaling.originalMaxPositions }],
				["rope.scaling.yarn_beta_fast", { float32: scaling.betaFast }],
				["rope.scaling.yarn_beta_slow", { float32: scaling.betaSlow }],
			];
		}
	}
}

/** Llama 3's stretching as a tensor: what every frequency is divided by, [headDim / 2]. Undefined where there is none. */
export function frequencyDivisors(config: ModelConfig): Float32Array | undefined {
	if (config.ropeScaling.kind !== "llama3") return undefined;
	const exact = (value: number): number => value;
	const plain = inverseFrequencies({ ...config, ropeScaling: { kind: "none" } }, exact);
	return Float32Array.from(inverseFrequencies(config, exact), (scaled, i) => (plain[i] as number) / scaled);
}

function refuse(config: ModelConfig, folder: string): void {
	const { modelType, slidingWindow } = config;
	if (slidingWindow !== undefined && slidingWindow.size < config.maxPositions)
		throw unsupported(`a sliding window in a ${config.declaredType} model`, folder);
	if (modelType !== "llama" && config.ropeScaling.kind === "llama3")
		throw unsupported(`rope type "llama3" in a ${config.declaredType} model`, folder);
	if (modelType === "qwen3" && config.attentionBias !== "none")
		throw unsupported("attention biases in a qwen3 model", folder);
}

function unsupported(what: string, folder: string): AttuneError {
	return new AttuneError("unsupported", `llama.cpp does not compute ${what}`, {
		file: folder,
		remedy: "Export it as a Hugging Face folder with --format merged, or choose another model.",
	});
}
