/**
 * Qwen3 (transformers `modeling_qwen3.py`): as Llama, but each query and key head is normalised before it is rotated,
 * and heads need not add up to the hidden size.
 */

import { add } from "#graph/ops/elementwise";
import type { Tensor } from "#graph/tensor";
import { decoder } from "./decoder.ts";
import { attended, headNormed, type LayerContext, normed, projected, rotated, swiglu, wanted } from "./forward.ts";

export const forward = decoder(layer);

function layer(context: LayerContext, x: Tensor): Tensor {
	const h = normed(context, x, "input_layernorm"); // [T, d]
	const query = headNormed(context, projected(context, h, "self_attn.q_proj"), "self_attn.q_norm");
	const key = headNormed(context, projected(context, h, "self_attn.k_proj"), "self_attn.k_norm");
	const value = projected(context, h, "self_attn.v_proj"); // [T, kvHeads * headDim]
	const mixed = attended(context, rotated(context, query), rotated(context, key), value);
	const y = add(wanted(context, x), projected(context, wanted(context, mixed), "self_attn.o_proj"));
	return add(y, swiglu(context, normed(context, y, "post_attention_layernorm")));
}
