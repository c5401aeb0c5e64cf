/** A model folder of one layer that knows nothing: what is computed takes no time, all the rest is real. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSeededWeights } from "#test/support/tinyModel";
import { byteLetters } from "#text/tokenBytes";

/** Of a Llama over bytes, with ids below 257. */
export const bytesTokenizer = {
	model: { type: "BPE", vocab: Object.fromEntries(byteLetters.map((letter, byte) => [letter, byte])), merges: [] },
	pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
	decoder: { type: "ByteLevel" },
	added_tokens: [{ id: byteLetters.length, content: "<|endoftext|>", special: true }],
};

export const bytesConfig = {
	...{ model_type: "llama", architectures: ["LlamaForCausalLM"], hidden_size: 16, intermediate_size: 24 },
	...{ vocab_size: byteLetters.length + 1, bos_token_id: null, eos_token_id: byteLetters.length },
	...{ num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 128 },
	...{ tie_word_embeddings: true, rms_norm_eps: 1e-5, rope_theta: 10_000 },
};

/** Makes `folder`. */
export function writeModelOfOneLayer(
	folder: string,
	config: object,
	tokenizer: unknown,
	tokenizerConfig: object = {},
): void {
	mkdirSync(folder);
	writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
	writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(tokenizerConfig));
	writeSeededWeights(folder, config);
}
