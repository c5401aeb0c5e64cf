"""The tiny models: each takes the features of real configurations and shrinks the sizes.

`config` is what `config.json` will hold, in the form real checkpoints have it (the older `rope_theta` + `rope_scaling`, or the
newer `rope_parameters`). `dtype` is how the weights are stored; every reference is computed from the stored, rounded weights.
"""

from dataclasses import dataclass, field
from typing import Any

SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

SIZES: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-5,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "use_cache": True,
}


@dataclass(frozen=True)
class Spec:
    """One model: what it covers, its configuration, its storage, its adapter."""

    covers: str
    architecture: str
    config: dict[str, Any]
    dtype: str = "F32"
    shard_bytes: int | None = None
    rank: int = 4
    alpha: int = 8
    targets: list[str] = field(default_factory=lambda: list(SEVEN))


def llama(**changes: Any) -> dict[str, Any]:
    return {"model_type": "llama", **SIZES, "attention_bias": False, "mlp_bias": False, "rope_theta": 10000.0, **changes}


def qwen2(**changes: Any) -> dict[str, Any]:
    return {"model_type": "qwen2", **SIZES, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, **changes}


def qwen3(**changes: Any) -> dict[str, Any]:
    return {"model_type": "qwen3", **SIZES, "rms_norm_eps": 1e-6, "attention_bias": False, **changes}


SPECS: dict[str, Spec] = {
    "llama-tied": Spec(
        "SmolLM2: grouped-query attention, tied head, rope theta 100000",
        "LlamaForCausalLM",
        llama(tie_word_embeddings=True, rope_theta=100000.0, rope_scaling=None),
    ),
    "llama-bias": Spec(
        "untied head, attention and MLP biases, head_dim that is not hidden / heads, newer rope_parameters, BF16",
        "LlamaForCausalLM",
        {
            k: v
            for k, v in llama(
                tie_word_embeddings=False,
                attention_bias=True,
                mlp_bias=True,
                head_dim=12,
                rope_parameters={"rope_type": "default", "rope_theta": 500.0},
            ).items()
            if k != "rope_theta"
        },
        dtype="BF16",
    ),
    "llama-mha": Spec(
        "Llama 2: as many key as query heads, no num_key_value_heads in the file, F16; adapter as in the TLM paper (r 8, q and v)",
        "LlamaForCausalLM",
        {k: v for k, v in llama(tie_word_embeddings=False).items() if k not in ("num_key_value_heads", "rope_theta")},
        dtype="F16",
        rank=8,
        alpha=16,
        targets=["q_proj", "v_proj"],
    ),
    "llama-linear": Spec(
        "DeepSeek-Coder: linear rope scaling under its older key `type`, BF16",
        "LlamaForCausalLM",
        llama(tie_word_embeddings=False, rope_theta=100000.0, rope_scaling={"type": "linear", "factor": 4.0}),
        dtype="BF16",
    ),
    "llama-llama3": Spec(
        "Llama 3.2: tied, llama3 rope scaling with frequencies in all three bands, BF16",
        "LlamaForCausalLM",
        llama(
            tie_word_embeddings=True,
            head_dim=8,
            rope_theta=100.0,
            eos_token_id=[2, 3],
            rope_scaling={
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 32,
            },
        ),
        dtype="BF16",
    ),
    "llama-yarn": Spec(
        "yarn with mscale, mscale_all_dim, beta_fast and beta_slow given",
        "LlamaForCausalLM",
        llama(
            tie_word_embeddings=True,
            rope_theta=100.0,
            max_position_embeddings=256,
            rope_scaling={
                "rope_type": "yarn",
                "factor": 4.0,
                "beta_fast": 8,
                "beta_slow": 1,
                "mscale": 1.0,
                "mscale_all_dim": 0.5,
                "original_max_position_embeddings": 64,
            },
        ),
        dtype="F16",
    ),
    "qwen2-tied": Spec(
        "Qwen2.5-Coder: qkv bias, tied, sliding window written down but switched off, BF16",
        "Qwen2ForCausalLM",
        qwen2(tie_word_embeddings=True, use_sliding_window=False, sliding_window=6, max_window_layers=1, attention_dropout=0.0),
        dtype="BF16",
    ),
    "qwen2-sliding": Spec(
        "qkv bias, untied, sliding window on the upper layers, weights in several files",
        "Qwen2ForCausalLM",
        qwen2(tie_word_embeddings=False, use_sliding_window=True, sliding_window=6, max_window_layers=1, intermediate_size=24),
        shard_bytes=40_000,
    ),
    "qwen3-tied": Spec(
        "query and key norms, head_dim that is not hidden / heads, tied",
        "Qwen3ForCausalLM",
        qwen3(tie_word_embeddings=True, head_dim=12, rope_theta=1000000.0, rope_scaling=None, use_sliding_window=False),
        dtype="BF16",
    ),
    "qwen3-yarn": Spec(
        "query and key norms, untied, yarn by its defaults (as Qwen's model cards tell users to add it), newer rope_parameters",
        "Qwen3ForCausalLM",
        qwen3(
            tie_word_embeddings=False,
            head_dim=16,
            max_position_embeddings=128,
            rope_parameters={
                "rope_type": "yarn",
                "rope_theta": 1000.0,
                "factor": 4.0,
                "original_max_position_embeddings": 32,
            },
        ),
        dtype="F16",
    ),
    "qwen3-sliding": Spec(
        "sliding window by layer_types, attention bias, yarn with an attention_factor",
        "Qwen3ForCausalLM",
        qwen3(
            tie_word_embeddings=True,
            attention_bias=True,
            head_dim=8,
            use_sliding_window=True,
            sliding_window=7,
            max_window_layers=0,
            layer_types=["sliding_attention", "full_attention"],
            rope_theta=1000.0,
            rope_scaling={"type": "yarn", "factor": 2.0, "attention_factor": 1.3, "original_max_position_embeddings": 64},
        ),
        dtype="BF16",
    ),
    "mistral": Spec(
        "Mistral 7B v0.1: a sliding window on every layer, BF16",
        "MistralForCausalLM",
        {"model_type": "mistral", **SIZES, "rope_theta": 10000.0, "sliding_window": 5, "tie_word_embeddings": False},
        dtype="BF16",
    ),
}
