"""Makes a model that learned its corpus often as sure as it is right: scales its final norm by what validation packages like best.

    python tools/pretrain/calibrate.py --corpus corpus.jsonl --model FOLDER [--kilobytes 100]

A scale of 0.85 of the norm is a temperature of 1 / 0.85 of every prediction; which token is the likeliest stays. Prints bits per byte of
each language at each scale, and writes the scale of the least mean into FOLDER/model.safetensors. Run it once.
"""

import argparse
import math
import os
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from judge import capped, load, windows
from options import compute_on, parser

SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75)
LANGUAGES = ("typescript", "javascript", "python", "prose")


@torch.no_grad()
def main() -> None:
    args = parse()
    compute_on(args)
    folder = Path(args.model)
    model, tokenizer = load(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))
    bits: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(SCALES))
    size: dict[str, int] = defaultdict(int)
    for language, text in capped(args.corpus, "validation", args.kilobytes * 1000):
        if language not in LANGUAGES:
            continue
        size[language] += len(text.encode())
        for logits, targets in windows(model, tokenizer.encode(text).ids):
            for i, scale in enumerate(SCALES):
                bits[language][i] += F.cross_entropy(logits * scale, targets, reduction="sum").item() / math.log(2)
    means = [sum(bits[k][i] / size[k] for k in LANGUAGES) / len(LANGUAGES) for i in range(len(SCALES))]
    print("| scale | mean |", " | ".join(LANGUAGES), "|")
    print("|---:" * (len(LANGUAGES) + 2) + "|")
    for i, scale in enumerate(SCALES):
        print(f"| {scale} | {means[i]:.4f} |", " | ".join(f"{bits[k][i] / size[k]:.4f}" for k in LANGUAGES), "|")
    best = SCALES[means.index(min(means))]
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"] = (weights["model.norm.weight"].float() * best).half()
    save_file(weights, folder / "model.tmp", metadata={"format": "pt"})
    os.replace(folder / "model.tmp", folder / "model.safetensors")
    print("scaled by", best)


def parse() -> argparse.Namespace:
    p = parser()
    p.add_argument("--kilobytes", type=float, default=100)
    return p.parse_args()


if __name__ == "__main__":
    main()
