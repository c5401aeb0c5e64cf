/** A model that knows nothing and takes a tenth of the shipped one's time: for tests of what happens around a model. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "#base/random";
import { packageRoot } from "#engine/home";
import { parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { encodeSafetensors } from "#runtime/safetensors";

/** Of the shipped model's kind and with its tokenizer, in `folder`, which it makes. Returns `folder`. */
export function writeTinyModel(folder: string): string {
	const starter = join(packageRoot(), "media", "starter");
	mkdirSync(folder, { recursive: true });
	for (const name of ["tokenizer.json", "tokenizer_config.json"]) cpSync(join(starter, name), join(folder, name));
	const config = {
		...(JSON.parse(readFileSync(join(starter, "config.json"), "utf8")) as object),
		...{ hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 1 },
		...{ num_key_value_heads: 1, head_dim: 64, torch_dtype: "float32" },
	};
	writeFileSync(join(folder, "config.json"), JSON.stringify(config));
	const random = seededRandom(7);
	const tensors = [...parameterShapes(parseConfig(config, "the tiny model's config"))].map(([name, shape]) => {
		const size = shape.reduce((a, b) => a * b, 1);
		const data = Float32Array.from({ length: size }, () => (shape.length === 1 ? 1 : 0.1 * random.normal()));
		return { name, shape, data };
	});
	writeFileSync(join(folder, "model.safetensors"), encodeSafetensors(tensors));
	return folder;
}
