"""ROUGE-L of one-sentence explanations of documented functions of test packages, beside the function's name split into words.

    python tools/pretrain/judge_explain.py --corpus corpus.jsonl --model FOLDER [--functions 200]
"""

import argparse
import json
import random
import re
from pathlib import Path

import torch
from rouge_score.rouge_scorer import RougeScorer

from explain import Pair, pairs
from generate import Writer
from options import compute_on, parser


def main() -> None:
    args = parse()
    compute_on(args)
    writer = Writer(Path(args.model))
    documents = [d for d in map(json.loads, open(args.corpus)) if d["split"] == "test"]
    found = [p for p in pairs(documents) if p.what == "function"]
    random.Random(7).shuffle(found)
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    scores = []
    for pair in found[: args.functions]:
        said = explain(writer, pair)
        scores.append([scorer.score(pair.answer, text)["rougeL"].fmeasure for text in (said, name_in_words(pair.name))])
        if len(scores) % 25 == 1:
            print(f"{pair.language} {pair.name}\n  documented: {pair.answer}\n  explained:  {said}", flush=True)
    both = torch.tensor(scores)
    gain = both[:, 0] - both[:, 1]
    wide = 1.96 * gain.std() / len(scores) ** 0.5
    print(f"{len(scores)} functions: ROUGE-L {both[:, 0].mean():.3f}, the name in words {both[:, 1].mean():.3f}, ", end="")
    print(f"difference {gain.mean():+.3f} ± {wide:.3f}")


def explain(writer: Writer, pair: Pair) -> str:
    question = f"Explain this {pair.what}.\n\n```{pair.language}\n{pair.code}\n```"
    ids = [writer.id("<|user|>"), *writer.encode(question), writer.id("<|im_end|>"), writer.id("<|assistant|>")]
    # As the product asks for it.
    return writer.write(ids, 60, {writer.id("<|im_end|>"), writer.id("<|endoftext|>")}, no_repeat=4)


def name_in_words(name: str) -> str:
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)).lower()


def parse() -> argparse.Namespace:
    p = parser()
    p.add_argument("--functions", type=int, default=200)
    return p.parse_args()


if __name__ == "__main__":
    main()
