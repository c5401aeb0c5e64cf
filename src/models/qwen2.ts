/**
 * Qwen2 and Qwen2.5 (transformers `modeling_qwen2.py`): the maths of Llama. What differs is in the checkpoint: queries,
 * keys and values have a bias, and upper layers may see a sliding window only.
 */
import type { Forward } from "./forward.ts";
import { forward as llama } from "./llama.ts";

export const forward: Forward = llama;
