import type { ModelConfig, ModelType } from "./config.ts";
import type { Forward } from "./forward.ts";
import { forward as llama } from "./llama.ts";
import { forward as qwen2 } from "./qwen2.ts";
import { forward as qwen3 } from "./qwen3.ts";

const families: Readonly<Record<ModelType, Forward>> = { llama, qwen2, qwen3 };

/** The forward of the model's family. */
export function forwardOf(config: ModelConfig): Forward {
	return families[config.modelType];
}
