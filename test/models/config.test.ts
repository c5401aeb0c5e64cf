import { deepEqual, equal, match, throws } from "node:assert/strict";
import { AttuneError } from "#base/errors";
import { type ModelConfig, parseConfig } from "#models/config";
import { countParameters, parameterShapes } from "#models/parameters";
import golden from "../golden/fixtures/config.json" with { type: "json" };

const small = {
	model_type: "llama",
	vocab_size: 96,
	hidden_size: 64,
	intermediate_size: 80,
	num_hidden_layers: 2,
	num_attention_heads: 4,
};

/** Whole files as real models have them, with what their trainers left in them. */
const realConfigs = {
	SmolLM2: {
		...{ _name_or_path: "x", architectures: ["LlamaForCausalLM"], attention_bias: false, attention_dropout: 0 },
		...{ bos_token_id: 0, eos_token_id: 0, head_dim: 64, hidden_act: "silu", hidden_size: 576 },
		...{ initializer_range: 0.041666666666666664, intermediate_size: 1536, is_llama_config: true, mlp_bias: false },
		...{ max_position_embeddings: 8192, model_type: "llama", num_attention_heads: 9, num_hidden_layers: 30 },
		...{ num_key_value_heads: 3, pretraining_tp: 1, rms_norm_eps: 1e-5, rope_interleaved: false, rope_scaling: null },
		...{ rope_theta: 100000, tie_word_embeddings: true, torch_dtype: "bfloat16", transformers_version: "4.45.1" },
		...{ use_cache: true, vocab_size: 49152, neftune_noise_alpha: 0, qk_layer_norms: false, pad_token_id: 2 },
		"transformers.js_config": { dtype: "q4", kv_cache_dtype: { q4f16: "float16" } },
	},
	Falcon3: {
		...{ activation: "swiglu", architectures: ["LlamaForCausalLM"], attention_bias: false, attention_dropout: 0 },
		...{ eos_token_id: 11, head_dim: 256, hidden_act: "silu", hidden_size: 2048, initializer_range: 0.02 },
		...{ intermediate_size: 8192, max_position_embeddings: 8192, mlp_bias: false, model_type: "llama" },
		...{ num_attention_heads: 8, num_hidden_layers: 18, num_key_value_heads: 4, pretraining_tp: 1, rms_norm_eps: 1e-6 },
		...{ rope_scaling: null, rope_theta: 1000042, tie_word_embeddings: false, vocab_size: 131072 },
	},
	"Qwen2.5-Coder": {
		...{ architectures: ["Qwen2ForCausalLM"], attention_dropout: 0, bos_token_id: 151643, eos_token_id: 151643 },
		...{
			hidden_act: "silu",
			hidden_size: 896,
			initializer_range: 0.02,
			intermediate_size: 4864,
			max_window_layers: 24,
		},
		...{ max_position_embeddings: 32768, model_type: "qwen2", num_attention_heads: 14, num_hidden_layers: 24 },
		...{ num_key_value_heads: 2, rms_norm_eps: 1e-6, rope_theta: 1000000, sliding_window: 32768, use_mrope: false },
		...{ tie_word_embeddings: true, torch_dtype: "bfloat16", use_sliding_window: false, vocab_size: 151936 },
		...{ _attn_implementation_autoset: true, unsloth_fixed: true, dtype: "bfloat16" },
	},
	Mistral: {
		...{
			architectures: ["MistralForCausalLM"],
			attention_dropout: 0,
			bos_token_id: 1,
			eos_token_id: 2,
			hidden_size: 4096,
		},
		...{ hidden_act: "silu", initializer_range: 0.02, intermediate_size: 14336, max_position_embeddings: 32768 },
		...{ model_type: "mistral", num_attention_heads: 32, num_hidden_layers: 32, num_key_value_heads: 8 },
		...{ rms_norm_eps: 1e-5, rope_theta: 1000000, sliding_window: null, tie_word_embeddings: false, vocab_size: 32768 },
		...{
			output_attentions: false,
			output_hidden_states: false,
			id2label: { 0: "LABEL_0" },
			task_specific_params: null,
		},
		...{ max_sequence_length: 4096, resid_pdrop: 0.1, attention_probs_dropout_prob: 0.1, torchscript: false },
	},
};

