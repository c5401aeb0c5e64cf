"""Bits per byte of files the starter never saw, by language, beside `xz -9e` and a 5-gram byte model on the same files.

    python tools/pretrain/judge.py --corpus corpus.jsonl --model FOLDER [--split test] [--kilobytes 400] [--guard media/guard]
        [--alone] [--device cuda]

Every file starts fresh, for each of the three. First the model's logits are compared with transformers' LlamaForCausalLM.
`--alone`: the model only, to choose between recipes on the validation split.
"""

import argparse
import json
import lzma
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoModelForCausalLM

from model import Llama, Shape
from ngram import ByteModel
from options import compute_on, parser
from sources import EXTENSIONS

WINDOW, STRIDE = 2048, 1536  # each window scores the ids that the one before did not reach
COUNTED = 40_000_000  # bytes of training text behind the 5-gram model


def main() -> None:
    args = parse()
    compute_on(args)
    folder = Path(args.model)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = load(folder)
    print("relative L2 of the logits against transformers", parity(folder, model, tokenizer))
    if args.alone:
        return alone(model, tokenizer, capped(args.corpus, args.split, args.kilobytes * 1000))
    counted = ByteModel(training_text(args.corpus))
    print(f"{args.split} packages")
    table(model, tokenizer, counted, capped(args.corpus, args.split, args.kilobytes * 1000))
    guard = [f for f in sorted(Path(args.guard).glob("*")) if f.name != "SOURCES.md"]
    print("guard text")
    table(model, tokenizer, counted, [(EXTENSIONS.get(f.suffix[1:], "other"), f.read_text()) for f in guard])


def load(folder: Path) -> Llama:
    config = json.loads((folder / "config.json").read_text())
    model = Llama(Shape(**{k: config[k] for k in Shape.__dataclass_fields__}))
    model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    return model.eval()


@torch.no_grad()
def parity(folder: Path, model: Llama, tokenizer: Tokenizer) -> float:
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = torch.tensor([tokenizer.encode(Path(__file__).read_text()).ids[:1000]])
    a, b = model(ids), theirs(ids).logits
    return ((a - b).norm() / b.norm()).item()


def capped(corpus: str, split: str, most: float) -> Iterator[tuple[str, str]]:
    """(language, text) of the split, every package in turn until its language has `most` bytes."""
    packages: dict[tuple[str, str], list[str]] = defaultdict(list)
    for document in map(json.loads, open(corpus)):
        if document["split"] == split:
            packages[document["language"], document["package"]].append(document["text"])
    for language in sorted({k for k, _ in packages}):
        queues = [v for (k, _), v in sorted(packages.items()) if k == language]
        size = 0
        while any(queues) and size < most:
            for queue in filter(None, queues):
                text = queue.pop(len(queue) // 2)
                size += len(text.encode())
                yield language, text


def training_text(corpus: str) -> bytes:
    lines = [line for line in open(corpus) if '"split": "train"' in line]
    step = max(1, sum(map(len, lines)) // COUNTED)
    return b"\n".join(json.loads(line)["text"].encode() for line in lines[::step])


def alone(model: Llama, tokenizer: Tokenizer, files: Iterator[tuple[str, str]]) -> None:
    sums = defaultdict(lambda: [0.0, 0])
    for language, text in files:
        bits = score(model, tokenizer.encode(text).ids)[0]
        for row in (sums[language], sums["~all"]):
            row[0] += bits
            row[1] += len(text.encode())
    print("bits per byte:", ", ".join(f"{name.strip('~')} {bits / size:.4f}" for name, (bits, size) in sorted(sums.items())))


def table(model: Llama, tokenizer: Tokenizer, counted: ByteModel, files) -> None:
    rows = defaultdict(lambda: [0.0] * 7)
    for language, text in files:
        data, ids = text.encode(), tokenizer.encode(text).ids
        bits, right = score(model, ids)
        xz = 8 * len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
        for row in (rows[language], rows["~all"]):
            for i, v in enumerate((1, len(data), len(ids), bits, right, xz, counted.bits(data))):
                row[i] += v
    print("| language | files | bytes | bits per byte | xz -9e | 5-gram | fewer than xz | next token right | bytes per token |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, (n, size, tokens, bits, right, xz, gram) in sorted(rows.items()):
        print(
            f"| {name.strip('~')} | {n:.0f} | {size:,.0f} | {bits / size:.3f} | {xz / size:.3f} | {gram / size:.3f} "
            f"| {1 - bits / xz:.1%} | {right / tokens:.1%} | {size / tokens:.2f} |",
            flush=True,
        )


def score(model: Llama, ids: list[int]) -> tuple[float, int]:
    """Bits of a document that starts after <|endoftext|>, every id scored once, and how many ids were the likeliest."""
    bits, right = 0.0, 0
    for logits, targets in windows(model, ids):
        bits += F.cross_entropy(logits, targets, reduction="sum").item() / math.log(2)
        right += int((logits.argmax(-1) == targets).sum())
    return bits, right


@torch.no_grad()
def windows(model: Llama, ids: list[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits (n, vocabulary) and the n ids they foretell, every id of the document once."""
    ids = [0, *ids]
    scored = 1
    for start in range(0, len(ids), STRIDE):
        part = torch.tensor(ids[start : start + WINDOW])
        if start + len(part) <= scored:
            break
        yield model(part[None])[0, scored - start - 1 : -1], part[scored - start :]
        scored = start + len(part)


def parse() -> argparse.Namespace:
    p = parser()
    p.add_argument("--split", default="test")
    p.add_argument("--guard", default=str(Path(__file__).parent.parent.parent / "media" / "guard"))
    p.add_argument("--kilobytes", type=float, default=400)
    p.add_argument("--alone", action="store_true")
    return p.parse_args()


if __name__ == "__main__":
    main()
