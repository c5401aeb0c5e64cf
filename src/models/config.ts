import { type Fields, fieldsOf } from "#base/fields";
import { parseRope, type RopeScaling } from "./ropeScaling.ts";

/** The maths a model is computed with; `mistral` is llama with a sliding window and comes as "llama". */
export type ModelType = "llama" | "qwen2" | "qwen3";

/** A Hugging Face `config.json`, every default resolved as transformers 5 does. */
export interface ModelConfig {
	readonly modelType: ModelType;
	/** `model_type` as the file says it. */
	readonly declaredType: string;
	readonly vocabularySize: number;
	readonly hiddenSize: number;
	readonly intermediateSize: number;
	readonly layers: number;
	readonly heads: number;
	/** Divides `heads`. */
	readonly kvHeads: number;
	/** Even. `heads * headDim` may differ from `hiddenSize`. */
	readonly headDim: number;
	readonly rmsNormEps: number;
	readonly ropeTheta: number;
	readonly ropeScaling: RopeScaling;
	/** Which attention projections have a bias: all four in llama and qwen3, never the output in qwen2. */
	readonly attentionBias: "none" | "qkv" | "qkvo";
	/** Bias of gate, up and down. */
	readonly mlpBias: boolean;
	/** RMSNorm over `headDim` of each query and key head, before the rotary embedding. */
	readonly qkNorm: boolean;
	/** The head is the embedding, transposed; there is no `lm_head.weight`. */
	readonly tiedEmbeddings: boolean;
	/** Query i sees keys j with i - size < j <= i, in the layers marked. */
	readonly slidingWindow: { readonly size: number; readonly layers: readonly boolean[] } | undefined;
	readonly maxPositions: number;
	readonly bosId: number | undefined;
	readonly eosIds: readonly number[];
}

/** What transformers takes for a field that the file leaves out. */
interface FamilyDefaults {
	readonly modelType: ModelType;
	/** undefined: as many as heads. */
	readonly kvHeads: number | undefined;
	readonly headDim?: number;
	readonly maxPositions: number;
	readonly bosId?: number;
	readonly eosId?: number;
}

const families: Readonly<Record<string, FamilyDefaults>> = {
	llama: { modelType: "llama", kvHeads: undefined, maxPositions: 2048, bosId: 1, eosId: 2 },
	mistral: { modelType: "llama", kvHeads: 8, maxPositions: 131_072, bosId: 1, eosId: 2 },
	qwen2: { modelType: "qwen2", kvHeads: 32, maxPositions: 32_768 },
	qwen3: { modelType: "qwen3", kvHeads: 32, headDim: 128, maxPositions: 32_768 },
};

/** Fields that change the maths in ways no graph here computes, with the values that mean "not used". */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
	quantization_config: [],
	auto_map: [],
	per_layer_config: [],
	pretraining_tp: [1],
	num_experts: [0, 1],
	num_local_experts: [0, 1],
	n_routed_experts: [0, 1],
	is_causal: [true],
	use_bidirectional_attention: [false],
	attn_logit_softcapping: [],
	final_logit_softcapping: [],
	logit_scale: [1],
	embedding_multiplier: [1],
	residual_multiplier: [1],
	attention_multiplier: [],
	logits_scaling: [1],
	no_rope_layers: [],
	no_rope_layer_interval: [0],
	rope_interleaved: [false],
	use_mrope: [false],
	num_kv_shared_layers: [0],
	query_pre_attn_scalar: [],
	position_embedding_type: ["rope", "rotary"],
	quantization: [],
};

/**
 * Words that name maths. A field that nobody here knows and that has one of them in its name is refused unless its value means that it
 * is not used. All other unknown fields pass: files of real models are full of what their trainers kept for themselves.
 */
const mathsWords =
	/multiplier|scal(e|ing)|soft_?cap|capping|clip|logit|expert|factor|norm|residual|bias|alibi|rope|rotary|^attention_|^attn_|activation|^mup/;
const unused: readonly unknown[] = [null, false, 0, 1, "silu", "swish", "swiglu"];

