"""How much of what the starter writes on its own stands letter for letter in its training text.

    python tools/pretrain/judge_leak.py --corpus corpus.jsonl --model FOLDER [--samples 1000] [--tokens 128]

Samples start from <|endoftext|> alone, temperature 1. For each length of `LENGTHS`: the share of samples with a run of so many
characters that the corpus has too. A sample with anything that looks like a secret is counted.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from filters import SECRET
from generate import Writer
from options import compute_on, parser

LENGTHS = (32, 64, 96, 128, 192, 256, 384)
BASE = 0x9E3779B97F4A7C15  # odd, so it has an inverse modulo 2^64
INVERSE = pow(BASE, -1, 1 << 64)


def main() -> None:
    args = parse()
    compute_on(args)
    torch.manual_seed(7)
    writer = Writer(Path(args.model))
    end = writer.id("<|endoftext|>")
    samples = writer.sample(args.samples, args.tokens, end, end)
    print("samples that look as if they held a secret:", sum(bool(SECRET.search(s)) for s in samples))
    texts = [json.loads(line)["text"] for line in open(args.corpus) if '"split": "train"' in line]
    longest = 0
    for length in LENGTHS:
        wanted = [np.unique(windows(s, length)) for s in samples]
        found = present(np.unique(np.concatenate(wanted)), texts, length)
        copied = sum(bool(np.isin(w, found).any()) for w in wanted)
        print(f"runs of {length} characters: {copied / len(samples):.1%} of the samples", flush=True)
        if not copied:
            break
        longest = length
    print(f"longest copied run: at least {longest} characters, fewer than the next length")


def windows(text: str, length: int) -> np.ndarray:
    """Polynomial hashes modulo 2^64 of all runs of `length` bytes."""
    data = np.frombuffer(text.encode(), dtype=np.uint8).astype(np.uint64)
    if len(data) < length:
        return np.empty(0, dtype=np.uint64)
    total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum((data + np.uint64(1)) * powers(BASE, len(data)))])
    return (total[length:] - total[:-length]) * powers(INVERSE, len(data) - length + 1)


def powers(base: int, count: int) -> np.ndarray:
    return np.cumprod(np.full(count, base, dtype=np.uint64))


def present(wanted: np.ndarray, texts: list[str], length: int) -> np.ndarray:
    """Which of the sorted hashes some text of the corpus has."""
    found = np.zeros(len(wanted), dtype=bool)
    for text in texts:
        hashes = windows(text, length)
        at = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
        found[at[wanted[at] == hashes]] = True
    return wanted[found]


def parse() -> argparse.Namespace:
    p = parser()
    p.add_argument("--samples", type=int, default=1000)
    p.add_argument("--tokens", type=int, default=128)
    return p.parse_args()


if __name__ == "__main__":
    main()
