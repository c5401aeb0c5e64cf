"""Measures a trained starter: logits against transformers, bits per byte of held-out files by language, three completions.

    python tools/pretrain/judge.py --corpus corpus.jsonl --model FOLDER [--megabytes 0.6] [--guard media/guard]
"""

import argparse
import json
import math
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from model import Llama, Shape
from sources import EXTENSIONS

WINDOW, STRIDE = 512, 384  # each window scores the ids that the one before did not reach


def main() -> None:
    args = parse()
    torch.set_num_threads(args.threads)
    folder = Path(args.model)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    print("relative L2 of the logits against transformers", parity(folder, model, tokenizer))
    files = [(d["language"], d["text"]) for d in map(json.loads, open(args.corpus)) if d["split"] == "validation"]
    print("held-out files")
    table(model, tokenizer, files, args.megabytes * 1e6)
    guard = [f for f in sorted(Path(args.guard).glob("*")) if f.name != "SOURCES.md"]
    print("guard text")
    table(model, tokenizer, [(EXTENSIONS.get(f.suffix[1:], "other"), f.read_text()) for f in guard], 1e9)
    complete(model, tokenizer)


@torch.no_grad()
def parity(folder: Path, model, tokenizer: Tokenizer) -> float:
    """Our own forward, from the exported F16 weights, against LlamaForCausalLM."""
    config = json.loads((folder / "config.json").read_text())
    ours = Llama(Shape(**{k: config[k] for k in Shape.__dataclass_fields__}))
    ours.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    ids = torch.tensor([tokenizer.encode(Path(__file__).read_text()).ids[:1000]])
    a, b = ours(ids), model(ids).logits
    return ((a - b).norm() / b.norm()).item()


def table(model, tokenizer: Tokenizer, files: list[tuple[str, str]], most: float) -> None:
    """Prints files, bytes, bits per byte and bytes per token by language; `most` bytes a language."""
    rows = defaultdict(lambda: [0, 0, 0.0, 0])
    for language, text in files:
        row = rows[language]
        if row[1] < most:
            ids = tokenizer.encode(text).ids
            for i, v in enumerate((1, len(text.encode()), nats(model, ids), len(ids))):
                row[i] += v
    total = [sum(r[i] for r in rows.values()) for i in range(4)]
    for name, (n, size, nll, tokens) in [*sorted(rows.items()), ("all", total)]:
        print(f"| {name} | {n} | {size} | {nll / math.log(2) / size:.3f} | {size / tokens:.2f} |", flush=True)


@torch.no_grad()
def nats(model, ids: list[int]) -> float:
    """Negative log-likelihood of a document that starts after <|endoftext|>, every id scored once."""
    ids = [0, *ids]
    total, scored = 0.0, 1
    for start in range(0, len(ids), STRIDE):
        part = torch.tensor(ids[start : start + WINDOW])
        if start + len(part) <= scored:
            break
        each = F.cross_entropy(model(part[None]).logits[0, :-1], part[1:], reduction="none")
        total += each[scored - start - 1 :].sum().item()
        scored = start + len(part)
    return total


@torch.no_grad()
def complete(model, tokenizer: Tokenizer) -> None:
    prompts = (
        "<|fim_prefix|>function add(a: number, b: number): number {\n\treturn <|fim_suffix|>\n}\n<|fim_middle|>",
        "<|fim_prefix|>import os\n\ndef read(path):\n    with open(<|fim_suffix|>) as f:\n        return f.read()\n<|fim_middle|>",
        "for (let i = 0; i <",
    )
    for prompt in prompts:
        ids = tokenizer.encode(prompt).ids
        start = len(ids)
        while len(ids) < start + 24:
            best = model(torch.tensor([ids])).logits[0, -1].argmax().item()
            if best == 0:
                break
            ids.append(best)
        print(repr(prompt), "->", repr(tokenizer.decode(ids[start:])))


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    p.add_argument("--corpus", required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--guard", default=str(Path(__file__).parent.parent.parent / "media" / "guard"))
    p.add_argument("--megabytes", type=float, default=0.6)
    p.add_argument("--threads", type=int, default=1)
    return p.parse_args()


if __name__ == "__main__":
    main()