/** Fields with such a word that are read here, that transformers ignores in these families, or that concern training or speed. */
const knownFields = new Set([
	...["rms_norm_eps", "attention_bias", "mlp_bias", "rope_theta", "rope_scaling", "rope_parameters"],
	...["partial_rotary_factor", "initializer_factor", "layer_norm_eps", "layer_norm_epsilon", "norm_eps"],
	...["attention_softmax_in_fp32", "attn_implementation", "scale_attn_weights", "num_logits_to_keep", "logits_to_keep"],
	...["rotary_emb_base", "use_rms_norm", "rms_norm"],
]);

/** Reads a `config.json`; `file` is for messages. Unknown features are "unsupported", contradictions "config" errors. */
export function parseConfig(json: unknown, file: string): ModelConfig {
	const config = fieldsOf(json, {
		code: "config",
		file,
		remedy: "Fetch the model's config.json again, or choose another model (llama, mistral, qwen2, qwen3).",
	});
	const declaredType = config.string("model_type");
	const family = Object.hasOwn(families, declaredType) ? families[declaredType] : undefined;
	if (family === undefined) {
		return config.unsupported(
			`model_type ${JSON.stringify(declaredType)} is not supported`,
			"Choose a llama, mistral, qwen2 or qwen3 model.",
		);
	}
	refuseForeignMaths(config);
	const layers = config.integer("num_hidden_layers", { min: 1, max: 1024 });
	const vocabularySize = config.integer("vocab_size", size);
	const maxPositions = config.integer("max_position_embeddings", { ...size, default: family.maxPositions });
	return {
		modelType: family.modelType,
		declaredType,
		vocabularySize,
		hiddenSize: config.integer("hidden_size", size),
		intermediateSize: config.integer("intermediate_size", size),
		layers,
		...parseHeads(config, family, declaredType),
		rmsNormEps: config.number("rms_norm_eps", { default: 1e-6, min: 0, max: 1 }),
		...parseRope(config, maxPositions),
		attentionBias: attentionBias(config, declaredType),
		mlpBias: declaredType === "llama" && config.boolean("mlp_bias", false),
		qkNorm: family.modelType === "qwen3",
		tiedEmbeddings: config.boolean("tie_word_embeddings", false),
		slidingWindow: parseSlidingWindow(config, declaredType, layers),
		maxPositions,
		...parseTokenIds(config, family, vocabularySize),
	};
}

const size = { min: 1, max: 2 ** 26 };

function refuseForeignMaths(config: Fields): void {
	for (const [name, values] of Object.entries(neutral)) {
		if (config.has(name) && !values.includes(config.raw(name)))
			config.unsupported(`the feature "${name}" is not supported`);
	}
	for (const name of Object.keys(config.object)) {
		const bookkeeping = name.startsWith("_") || name.includes("drop") || knownFields.has(name) || name in neutral;
		if (!bookkeeping && mathsWords.test(name) && !unused.includes(config.raw(name)))
			config.unsupported(`the feature "${name}" is not supported`);
	}
	const activation = config.string("hidden_act", "silu");
	if (activation !== "silu" && activation !== "swish")
		config.unsupported(`activation "${activation}" is not supported`);
	if (!config.has("architectures")) return;
	const architectures = config.strings("architectures");
	if (architectures.length > 0 && !architectures.some((name) => name.endsWith("ForCausalLM"))) {
		config.unsupported(`architecture "${architectures.join(", ")}" is not a causal language model`);
	}
}

