/** A model that knows nothing and takes a twentieth of the shipped one's time: for tests of what happens around a model. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "#base/random";
import { packageRoot } from "#engine/home";
import { parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { encodeSafetensors } from "#runtime/safetensors";

/** With more tokens, their probabilities would take most of its time. */
const vocabularySize = 1_024;

/** Of the shipped model's kind and with the first tokens of its tokenizer, in `folder`, which it makes. Returns `folder`. */
export function writeTinyModel(folder: string): string {
	const starter = join(packageRoot(), "media", "starter");
	mkdirSync(folder, { recursive: true });
	cpSync(join(starter, "tokenizer_config.json"), join(folder, "tokenizer_config.json"));
	writeFileSync(join(folder, "tokenizer.json"), firstTokens(join(starter, "tokenizer.json")));
	const config = {
		...(JSON.parse(readFileSync(join(starter, "config.json"), "utf8")) as object),
		...{
			vocab_size: vocabularySize,
			hidden_size: 64,
			intermediate_size: 128,
			num_hidden_layers: 2,
			num_attention_heads: 1,
		},
		...{ num_key_value_heads: 1, head_dim: 64, torch_dtype: "float32" },
	};
	writeSeededWeights(folder, config);
	return folder;
}

/** `config.json` and float32 weights for it, always the same, into `folder`. */
export function writeSeededWeights(folder: string, config: object): void {
	writeFileSync(join(folder, "config.json"), JSON.stringify(config));
	const random = seededRandom(7);
	const tensors = [...parameterShapes(parseConfig(config, "the tiny model's config"))].map(([name, shape]) => {
		const size = shape.reduce((a, b) => a * b, 1);
		const data = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : 0.1 * random.normal()));
		return { name, shape, data };
	});
	writeFileSync(join(folder, "model.safetensors"), encodeSafetensors(tensors));
}

/** A tokenizer without its later merges, whose tokens come in their order after all others. */
function firstTokens(file: string): string {
	const tokenizer = JSON.parse(readFileSync(file, "utf8"));
	const { vocab, merges }: { vocab: Record<string, number>; merges: [string, string][] } = tokenizer.model;
	const first = Object.fromEntries(Object.entries(vocab).filter(([, id]) => id < vocabularySize));
	const made = merges.filter((parts) => [...parts, parts.join("")].every((token) => Object.hasOwn(first, token)));
	return JSON.stringify({ ...tokenizer, model: { ...tokenizer.model, vocab: first, merges: made } });
}
