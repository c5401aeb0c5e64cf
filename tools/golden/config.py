"""Writes test/golden/fixtures/config.json: config.json files as transformers resolves them, with the names and shapes it creates.

Made with transformers 5.23.0 and torch 2.13.0. Run: python tools/golden/config.py
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

SMALL = dict(vocab_size=96, hidden_size=64, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=512)
CASES = {
    "llama bare": dict(SMALL, model_type="llama"),
    "llama grouped, tied": dict(SMALL, model_type="llama", num_key_value_heads=2, tie_word_embeddings=True, rms_norm_eps=1e-5),
    "llama null kv heads": dict(SMALL, model_type="llama", num_key_value_heads=None, head_dim=None, rope_scaling=None),
    "llama biases, head_dim": dict(SMALL, model_type="llama", attention_bias=True, mlp_bias=True, head_dim=24),
    "llama linear, type": dict(SMALL, model_type="llama", rope_theta=100000, rope_scaling=dict(type="linear", factor=4.0)),
    "llama llama3": dict(SMALL, model_type="llama", rope_theta=500000.0, max_position_embeddings=4096, rope_scaling=LLAMA3),
    "llama rope_parameters": dict(SMALL, model_type="llama", rope_parameters=dict(rope_theta=130000.0, rope_type="default")),
    "llama both rope layouts": dict(
        SMALL, model_type="llama", rope_theta=5.0, rope_parameters=dict(LLAMA3, rope_theta=7000.0), max_position_embeddings=4096
    ),
    "mistral bare": dict(SMALL, model_type="mistral", num_key_value_heads=2),
    "mistral no window": dict(SMALL, model_type="mistral", num_key_value_heads=2, sliding_window=None, eos_token_id=[2, 5]),
    "qwen2 bare": dict(SMALL, model_type="qwen2", num_key_value_heads=2, bos_token_id=90, eos_token_id=91),
    "qwen2 window": dict(
        SMALL, model_type="qwen2", num_key_value_heads=4, use_sliding_window=True, sliding_window=16, max_window_layers=1
    ),
    "qwen2 layer types": dict(
        SMALL,
        model_type="qwen2",
        num_key_value_heads=4,
        use_sliding_window=True,
        sliding_window=8,
        layer_types=["sliding_attention", "full_attention"],
    ),
    "qwen2 yarn": dict(
        SMALL,
        model_type="qwen2",
        num_key_value_heads=2,
        rope_theta=1000000.0,
        max_position_embeddings=32768,
        rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=8192),
    ),
    "qwen2 yarn mscale": dict(
        SMALL,
        model_type="qwen2",
        num_key_value_heads=2,
        max_position_embeddings=4096,
        rope_parameters=dict(
            rope_type="yarn", rope_theta=10000.0, factor=2.0, mscale=0.7, mscale_all_dim=1.2, beta_fast=16, truncate=False
        ),
    ),
    "qwen3 bare": dict(SMALL, model_type="qwen3", num_key_value_heads=2),
    "qwen3 bias": dict(SMALL, model_type="qwen3", num_key_value_heads=2, head_dim=32, attention_bias=True, tie_word_embeddings=True),
}


def resolve(raw):
    """The fields of ours, read off what transformers built."""
    kwargs = json.loads(json.dumps(raw))
    config = AutoConfig.for_model(kwargs.pop("model_type"), **kwargs)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    if config.tie_word_embeddings:
        del shapes["lm_head.weight"]
    attention = [layer.self_attn for layer in model.model.layers]
    window = getattr(config, "sliding_window", None)
    kind = config.model_type
    sliding = [window is not None and (kind == "mistral" or getattr(a, "sliding_window", None) is not None) for a in attention]
    rope = config.rope_parameters
    scaling = 1.0
    if rope["rope_type"] != "default":
        _, scaling = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config)
    return dict(
        kvHeads=config.num_key_value_heads,
        headDim=attention[0].head_dim,
        rmsNormEps=config.rms_norm_eps,
        maxPositions=config.max_position_embeddings,
        ropeTheta=rope["rope_theta"],
        ropeType=rope["rope_type"],
        ropeFactor=rope.get("factor"),
        originalMaxPositions=rope.get("original_max_position_embeddings"),
        attentionFactor=scaling,
        sliding=dict(size=window, layers=sliding) if any(sliding) and kind != "llama" else None,
        bosId=config.bos_token_id,
        eosIds=config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id] if config.eos_token_id is not None else [],
        shapes=shapes,
    )


def main():
    print(transformers.__version__, torch.__version__)
    cases = [dict(name=name, config=raw, expected=resolve(raw)) for name, raw in CASES.items()]
    out = Path(__file__).parents[2] / "test/golden/fixtures/config.json"
    out.write_text(json.dumps(cases) + "\n")
    print(out, out.stat().st_size)


main()