function parseHeads(
	config: Fields,
	family: FamilyDefaults,
	type: string,
): Pick<ModelConfig, "heads" | "kvHeads" | "headDim"> {
	const hidden = config.integer("hidden_size", size);
	const heads = config.integer("num_attention_heads", { min: 1, max: 65_536 });
	// An explicit null means "as many as heads"; an absent field takes the family's number.
	const absent = Object.hasOwn(config.object, "num_key_value_heads") ? undefined : family.kvHeads;
	const kvHeads = config.integer("num_key_value_heads", { default: absent ?? heads, min: 1, max: 65_536 });
	if (heads % kvHeads !== 0) config.fail(`${heads} attention heads cannot share ${kvHeads} key-value heads evenly`);
	const derived = family.headDim ?? Math.floor(hidden / heads);
	const given = config.has("head_dim") || family.headDim !== undefined;
	// transformers refuses such a llama even when head_dim is given.
	if ((!given || type === "llama") && hidden % heads !== 0)
		config.fail(`hidden_size ${hidden} is not a multiple of ${heads} heads`);
	const headDim = config.integer("head_dim", { default: derived, min: 1, max: 65_536 });
	if (headDim % 2 !== 0) config.fail(`head size ${headDim} is odd, which rotary embedding cannot split`);
	return { heads, kvHeads, headDim };
}

/** qwen2 always has q, k, v biases and mistral none, whatever the file says; transformers ignores the field there. */
function attentionBias(config: Fields, type: string): ModelConfig["attentionBias"] {
	if (type === "qwen2") return "qkv";
	if (type === "mistral") return "none";
	return config.boolean("attention_bias", false) ? "qkvo" : "none";
}

function parseSlidingWindow(config: Fields, type: string, layers: number): ModelConfig["slidingWindow"] {
	const types = layerTypes(config, layers);
	if (type === "llama" || type === "mistral") {
		// transformers ignores layer_types here, so a file that means them would be computed wrong.
		if (types?.includes("sliding_attention"))
			config.unsupported(`layer_types with sliding_attention in a ${type} model is not supported`);
		if (type === "llama") {
			if (config.has("sliding_window")) config.unsupported("sliding_window in a llama model is not supported");
			return undefined;
		}
		const absent = !Object.hasOwn(config.object, "sliding_window");
		if (!absent && !config.has("sliding_window")) return undefined;
		return {
			size: config.integer("sliding_window", { ...size, default: 4096 }),
			layers: Array<boolean>(layers).fill(true),
		};
	}
	const declared = Object.hasOwn(config.object, "sliding_window");
	const used = config.boolean("use_sliding_window", false) && (!declared || config.has("sliding_window"));
	const first = config.integer("max_window_layers", { default: 28, min: 0 });
	const marked =
		types?.map((name) => name === "sliding_attention") ?? Array.from({ length: layers }, (_, i) => used && i >= first);
	if (!marked.includes(true)) return undefined;
	if (!used)
		config.fail("layer_types has sliding_attention, but use_sliding_window is off or sliding_window is missing");
	return { size: config.integer("sliding_window", { ...size, default: 4096 }), layers: marked };
}

function layerTypes(config: Fields, layers: number): readonly string[] | undefined {
	if (!config.has("layer_types")) return undefined;
	const types = config.strings("layer_types");
	if (types.length !== layers)
		config.fail(`layer_types names ${types.length} layers, num_hidden_layers says ${layers}`);
	const other = types.find((name) => name !== "full_attention" && name !== "sliding_attention");
	if (other !== undefined) config.unsupported(`layer type "${other}" is not supported`);
	return types;
}

function parseTokenIds(
	config: Fields,
	family: FamilyDefaults,
	vocabularySize: number,
): Pick<ModelConfig, "bosId" | "eosIds"> {
	const id = (name: string, value: unknown): number => {
		const good = typeof value === "number" && Number.isInteger(value) && value >= 0 && value < vocabularySize;
		return good
			? value
			: config.fail(`"${name}" ${JSON.stringify(value)} is not an id below vocab_size ${vocabularySize}`);
	};
	const read = (name: string, fallback: number | undefined): unknown =>
		Object.hasOwn(config.object, name) ? config.raw(name) : fallback;
	const bos = read("bos_token_id", family.bosId);
	const eos = read("eos_token_id", family.eosId);
	return {
		bosId: bos === undefined ? undefined : id("bos_token_id", bos),
		eosIds: eos === undefined ? [] : (Array.isArray(eos) ? eos : [eos]).map((value) => id("eos_token_id", value)),
	};
}
