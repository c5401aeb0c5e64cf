/** A model's weights, and an adapter's, as GGUF tensors: named and laid out as llama.cpp's converters do. */
import { defined } from "#base/assert";
import { AttuneError } from "#base/errors";
import type { ModelConfig } from "#models/config";
import { parseModule } from "#models/lora";
import { type LinearModule, parameterShapes } from "#models/parameters";
import type { Adapter } from "../adapterState.ts";
import type { WeightStore } from "../weights.ts";
import { frequencyDivisors, type GgufPrecision } from "./architecture.ts";
import { type BlockType, blockTypes } from "./blocks.ts";
import type { GgufTensor, Metadata } from "./file.ts";

const moduleNames: Readonly<Record<LinearModule, string>> = {
	"self_attn.q_proj": "attn_q",
	"self_attn.k_proj": "attn_k",
	"self_attn.v_proj": "attn_v",
	"self_attn.o_proj": "attn_output",
	"mlp.gate_proj": "ffn_gate",
	"mlp.up_proj": "ffn_up",
	"mlp.down_proj": "ffn_down",
};

const otherNames: Readonly<Record<string, string>> = {
	...moduleNames,
	input_layernorm: "attn_norm",
	post_attention_layernorm: "ffn_norm",
	"self_attn.q_norm": "attn_q_norm",
	"self_attn.k_norm": "attn_k_norm",
};

const wholeNames: Readonly<Record<string, string>> = {
	"model.embed_tokens.weight": "token_embd.weight",
	"model.norm.weight": "output_norm.weight",
	"lm_head.weight": "output.weight",
};

/** Numbers of a tensor read at once. */
const slice = 1 << 22;

/** Matrices in `precision`, or in F16 where rows are no whole blocks; everything else in F32. */
export function modelTensors(store: WeightStore, config: ModelConfig, precision: GgufPrecision): readonly GgufTensor[] {
	const tensors = [...parameterShapes(config)].map(([name, shape]): GgufTensor => {
		const columns = defined(shape.at(-1), "columns");
		const heads = permutedHeads(config, name);
		return {
			name: ggufName(name),
			shape,
			type: shape.length === 1 ? "F32" : typeOf(precision, columns),
			pieces: () =>
				heads === undefined ? inSlices(store, name, columns) : [interleaved(store.read(name), heads, rowWidth(shape))],
		};
	});
	const divisors = frequencyDivisors(config);
	if (divisors !== undefined)
		tensors.push({ name: "rope_freqs.weight", shape: [divisors.length], type: "F32", pieces: () => [divisors] });
	return tensors;
}

/** A and B of every module, in F32, and what says that it is an adapter. Throws AttuneError "unsupported". */
export function adapterFile(
	{ lora, modules }: Adapter,
	config: ModelConfig,
	name: string,
	folder: string,
): { readonly metadata: Metadata; readonly tensors: readonly GgufTensor[] } {
	if (lora.alpha === 0) {
		throw new AttuneError(
			"unsupported",
			"lora_alpha is 0, so it changes nothing, and llama.cpp would take it for no scale",
			{
				file: folder,
				remedy: "Use the base model alone.",
			},
		);
	}
	const tensors = [...modules].flatMap(([module, { a, b }]): GgufTensor[] => {
		const { layer, module: kind } = parseModule(module);
		const base = `blk.${layer}.${moduleNames[kind]}.weight`;
		const heads = permutedHeads(config, `${module}.weight`);
		const rows = heads === undefined ? b : interleaved(b, heads, lora.rank);
		return [
			{ name: `${base}.lora_a`, shape: [lora.rank, a.length / lora.rank], type: "F32", pieces: () => [a] },
			{ name: `${base}.lora_b`, shape: [b.length / lora.rank, lora.rank], type: "F32", pieces: () => [rows] },
		];
	});
	const metadata: Metadata = new Map([
		["general.architecture", { text: config.modelType }],
		["general.type", { text: "adapter" }],
		["general.name", { text: name }],
		["general.file_type", { uint32: 0 }],
		["adapter.type", { text: "lora" }],
		["adapter.lora.alpha", { float32: lora.alpha }],
	]);
	return { metadata, tensors };
}

/** `model.layers.3.mlp.up_proj.weight` -> `blk.3.ffn_up.weight`. */
function ggufName(name: string): string {
	const whole = wholeNames[name];
	if (whole !== undefined) return whole;
	const match = defined(/^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name), `a layer's tensor ${name}`);
	const [, layer, part, kind] = match as unknown as readonly [string, string, string, string];
	return `blk.${layer}.${defined(otherNames[part], `a GGUF name of ${part}`)}.${kind}`;
}

function typeOf(precision: GgufPrecision, columns: number): BlockType {
	const type = precision.toUpperCase() as Uppercase<GgufPrecision>;
	return columns % blockTypes[type].size === 0 ? type : "F16";
}

/**
 * Heads whose rows change places: llama's q and k, because llama.cpp rotates neighbours there (2j, 2j + 1) and Hugging Face's layout
 * halves (j, j + headDim / 2). It rotates halves for the other families.
 */
function permutedHeads(config: ModelConfig, name: string): number | undefined {
	if (config.modelType !== "llama") return undefined;
	if (name.includes(".self_attn.q_proj.")) return config.heads;
	return name.includes(".self_attn.k_proj.") ? config.kvHeads : undefined;
}

function rowWidth(shape: readonly number[]): number {
	return shape.length === 1 ? 1 : defined(shape[1], "columns");
}

/** Rows of `width` numbers: of each head, row j of the first half and row j of the second become neighbours. */
function interleaved(values: Float32Array, heads: number, width: number): Float32Array {
	const result = new Float32Array(values.length);
	const rows = values.length / width / heads;
	for (let head = 0; head < heads; head++) {
		for (let row = 0; row < rows; row++) {
			const from = head * rows + (row >> 1) + (row & 1) * (rows / 2);
			result.set(values.subarray(from * width, (from + 1) * width), (head * rows + row) * width);
		}
	}
	return result;
}

function* inSlices(store: WeightStore, name: string, columns: number): Iterable<Float32Array> {
	const length = store.locate(name).byteLength / 4;
	const step = Math.max(1, Math.floor(slice / columns)) * columns;
	for (let first = 0; first < length; first += step) yield store.read(name, first, Math.min(step, length - first));
}
