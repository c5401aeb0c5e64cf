"""Endless rows of token ids: documents joined by <|endoftext|>, half of the text as infilling samples that fit their row."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

STREAMS = 128  # documents open at a time: rows of one batch are from different ones
HEADER_SHARE = 0.25  # documents that open with <|file_sep|>path


class Rows:
    def __init__(self, corpus: Path, tokenizer: Tokenizer, seed: int):
        self.documents = [d for d in map(json.loads, corpus.open()) if d["split"] == "train"]
        self.random = random.Random(seed)
        self.tokenizer = tokenizer
        names = "<|endoftext|> <|fim_prefix|> <|fim_suffix|> <|fim_middle|> <|file_sep|>".split()
        self.end, self.prefix, self.suffix, self.middle, self.file = (tokenizer.token_to_id(n) for n in names)
        order = self.order()
        self.streams = [self.causal(order) for _ in range(STREAMS)]

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def order(self) -> Iterator[dict]:
        while True:
            self.random.shuffle(self.documents)
            yield from self.documents

    def causal(self, order: Iterator[dict]) -> Iterator[int | str]:
        """Ids of whole documents; after each stretch of text the next one, as a string, is offered for infilling."""
        for document in order:
            text: str = document["text"]
            head = [self.file, *self.encode(document["path"] + "\n")] if self.random.random() < HEADER_SHARE else []
            yield from head
            at = 0
            while at < len(text):
                stretch = next_stretch(text, at, self.random.randint(600, 3000))
                if self.random.random() < 0.5:
                    yield stretch
                else:
                    yield from self.encode(stretch)
                at += len(stretch)
            yield self.end

    def row(self, length: int) -> list[int]:
        """`length` ids of one of the streams; a stretch for infilling is cut so that its sample ends inside the row."""
        out: list[int] = []
        for item in self.random.choice(self.streams):
            if isinstance(item, int):
                out.append(item)
            else:
                while item:
                    room = length - len(out)
                    if room < 96:
                        out.extend(self.encode(item)[:room])
                        break
                    size = min(len(item), int(room * self.random.uniform(1.2, 2.6)))
                    sample = self.infill(item[:size])
                    if len(sample) > room:
                        item = item[: size // 2]
                        continue
                    out.extend(sample)
                    item = item[size:] if len(item) - size > 200 else ""
            if len(out) >= length:
                return out[:length]
        raise AssertionError("endless")

    def infill(self, text: str) -> list[int]:
        a, b = cuts(text, self.random)
        head, mid, tail = self.encode(text[:a]), self.encode(text[a:b]), self.encode(text[b:])
        if self.random.random() < 0.5:
            return [self.prefix, *head, self.suffix, *tail, self.middle, *mid, self.end]
        return [self.prefix, self.suffix, *tail, self.middle, *head, *mid, self.end]

    def batch(self, count: int, length: int) -> np.ndarray:
        return np.array([self.row(length + 1) for _ in range(count)], dtype=np.int64)


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
        end = text.find("\n", a)
        end = len(text) if end < 0 else end
        if kind < 0.12:
            return a, min(end, a + rng.randint(1, 30))
        for _ in range(rng.randint(1, 4) if kind > 0.45 else 0):
            more = text.find("\n", end + 1)
            end = len(text) if more < 0 else more
        return a, end
    return a, min(len(text), a + rng.randint(1, 400))
