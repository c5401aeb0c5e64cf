"""The rival of `attune bench score`: PyTorch eager + transformers, float32, inference mode, one window a step.

    python tools/rival/score.py --model FOLDER [--windows FILE] [--serve]

A step is a forward and the cross-entropy of every token. `perSecond` is input tokens per second by the median step; `losses` are
the means, to be compared with ours.
"""

import argparse
from typing import Any

import protocol


def make(args: argparse.Namespace) -> tuple[protocol.Step, float, dict[str, Any]]:
    import torch
    from torch.nn import functional as F

    import loading

    model, facts = loading.load(args)
    model.eval()
    windows = protocol.windows_of(args)

    @torch.inference_mode()
    def step() -> float:
        window = torch.tensor(next(windows))
        logits = model(input_ids=window[None, :-1], use_cache=False).logits
        return F.cross_entropy(logits[0], window[1:], reduction="none").mean().item()

    return step, args.length, facts


if __name__ == "__main__":
    parser = protocol.arguments(__doc__)
    protocol.model_arguments(parser)
    parsed = parser.parse_args()
    protocol.choose_attention(parsed, __file__)
    protocol.run(parsed, make)
