"""Endless rows of token ids: documents joined by <|endoftext|>, half of the text as infilling samples that fit their row.

Two documents of five stand in a repository: <|repo_name|>package, then files of one folder, each after <|file_sep|>path. One row of
twenty holds explain conversations instead.
"""

import json
import random
from collections.abc import Iterator
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from explain import Pair, pairs

STREAMS = 128  # documents open at a time: rows of one batch are from different ones
EXPLAIN_ROWS = 0.05
IN_REPOSITORY, WITH_PATH = 0.4, 0.5  # documents among their neighbours; of the others, those that open with their path
# How often a document of the language is drawn, against its share of the corpus.
WEIGHTS = {"typescript": 1.0, "javascript": 0.8, "python": 0.75}
OTHER_WEIGHT = 0.35


class Rows:
    """Holds the corpus once; `start` opens its documents in an order of its own, in each process that makes rows."""

    def __init__(self, corpus: Path, tokenizer: Tokenizer, processes: int = 1):
        self.documents = [d for d in map(json.loads, corpus.open()) if d["split"] == "train"]
        packages = [list(group) for _, group in groupby(self.documents, key=lambda d: d["package"])]
        with get_context("fork").Pool(processes) as pool:
            self.explanations = [pair for found in pool.imap(pairs_of, packages) for pair in found]
        self.tokenizer = tokenizer
        names = "<|endoftext|> <|fim_prefix|> <|fim_suffix|> <|fim_middle|> <|file_sep|> <|repo_name|> <|user|> <|assistant|> <|im_end|>"
        ids = [tokenizer.token_to_id(n) for n in names.split()]
        self.end, self.prefix, self.suffix, self.middle, self.file, self.repository, self.user, self.assistant, self.turn = ids

    def start(self, seed: int) -> None:
        self.random = random.Random(seed)
        order = self.order()
        self.streams = [self.stream(order) for _ in range(STREAMS)]

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def order(self) -> Iterator[int]:
        indices = list(range(len(self.documents)))
        while True:
            self.random.shuffle(indices)
            yield from (i for i in indices if self.random.random() < WEIGHTS.get(self.documents[i]["language"], OTHER_WEIGHT))

    def stream(self, order: Iterator[int]) -> Iterator[int | str]:
        """Ids of whole documents; every other stretch of text comes as a string instead, for infilling."""
        for at in order:
            document = self.documents[at]
            if self.random.random() < IN_REPOSITORY:
                yield from [self.repository, *self.encode(document["package"] + "\n")]
                for neighbour in self.neighbours(at):
                    yield from self.header(neighbour)
                    yield from self.text(neighbour["text"])
            else:
                yield from self.header(document) if self.random.random() < WITH_PATH else []
                yield from self.text(document["text"])
            yield self.end

    def neighbours(self, at: int) -> list[dict]:
        """Up to three documents that stand beside one another in a package."""
        return [d for d in self.documents[at : at + 3] if d["package"] == self.documents[at]["package"]]

    def header(self, document: dict) -> list[int]:
        return [self.file, *self.encode(document["path"] + "\n")]

    def text(self, text: str) -> Iterator[int | str]:
        at = 0
        while at < len(text):
            stretch = next_stretch(text, at, self.random.randint(600, 3000))
            if self.random.random() < 0.5:
                yield stretch
            else:
                yield from self.encode(stretch)
            at += len(stretch)

    def row(self, length: int) -> list[int]:
        """`length` ids of one of the streams; a stretch for infilling is cut so that its sample ends inside the row."""
        out: list[int] = []
        if self.random.random() < EXPLAIN_ROWS:
            while len(out) < length:
                out.extend(self.explained(self.random.choice(self.explanations)))
            return out[:length]
        for item in self.random.choice(self.streams):
            if isinstance(item, int):
                out.append(item)
            else:
                self.extend_with_infilling(out, item, length)
            if len(out) >= length:
                return out[:length]
        raise AssertionError("endless")

    def extend_with_infilling(self, out: list[int], stretch: str, length: int) -> None:
        while stretch and len(out) < length:
            room = length - len(out)
            if room < 96:
                out.extend(self.encode(stretch)[:room])
                return
            size = min(len(stretch), int(room * self.random.uniform(1.2, 3.2)))
            sample = self.infill(stretch[:size])
            if len(sample) > room:
                stretch = stretch[: size // 2]
                continue
            out.extend(sample)
            stretch = stretch[size:] if len(stretch) - size > 200 else ""

    def infill(self, text: str) -> list[int]:
        a, b = cuts(text, self.random)
        head, mid, tail = self.encode(text[:a]), self.encode(text[a:b]), self.encode(text[b:])
        if self.random.random() < 0.5:
            return [self.prefix, *head, self.suffix, *tail, self.middle, *mid, self.end]
        return [self.prefix, self.suffix, *tail, self.middle, *head, *mid, self.end]

    def explained(self, pair: Pair) -> list[int]:
        where = f" from {pair.path}" if self.random.random() < 0.3 else ""
        question = f"Explain this {pair.what}{where}.\n\n```{pair.language}\n{pair.code}\n```"
        return [self.user, *self.encode(question), self.turn, self.assistant, *self.encode(pair.answer), self.turn, self.end]

    def batch(self, count: int, length: int) -> np.ndarray:
        """(count, length + 1) ids."""
        return np.array([self.row(length + 1) for _ in range(count)], dtype=np.int64)


def pairs_of(documents: list[dict]) -> list[Pair]:
    return list(pairs(documents))


def next_stretch(text: str, at: int, size: int) -> str:
    """From `at` to a line end about `size` characters on."""
    end = text.find("\n", at + size)
    return text[at:] if end < 0 else text[at : end + 1]


def cuts(text: str, rng: random.Random) -> tuple[int, int]:
    """Bounds of the middle: rest of a line (or part of it) 45 %, up to five lines 35 %, any span up to 400 characters 20 %."""
    kind = rng.random()
    a = rng.randrange(len(text) + 1)
    if kind < 0.8:
        # Half of the cuts sit where a person types: at the first character of a line's text or after a word.
        while a < len(text) and rng.random() < 0.5 and text[a - 1 : a].isalnum():
            a += 1
        if kind < 0.25:  # a whole line, as single-line infilling asks for
            a = text.rfind("\n", 0, a) + 1
        end = text.find("\n", a)
        end = len(text) if end < 0 else end
        if 0.25 <= kind < 0.35:
            return a, min(end, a + rng.randint(1, 30))
        for _ in range(rng.randint(1, 4) if kind > 0.5 else 0):
            more = text.find("\n", end + 1)
            end = len(text) if more < 0 else more
        return a, end
    return a, min(len(text), a + rng.randint(1, 400))
