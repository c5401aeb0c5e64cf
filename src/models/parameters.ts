import type { ModelConfig } from "./config.ts";

/** Modules of a layer that are linear maps, and so may carry a LoRA, named as in the checkpoint. */
export const linearModules = [
	"self_attn.q_proj",
	"self_attn.k_proj",
	"self_attn.v_proj",
	"self_attn.o_proj",
	"mlp.gate_proj",
	"mlp.up_proj",
	"mlp.down_proj",
] as const;

export type LinearModule = (typeof linearModules)[number];

/** Rows (out) and columns (in) of the weight of `module`, the same in every layer. */
export function linearShape(config: ModelConfig, module: LinearModule): readonly [out: number, in_: number] {
	const { hiddenSize, intermediateSize } = config;
	switch (module) {
		case "self_attn.q_proj":
			return [config.heads * config.headDim, hiddenSize];
		case "self_attn.k_proj":
		case "self_attn.v_proj":
			return [config.kvHeads * config.headDim, hiddenSize];
		case "self_attn.o_proj":
			return [hiddenSize, config.heads * config.headDim];
		case "mlp.gate_proj":
		case "mlp.up_proj":
			return [intermediateSize, hiddenSize];
		case "mlp.down_proj":
			return [hiddenSize, intermediateSize];
	}
}

/** Every tensor the checkpoint must hold, in a fixed order: name to shape. A tied head has no `lm_head.weight`. */
export function parameterShapes(config: ModelConfig): Map<string, readonly number[]> {
	const { hiddenSize, vocabularySize } = config;
	const shapes = new Map<string, readonly number[]>([["model.embed_tokens.weight", [vocabularySize, hiddenSize]]]);
	for (let layer = 0; layer < config.layers; layer++) {
		const prefix = `model.layers.${layer}.`;
		shapes.set(`${prefix}input_layernorm.weight`, [hiddenSize]);
		shapes.set(`${prefix}post_attention_layernorm.weight`, [hiddenSize]);
		for (const module of linearModules) {
			const shape = linearShape(config, module);
			shapes.set(`${prefix}${module}.weight`, shape);
			if (hasBias(config, module)) shapes.set(`${prefix}${module}.bias`, [shape[0]]);
		}
		if (config.qkNorm) {
			shapes.set(`${prefix}self_attn.q_norm.weight`, [config.headDim]);
			shapes.set(`${prefix}self_attn.k_norm.weight`, [config.headDim]);
		}
	}
	shapes.set("model.norm.weight", [hiddenSize]);
	if (!config.tiedEmbeddings) shapes.set("lm_head.weight", [vocabularySize, hiddenSize]);
	return shapes;
}

export function hasBias(config: ModelConfig, module: LinearModule): boolean {
	if (module.startsWith("mlp.")) return config.mlpBias;
	return module === "self_attn.o_proj" ? config.attentionBias === "qkvo" : config.attentionBias !== "none";
}

/** Numbers in all tensors together. */
export function countParameters(config: ModelConfig): number {
	let count = 0;
	for (const shape of parameterShapes(config).values()) count += shape.reduce((a, b) => a * b, 1);
	return count;
}
