"""What PyTorch + transformers + PEFT compute from a tiny model: logits, losses, LoRA gradients, twenty AdamW steps."""

import math
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoConfig, AutoModelForCausalLM, get_cosine_schedule_with_warmup

from specs import Spec

STEPS = 20
PEAK_RATE = 5e-3
MAX_NORM = 1.0
WEIGHTS = [1.0, 0.2]  # of the loss of either window in training: the second is not clipped at every step


def base_model(folder: str, name: str) -> Any:
    """The model of `folder` in the default dtype; tables that transformers computes (rope) are computed in it too."""
    config = AutoConfig.from_pretrained(folder)
    config.use_cache = False
    model = AutoModelForCausalLM.from_config(config, dtype=torch.get_default_dtype(), attn_implementation="eager")
    model.config._name_or_path = model.name_or_path = f"attune-golden/{name}"
    return model


def stored_weights(folder: str) -> dict[str, Tensor]:
    """As transformers itself reads them, in float32 (exact for F16 and BF16)."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict()


def with_adapter(model: Any, spec: Spec, values: dict[str, Tensor] | None) -> Any:
    """`model` wrapped by PEFT (in place); the adapter takes `values`, named as PEFT saves them."""
    config = LoraConfig(
        r=spec.rank, lora_alpha=spec.alpha, lora_dropout=0.0, target_modules=spec.targets, bias="none", task_type="CAUSAL_LM"
    )
    wrapped = get_peft_model(model, config)
    if values is not None:
        outcome = set_peft_model_state_dict(wrapped, {k: v.to(model.dtype) for k, v in values.items()})
        assert not outcome.unexpected_keys, outcome.unexpected_keys
        assert not [k for k in outcome.missing_keys if "lora_" in k], outcome.missing_keys
    return wrapped


def adapter_values(model: Any) -> dict[str, Tensor]:
    return {k: v.detach().clone() for k, v in get_peft_model_state_dict(model).items()}


def logits_of(model: Any, window: list[int]) -> Tensor:
    """[len(window) - 1, vocabulary]: row i predicts token i + 1."""
    return model(input_ids=torch.tensor([window[:-1]])).logits[0]


def nll_of(model: Any, window: list[int]) -> Tensor:
    return F.cross_entropy(logits_of(model, window), torch.tensor(window[1:]), reduction="none")


def gradients_of(model: Any, loss: Tensor) -> dict[str, Tensor]:
    """Named as PEFT saves the adapter."""
    model.zero_grad(set_to_none=True)
    loss.backward()
    named = {k.replace(".default", ""): p.grad for k, p in model.named_parameters() if p.requires_grad}
    assert sorted(named) == sorted(adapter_values(model))
    return {k: g.detach().clone() for k, g in named.items() if g is not None}


def norm_of(tensors: dict[str, Tensor]) -> float:
    return math.sqrt(sum(float(t.double().pow(2).sum()) for t in tensors.values()))


def train(model: Any, windows: list[list[int]]) -> tuple[dict[str, Tensor], dict[str, list[float]]]:
    """The change of every A and B, and what each step used and saw: clip to 1, AdamW without decay, cosine after 10 % warm-up.
    `loss` is weighted, `gradientNorm` is before clipping."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    before = adapter_values(model)
    optimizer = torch.optim.AdamW(parameters, lr=PEAK_RATE, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
    schedule = get_cosine_schedule_with_warmup(optimizer, STEPS // 10, STEPS)
    trace: dict[str, list[float]] = {"learningRate": [], "loss": [], "gradientNorm": []}
    for step in range(STEPS):
        optimizer.zero_grad(set_to_none=True)
        turn = step % len(windows)
        loss = WEIGHTS[turn] * nll_of(model, windows[turn]).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, MAX_NORM)
        trace["learningRate"].append(optimizer.param_groups[0]["lr"])
        trace["loss"].append(loss.item())
        trace["gradientNorm"].append(norm.item())
        optimizer.step()
        schedule.step()
    after = adapter_values(model)
    return {k: after[k] - before[k] for k in before}, trace


def tlm(model: Any, window: list[int]) -> dict[str, float]:
    """Equation 4 of TLM (arXiv 2505.20633) on one window: S * CE as the released code has it, S * P as the paper has it."""
    scale, threshold = 0.10, 3.0
    ce = nll_of(model, window).mean()
    s = scale * torch.exp(ce.detach() - threshold) * float(ce.item() > threshold)
    by_ce = gradients_of(model, s * nll_of(model, window).mean())
    by_p = gradients_of(model, s * torch.exp(nll_of(model, window).mean()))
    return {
        "lambda": scale,
        "logP0": threshold,
        "logPerplexity": ce.item(),
        "s": s.item(),
        "lossSCE": (s * ce).item(),
        "lossSP": (s * ce.exp()).item(),
        "gradientNormSCE": norm_of(by_ce),
        "gradientNormSP": norm_of(by_p),
    }
