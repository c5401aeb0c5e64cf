/** A model that no machine of ours can load: 68 billion parameters in a file of holes, which takes no room on the disk. */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { end, modelFiles, text } from "#test/engine/fetching";

const config = {
	...{ model_type: "llama", hidden_size: 8_192, intermediate_size: 28_672, num_hidden_layers: 80, vocab_size: 2_560 },
	...{ num_attention_heads: 64, num_key_value_heads: 8, tie_word_embeddings: true, max_position_embeddings: 8_192 },
	...{ bos_token_id: end, eos_token_id: end },
};

export function writeGiant(folder: string): void {
	const { "model.safetensors": _, ...small } = modelFiles();
	for (const [name, { content }] of Object.entries({ ...small, "config.json": text(config) }))
		writeFileSync(join(folder, name), content);
	let bytes = 0;
	const header: Record<string, object> = {};
	for (const [name, shape] of parameterShapes(parseConfig(config, "config.json"))) {
		const begin = bytes;
		bytes += 2 * shape.reduce((a, b) => a * b, 1);
		header[name] = { dtype: "BF16", shape, data_offsets: [begin, bytes] };
	}
	const json = Buffer.from(JSON.stringify(header));
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(json.length));
	const handle = openSync(join(folder, "model.safetensors"), "w");
	writeSync(handle, Buffer.concat([length, json]));
	ftruncateSync(handle, 8 + json.length + bytes);
	closeSync(handle);
}
