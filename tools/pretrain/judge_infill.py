"""Single-line infilling, exact matches and bits per byte of the wanted line: test packages, and HumanEval's file where it is at hand.

    python tools/pretrain/judge_infill.py --corpus corpus.jsonl --model FOLDER [--lines 100] [--humaneval FILE.jsonl.gz] [--most 300]

Three arms see the same text: prefix-suffix-middle, suffix-prefix-middle, and the prefix alone. Half-widths are 95 % (Wilson).
"""

import argparse
import gzip
import json
import math
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F

from generate import Writer
from options import compute_on, parser

PREFIX, SUFFIX = 2000, 1000  # characters
LANGUAGES = ("typescript", "javascript", "python")
ARMS = ("psm", "spm", "prefix alone")


class Task(NamedTuple):
    group: str
    prefix: str
    suffix: str
    wanted: str


def main() -> None:
    args = parse()
    compute_on(args)
    writer = Writer(Path(args.model))
    tasks = list(package_lines(args.corpus, args.lines))
    if args.humaneval:
        tasks += humaneval(args.humaneval, args.most)
    right: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    bits: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    count: dict[str, int] = defaultdict(int)
    size: dict[str, int] = defaultdict(int)
    for task in tasks:
        count[task.group] += 1
        size[task.group] += len(task.wanted.strip().encode())
        for arm in ARMS:
            right[task.group][arm] += middle(writer, task, arm).strip() == task.wanted.strip()
            bits[task.group][arm] += cost(writer, task, arm)
    print("| lines | n | prefix-suffix-middle | suffix-prefix-middle | prefix alone |")
    print("|---|---:|---:|---:|---:|")
    for group, n in count.items():
        cells = (
            f"{right[group][arm] / n:.1%} ± {half_width(right[group][arm], n):.1%}, {bits[group][arm] / size[group]:.3f}" for arm in ARMS
        )
        print(f"| {group} | {n} | {' | '.join(cells)} |")


def middle(writer: Writer, task: Task, arm: str) -> str:
    return writer.write(prompt(writer, task, arm), 48, {writer.id("<|endoftext|>")}, until="\n")


@torch.no_grad()
def cost(writer: Writer, task: Task, arm: str) -> float:
    """Bits of the wanted line, from the cursor on."""
    indented = task.prefix.endswith((" ", "\t"))
    wanted = writer.encode(task.wanted.lstrip() if indented else task.wanted)
    ids = torch.tensor([*prompt(writer, task, arm), *wanted])[-writer.context :]
    logits = writer.model(ids[None]).logits[0, -len(wanted) - 1 : -1]
    return F.cross_entropy(logits, ids[-len(wanted) :], reduction="sum").item() / math.log(2)


def prompt(writer: Writer, task: Task, arm: str) -> list[int]:
    mark = writer.id
    head, tail = writer.encode(task.prefix), writer.encode(task.suffix)
    return {
        "psm": [mark("<|fim_prefix|>"), *head, mark("<|fim_suffix|>"), *tail, mark("<|fim_middle|>")],
        "spm": [mark("<|fim_prefix|>"), mark("<|fim_suffix|>"), *tail, mark("<|fim_middle|>"), *head],
        "prefix alone": [mark("<|endoftext|>"), *head],
    }[arm]


def package_lines(corpus: str, lines: int) -> Iterator[Task]:
    """One line of each of `lines` files of a language, packages in turn: the cursor stands after its indentation."""
    rng = random.Random(7)
    files: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for document in map(json.loads, open(corpus)):
        if document["split"] == "test" and document["language"] in LANGUAGES:
            files[document["language"]][document["package"]].append(document["text"])
    for language in LANGUAGES:
        packages = [v for _, v in sorted(files[language].items())]
        taken = 0
        while taken < lines and any(packages):
            for texts in filter(None, packages):
                task = line_task(language, texts.pop(rng.randrange(len(texts))), rng)
                if task and taken < lines:
                    taken += 1
                    yield task


def line_task(language: str, text: str, rng: random.Random) -> Task | None:
    lines = text.split("\n")
    fit = [i for i, line in enumerate(lines) if i > 3 and len(line.strip()) >= 8 and not line.strip().startswith(("//", "#", "*", "/*"))]
    if not fit:
        return None
    at = rng.choice(fit)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return Task(language, ("\n".join(lines[:at]) + "\n" + indent)[-PREFIX:], ("\n" + "\n".join(lines[at + 1 :]))[:SUFFIX], lines[at])


def humaneval(file: str, most: int) -> list[Task]:
    rows = [json.loads(line) for line in gzip.open(file, "rt")]
    random.Random(7).shuffle(rows)
    return [Task("HumanEval single line", r["prompt"], r["suffix"], r["canonical_solution"]) for r in rows[:most]]


def half_width(right: int, n: int) -> float:
    z = 1.96
    p = right / n
    return z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))


def parse() -> argparse.Namespace:
    p = parser()
    p.add_argument("--lines", type=int, default=100)
    p.add_argument("--humaneval")
    p.add_argument("--most", type=int, default=300)
    return p.parse_args()


if __name__ == "__main__":
    main()
