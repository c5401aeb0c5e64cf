/**
 * Whole graphs as text, so that a change of what is computed shows line by line. After a change that is meant:
 * `ATTUNE_SNAPSHOTS=write npx mocha --no-config out/test/models/graphSnapshot.test.js`, and read the difference.
 */
import { equal } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "#engine/home";
import { assemble } from "#graph/assemble";
import { printGraph } from "#graph/print";
import { parseConfig } from "#models/config";
import { learnGraph, type Outputs, scoreGraph } from "#models/graphs";

const config = parseConfig(
	{
		...{ architectures: ["LlamaForCausalLM"], model_type: "llama", vocab_size: 96, hidden_size: 16 },
		...{ intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1 },
		...{ max_position_embeddings: 64, rms_norm_eps: 1e-5, rope_theta: 10_000, hidden_act: "silu" },
		tie_word_embeddings: true,
	},
	"the snapshot's config",
);
const options = { config, rows: 4, dtype: "float32" } as const;
const lora = { rank: 2, alpha: 4, targets: ["self_attn.q_proj", "mlp.down_proj"] } as const;

describe("models/graphs as text", () => {
	const graphs: Readonly<Record<string, Outputs>> = {
		"llama-score": scoreGraph(options),
		"llama-learn": learnGraph(options, lora),
	};
	for (const [name, outputs] of Object.entries(graphs)) {
		it(`is what was looked at: ${name}`, () => {
			const file = join(packageRoot(), "test", "models", "snapshots", `${name}.txt`);
			const text = printGraph(assemble(outputs, { provider: "cpu", dtype: "float32" }));
			if (process.env["ATTUNE_SNAPSHOTS"] === "write") writeFileSync(file, text);
			equal(text, readFileSync(file, "utf8"));
		});
	}
});
