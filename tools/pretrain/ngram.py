"""A 5-gram model of bytes with Witten-Bell smoothing: what counting alone reaches on the same text."""

import math

import numpy as np

ORDER = 5


class ByteModel:
    def __init__(self, text: bytes):
        """Counts all n-grams up to ORDER; `text` of tens of megabytes takes seconds."""
        data = np.frombuffer(text, dtype=np.uint8).astype(np.uint64)
        self.grams, self.contexts = [], []
        for n in range(1, ORDER + 1):
            keys, counts = np.unique(grams(data, n), return_counts=True)
            heads, starts = np.unique(keys >> np.uint64(8), return_index=True)
            kinds = np.diff(np.append(starts, len(keys)))
            self.grams.append((keys, counts))
            self.contexts.append((heads, np.add.reduceat(counts, starts), kinds))

    def bits(self, text: bytes) -> float:
        """Code length of the text, which starts fresh."""
        data = np.frombuffer(text, dtype=np.uint8).astype(np.uint64)
        p = np.full(len(data), 1 / 256)
        for n in range(1, ORDER + 1):
            at = slice(n - 1, None)  # bytes that have n - 1 before them
            keys = grams(data, n)
            seen = lookup(*self.grams[n - 1], keys)
            heads, totals, kinds = self.contexts[n - 1]
            total, kind = lookup(heads, totals, keys >> np.uint64(8)), lookup(heads, kinds, keys >> np.uint64(8))
            known = total > 0
            p[at] = np.where(known, (seen + kind * p[at]) / np.maximum(1, total + kind), p[at])
        return float(-np.log(p).sum() / math.log(2))


def grams(data: np.ndarray, n: int) -> np.ndarray:
    keys = np.zeros(max(0, len(data) - n + 1), dtype=np.uint64)
    for i in range(n):
        keys = (keys << np.uint64(8)) | data[i : len(data) - n + 1 + i]
    return keys


def lookup(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