describe("models/config", () => {
	for (const { name, config, expected } of golden) {
		it(`resolves "${name}" as transformers does`, () => {
			const ours = parseConfig(config, "config.json");
			deepEqual(Object.fromEntries(parameterShapes(ours)), expected.shapes);
			const { shapes: _, attentionFactor, ...rest } = expected;
			deepEqual(asGolden(ours), rest);
			equal(ours.ropeScaling.kind === "yarn" ? ours.ropeScaling.attentionFactor : 1, attentionFactor);
		});
	}

	it("counts parameters", () => {
		// 96*64 twice, and per layer 4 * 64*64 + 3 * 64*80 + 2 * 64, and the last norm.
		equal(countParameters(parseConfig(small, "f")), 2 * 96 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 80 + 128) + 64);
	});

	const refused: [string, object, RegExp][] = [
		["another model type", { model_type: "gpt2" }, /model_type "gpt2" is not supported/],
		["a model type named like a property", { model_type: "constructor" }, /model_type "constructor" is not supported/],
		["another activation", { hidden_act: "gelu" }, /activation "gelu"/],
		["quantised weights", { quantization_config: { bits: 4 } }, /quantization_config/],
		["experts", { num_local_experts: 8 }, /num_local_experts/],
		["custom code", { auto_map: {} }, /auto_map/],
		["tensor-parallel pretraining", { pretraining_tp: 2 }, /pretraining_tp/],
		["a classifier", { architectures: ["LlamaForSequenceClassification"] }, /not a causal language model/],
		["dynamic rope", { rope_scaling: { type: "dynamic", factor: 2 } }, /rope type "dynamic"/],
		["longrope", { rope_parameters: { rope_type: "longrope" } }, /rope type "longrope"/],
		["rope by layer type", { rope_parameters: { full_attention: {} } }, /rope parameter "full_attention"/],
		["partial rotary", { partial_rotary_factor: 0.5 }, /partial_rotary_factor 0.5/],
		["partial rotary inside", { rope_parameters: { partial_rotary_factor: 0.5 } }, /partial_rotary_factor 0.5/],
		["a window in llama", { sliding_window: 128 }, /sliding_window in a llama/],
		[
			"chunked attention",
			{ model_type: "qwen3", num_key_value_heads: 4, layer_types: ["chunked_attention", "full_attention"] },
			/layer type "chunked_attention"/,
		],
	];
	const maths = {
		...{ attn_logit_softcapping: 50, logit_scale: 0.25, residual_multiplier: 0.22, embedding_scaling: 12 },
		...{ query_scale: 0.5, qk_layernorm: true, use_qk_norm: true, attention_chunk_size: 8192, use_alibi: true },
		...{
			clip_qkv: 8,
			use_parallel_residual: true,
			rotary_pct: 0.25,
			scale_depth: 1.4,
			mup_width: 256,
			query_pre_attn_scalar: 256,
		},
		...{ activation: "relu2", attention_out_bias: true, num_experts_per_tok: 2, rope_ratio: 16, use_mrope: true },
		...{ width_multiplier: 4, output_multiplier_scale: 0.1, lm_head_bias: true, quantization: { bits: 4 } },
	};
	for (const [name, value] of Object.entries(maths))
		it(`refuses ${name} by name`, () =>
			check("unsupported", { [name]: value }, new RegExp(`"${name}" is not supported`)));

	for (const [name, config] of Object.entries(realConfigs))
		it(`takes every field that ${name} has`, () => {
			equal(parseConfig(config, "config.json").declaredType, config.model_type);
		});

	for (const [name, change, reason] of refused)
		it(`refuses ${name} by name`, () => check("unsupported", change, reason));

	const broken: [string, object, RegExp][] = [
		["no model_type", { model_type: undefined }, /"model_type" is missing/],
		["no hidden_size", { hidden_size: undefined }, /"hidden_size" is missing/],
		["no vocab_size", { vocab_size: null }, /"vocab_size" is missing/],
		["a fractional size", { hidden_size: 64.5 }, /must be an integer/],
		["a size as text", { vocab_size: "96" }, /"vocab_size" must be an integer, not "96"/],
		["zero layers", { num_hidden_layers: 0 }, /"num_hidden_layers" is 0/],
		["a billion layers", { num_hidden_layers: 1e9 }, /outside 1 to 1024/],
		["heads that do not divide", { num_attention_heads: 3, num_key_value_heads: 3 }, /not a multiple of 3 heads/],
		["kv heads that do not divide", { num_key_value_heads: 3 }, /4 attention heads cannot share 3/],
		["an odd head size", { hidden_size: 60 }, /head size 15 is odd/],
		["default kv heads of another shape", { model_type: "qwen2" }, /cannot share 32/],
		[
			"layer types of another depth",
			{ model_type: "qwen2", num_key_value_heads: 4, layer_types: ["full_attention"] },
			/names 1 layers/,
		],
		[
			"sliding layers without a window",
			{ model_type: "qwen3", num_key_value_heads: 4, layer_types: ["sliding_attention", "full_attention"] },
			/use_sliding_window is off/,
		],
		[
			"a window of nothing",
			{ model_type: "mistral", num_key_value_heads: 4, sliding_window: 0 },
			/"sliding_window" is 0/,
		],
		["linear rope without a factor", { rope_scaling: { type: "linear" } }, /"rope_scaling.factor" is missing/],
		["rope scaling as text", { rope_scaling: "linear" }, /"rope_scaling" is "linear", not an object/],
		[
			"llama3 rope with crossed bands",
			{ rope_scaling: { rope_type: "llama3", factor: 8, low_freq_factor: 4, high_freq_factor: 1 } },
			/high_freq_factor 1 is not above/,
		],
		["yarn that shrinks", { rope_scaling: { type: "yarn", factor: 0.5 } }, /"rope_scaling.factor" is 0.5/],
		[
			"an end id beyond the vocabulary",
			{ eos_token_id: [2, 96] },
			/"eos_token_id" 96 is not an id below vocab_size 96/,
		],
	];
	for (const [name, change, reason] of broken) it(`refuses ${name}`, () => check("config", change, reason));

	it("refuses a document that is no object", () => {
		for (const json of [null, [], "x", 3])
			throws(() => parseConfig(json, "a/config.json"), /a\/config.json: the document is/);
	});
});

function check(code: string, change: object, reason: RegExp): void {
	throws(
		() => parseConfig({ ...small, ...change }, "m/config.json"),
		(error) => {
			if (!(error instanceof AttuneError)) throw error;
			equal(error.code, code);
			match(error.message, reason);
			match(error.message, /^m\/config.json: /);
			equal(error.remedy.length > 10, true);
			return true;
		},
	);
}

/** Our config in the words of tools/golden/config.py. */
function asGolden(config: ModelConfig) {
	const scaling = config.ropeScaling;
	return {
		kvHeads: config.kvHeads,
		headDim: config.headDim,
		rmsNormEps: config.rmsNormEps,
		maxPositions: config.maxPositions,
		ropeTheta: config.ropeTheta,
		ropeType: scaling.kind === "none" ? "default" : scaling.kind,
		ropeFactor: scaling.kind === "none" ? null : scaling.factor,
		originalMaxPositions: scaling.kind === "llama3" || scaling.kind === "yarn" ? scaling.originalMaxPositions : null,
		sliding: config.slidingWindow ?? null,
		bosId: config.bosId ?? null,
		eosIds: config.eosIds,
	};
}
