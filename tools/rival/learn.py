"""The rival of `attune bench learn`: PyTorch eager + transformers + PEFT, float32, one window a step.

    python tools/rival/learn.py --model FOLDER [--windows FILE] [--serve]

A step is forward, backward, clipping to 1 and AdamW, on one window, for LoRA r 8 on all seven projections. `perSecond` is input
tokens per second by the median step; `losses` are before each update, so that they can be compared with ours (same weights, same
windows, B zero: the first must agree). Settings are those that make the rival fast: the faster attention, no cache, no gradient
for the base, gradients dropped rather than zeroed, fused AdamW.
"""

import argparse
from typing import Any

import protocol

SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def make(args: argparse.Namespace) -> tuple[protocol.Step, float, dict[str, Any]]:
    import peft
    import torch
    from torch.nn import functional as F

    import loading

    base, facts = loading.load(args)
    if args.adapter:
        model = peft.PeftModel.from_pretrained(base, args.adapter, is_trainable=True)
    else:
        lora = peft.LoraConfig(
            r=args.rank, lora_alpha=args.alpha, lora_dropout=0.0, target_modules=SEVEN, bias="none", task_type="CAUSAL_LM"
        )
        model = peft.get_peft_model(base, lora)
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, fused=True)
    windows = protocol.windows_of(args)

    def step() -> float:
        window = torch.tensor(next(windows))
        optimizer.zero_grad(set_to_none=True)
        logits = model(input_ids=window[None, :-1], use_cache=False).logits
        loss = F.cross_entropy(logits[0], window[1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        return loss.item()

    facts |= {"peft": peft.__version__, "trainedParameters": sum(p.numel() for p in trained)}
    return step, args.length, facts


if __name__ == "__main__":
    parser = protocol.arguments(__doc__)
    protocol.model_arguments(parser)
    parser.add_argument("--adapter", help="PEFT folder to start from; else PEFT's own start")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-4)
    parsed = parser.parse_args()
    protocol.choose_attention(parsed, __file__)
    protocol.run(parsed, make)
