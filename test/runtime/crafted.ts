import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "#base/random";
import { type ModelConfig, parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { narrowF16 } from "#runtime/halfFloats";

/** Bytes of a safetensors file with any header, right or wrong. */
export function craft(header: unknown, data: Uint8Array = new Uint8Array(0), claimed?: bigint): Uint8Array {
	const json = typeof header === "string" ? Buffer.from(header) : Buffer.from(JSON.stringify(header));
	const start = Buffer.alloc(8);
	start.writeBigUInt64LE(claimed ?? BigInt(json.length));
	return Buffer.concat([start, json, data]);
}

export type StoredType = "F32" | "F16" | "BF16";

export interface CraftedTensor {
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

/** The tensors as a safetensors file of one dtype, in the order given. `pad` spaces move the data. */
export function craftTensors(tensors: ReadonlyMap<string, CraftedTensor>, dtype: StoredType, pad = 0): Uint8Array {
	const header: Record<string, unknown> = {};
	const parts: Uint8Array[] = [];
	let position = 0;
	for (const [name, { shape, values }] of tensors) {
		const bytes = stored(values, dtype);
		header[name] = { dtype, shape, data_offsets: [position, position + bytes.length] };
		position += bytes.length;
		parts.push(bytes);
	}
	const json = JSON.stringify(header);
	const aligned = Math.ceil(json.length / 8) * 8;
	return craft(json + " ".repeat(aligned - json.length + pad), Buffer.concat(parts));
}

function stored(values: Float32Array, dtype: StoredType): Uint8Array {
	const part = dtype === "F32" ? values : dtype === "F16" ? narrowF16(values) : bf16(values);
	return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

/** Cuts the lower half off: the values of `randomTensors` need no rounding. */
function bf16(values: Float32Array): Uint16Array {
	return Uint16Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length), (bits) => bits >>> 16);
}

export const tinyConfigJson = {
	model_type: "llama",
	architectures: ["LlamaForCausalLM"],
	vocab_size: 32,
	hidden_size: 8,
	intermediate_size: 12,
	num_hidden_layers: 2,
	num_attention_heads: 2,
	num_key_value_heads: 1,
	tie_word_embeddings: true,
};

export function tinyConfig(change: object = {}): ModelConfig {
	return parseConfig({ ...tinyConfigJson, ...change }, "config.json");
}

/** Seeded values that float16 and bfloat16 hold exactly: small multiples of 1/64. */
export function randomTensors(config: ModelConfig, seed = 1): Map<string, CraftedTensor> {
	const random = seededRandom(seed);
	const tensors = new Map<string, CraftedTensor>();
	for (const [name, shape] of parameterShapes(config)) {
		const length = shape.reduce((a, b) => a * b, 1);
		tensors.set(name, { shape, values: Float32Array.from({ length }, () => (random.below(255) - 127) / 64) });
	}
	return tensors;
}

/** A model folder without a tokenizer. */
export function writeModel(
	folder: string,
	tensors: ReadonlyMap<string, CraftedTensor>,
	dtype: StoredType = "F32",
	pad = 0,
): void {
	writeFileSync(join(folder, "config.json"), JSON.stringify(tinyConfigJson));
	writeFileSync(join(folder, "model.safetensors"), craftTensors(tensors, dtype, pad));
}
