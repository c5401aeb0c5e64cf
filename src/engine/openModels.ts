/** Open models of families that Attune computes; `models fetch` brings them. Nothing is looked up: the facts are those of the published files. */
import { type ModelConfig, parseConfig } from "#models/config";
import { countParameters } from "#models/parameters";
import type { OpenModel } from "#protocol/store";
import { fetchedName } from "./models.ts";
import { needsOf } from "./needs.ts";

interface Entry {
	readonly repository: string;
	readonly license: string;
	/** Of model.safetensors. */
	readonly bytes: number;
	readonly trainedFor: { readonly infilling: boolean; readonly chat: boolean };
	/** What of its config.json decides how large it is. */
	readonly config: ModelConfig;
}

const smol = { model_type: "llama", vocab_size: 49_152, max_position_embeddings: 8_192, tie_word_embeddings: true };
const coder = { model_type: "qwen2", vocab_size: 151_936, max_position_embeddings: 32_768, tie_word_embeddings: true };

const smol135 = config({ ...smol, ...shape(576, 1_536, 30, 9, 3) });
const smol360 = config({ ...smol, ...shape(960, 2_560, 32, 15, 5) });
const coderHalf = config({ ...coder, ...shape(896, 4_864, 24, 14, 2) });
const coderOneAndHalf = config({ ...coder, ...shape(1_536, 8_960, 28, 12, 2) });
const qwen3 = config({
	...{ ...coder, model_type: "qwen3", max_position_embeddings: 40_960 },
	...{ ...shape(1_024, 3_072, 28, 16, 8), head_dim: 128 },
});

const fill = { infilling: true, chat: false };
const talk = { infilling: false, chat: true };
const apache = "Apache-2.0";

/** Smallest first. */
const entries: readonly Entry[] = [
	{
		...{ repository: "HuggingFaceTB/SmolLM2-135M-Instruct", license: apache, bytes: 269_060_552 },
		...{ trainedFor: talk, config: smol135 },
	},
	{
		...{ repository: "HuggingFaceTB/SmolLM2-360M-Instruct", license: apache, bytes: 723_674_912 },
		...{ trainedFor: talk, config: smol360 },
	},
	{
		...{ repository: "Qwen/Qwen2.5-Coder-0.5B", license: apache, bytes: 988_097_824 },
		...{ trainedFor: fill, config: coderHalf },
	},
	{
		...{ repository: "Qwen/Qwen2.5-Coder-0.5B-Instruct", license: apache, bytes: 988_097_824 },
		...{ trainedFor: { infilling: true, chat: true }, config: coderHalf },
	},
	{
		// Its file holds the head a second time.
		...{ repository: "Qwen/Qwen3-0.6B", license: apache, bytes: 1_503_300_328 },
		...{ trainedFor: talk, config: qwen3 },
	},
	{
		...{ repository: "Qwen/Qwen2.5-Coder-1.5B", license: apache, bytes: 3_087_467_144 },
		...{ trainedFor: fill, config: coderOneAndHalf },
	},
	{
		...{ repository: "Qwen/Qwen2.5-Coder-1.5B-Instruct", license: apache, bytes: 3_087_467_144 },
		...{ trainedFor: { infilling: true, chat: true }, config: coderOneAndHalf },
	},
];

export const openModels: readonly OpenModel[] = entries.map(({ repository, license, bytes, trainedFor, config }) => ({
	...{ repository, license, name: fetchedName(repository), ...trainedFor },
	...{ parameters: countParameters(config), context: config.maxPositions, diskMiB: Math.round(bytes / 2 ** 20) },
	...needsOf(config, false),
}));

function shape(hidden: number, intermediate: number, layers: number, heads: number, kvHeads: number): object {
	return {
		...{ hidden_size: hidden, intermediate_size: intermediate, num_hidden_layers: layers },
		...{ num_attention_heads: heads, num_key_value_heads: kvHeads },
	};
}

function config(json: object): ModelConfig {
	return parseConfig(json, "openModels.ts");
}
