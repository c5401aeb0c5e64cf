/**
 * Llama (transformers `modeling_llama.py`): Llama 2 and 3, SmolLM2, Mistral-like, DeepSeek-Coder, our starter.
 * Pre-norm, rotary positions, grouped queries, SwiGLU. Biases of the projections come with the parameters.
 */

import { add } from "#graph/ops/elementwise";
import type { Tensor } from "#graph/tensor";
import { decoder } from "./decoder.ts";
import { attended, type LayerContext, normed, projected, rotated, swiglu, wanted } from "./forward.ts";

export const forward = decoder(layer);

function layer(context: LayerContext, x: Tensor): Tensor {
	const h = normed(context, x, "input_layernorm"); // [T, d]
	const query = rotated(context, projected(context, h, "self_attn.q_proj")); // [T, heads * headDim]
	const key = rotated(context, projected(context, h, "self_attn.k_proj")); // [T, kvHeads * headDim]
	const value = projected(context, h, "self_attn.v_proj");
	const mixed = attended(context, query, key, value); // [T, heads * headDim]
	const y = add(wanted(context, x), projected(context, wanted(context, mixed), "self_attn.o_proj"));
	return add(y, swiglu(context, normed(context, y, "post_attention_layernorm")));
}
