/** The model of the speed benchmarks: the shape of SmolLM2-135M with seeded weights. Nobody needs it to say something. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "#base/random";
import { parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { writeFolderAtomic } from "#runtime/atomic";
import { encodeSafetensors } from "#runtime/safetensors";

const config = {
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

export const benchConfig = parseConfig(config, "the benchmark's config");

/** Rows of a window in all learning benchmarks. */
export const benchLength = 256;

/** Makes the model folder (about 540 MB) below `folder` unless it is there, with `windows.json` beside the weights. */
export function benchModel(folder: string): string {
	const target = join(folder, "llama-135m-seeded");
	if (existsSync(target)) return target;
	writeFolderAtomic(target, (temporary) => {
		writeFileSync(join(temporary, "config.json"), JSON.stringify(config, undefined, "\t"));
		writeFileSync(join(temporary, "model.safetensors"), encodeSafetensors(seededTensors()));
		writeFileSync(join(temporary, "windows.json"), JSON.stringify(seededWindows(8)));
	});
	return target;
}

/** Normal with deviation 0.04, norms 1: activations and losses stay in an ordinary range. */
function seededTensors() {
	const random = seededRandom(1);
	const pool = Float32Array.from({ length: 1 << 20 }, () => 0.04 * random.normal());
	return [...parameterShapes(benchConfig)].map(([name, shape]) => {
		const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
		if (shape.length === 1) values.fill(1);
		else {
			const shift = random.below(pool.length);
			for (let i = 0; i < values.length; i++) values[i] = pool[(i + shift) & (pool.length - 1)] as number;
		}
		return { name, shape, data: values };
	});
}

/** Ids for `benchLength` rows and the last target. */
function seededWindows(count: number): number[][] {
	const random = seededRandom(2);
	return Array.from({ length: count }, () =>
		Array.from({ length: benchLength + 1 }, () => random.below(benchConfig.vocabularySize)),
	);
}
