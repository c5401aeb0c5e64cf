/** The models of the speed benchmarks: of a shape, with seeded weights. Nobody needs them to say something. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "#base/random";
import { type ModelConfig, parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { writeFolderAtomic } from "#runtime/atomic";
import { encodeSafetensors } from "#runtime/safetensors";

export interface BenchShape {
	/** Name of the model's folder. */
	readonly folder: keyof typeof configs;
	readonly config: ModelConfig;
	/** Rows of a window in the learning benchmarks. */
	readonly length: number;
}

const full = {
	architectures: ["LlamaForCausalLM"],
	model_type: "llama",
	hidden_size: 576,
	intermediate_size: 1536,
	num_hidden_layers: 30,
	num_attention_heads: 9,
	num_key_value_heads: 3,
	vocab_size: 49_152,
	tie_word_embeddings: true,
	max_position_embeddings: 8_192,
	rms_norm_eps: 1e-5,
	rope_theta: 100_000,
	hidden_act: "silu",
	torch_dtype: "float32",
};

const tiny = {
	...{ ...full, hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, vocab_size: 512 },
	...{ num_attention_heads: 2, num_key_value_heads: 1 },
};

const configs = { "llama-135m-seeded": full, "llama-tiny-seeded": tiny };

const shapeOf = (folder: keyof typeof configs, length: number): BenchShape => ({
	...{ folder, length, config: parseConfig(configs[folder], "the benchmark's config") },
});

/** `135m` is SmolLM2-135M's shape, of which all figures are; `tiny` shows that a benchmark works. */
export const benchShapes = {
	"135m": shapeOf("llama-135m-seeded", 256),
	tiny: shapeOf("llama-tiny-seeded", 32),
} as const;

/** Makes the model folder (540 MB for `135m`) below `folder` unless it is there, with `windows.json` beside the weights. */
export function benchModel(folder: string, shape: BenchShape): string {
	const target = join(folder, shape.folder);
	if (existsSync(target)) return target;
	writeFolderAtomic(target, (temporary) => {
		writeFileSync(join(temporary, "config.json"), JSON.stringify(configs[shape.folder], undefined, "\t"));
		writeFileSync(join(temporary, "model.safetensors"), encodeSafetensors(seededTensors(shape.config)));
		writeFileSync(join(temporary, "windows.json"), JSON.stringify(seededWindows(8, shape)));
	});
	return target;
}

/** Normal with deviation 0.04, norms 1: activations and losses stay in an ordinary range. */
function seededTensors(config: ModelConfig) {
	const random = seededRandom(1);
	const pool = Float32Array.from({ length: 1 << 20 }, () => 0.04 * random.normal());
	return [...parameterShapes(config)].map(([name, shape]) => {
		const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
		if (shape.length === 1) values.fill(1);
		else {
			const shift = random.below(pool.length);
			for (let i = 0; i < values.length; i++) values[i] = pool[(i + shift) & (pool.length - 1)] as number;
		}
		return { name, shape, data: values };
	});
}

/** Ids for the shape's rows and the last target. */
function seededWindows(count: number, { config, length }: BenchShape): number[][] {
	const random = seededRandom(2);
	return Array.from({ length: count }, () =>
		Array.from({ length: length + 1 }, () => random.below(config.vocabularySize)),
	);
}
