"""Writes test/golden/fixtures/tokenizer: real lines, small tokenizers of every kind, and what Python's tokenizers makes of the lines.

Made with tokenizers 0.23. Run: python tools/golden/tokenizer.py <unpacked npm typescript 5.9.3> <node_modules> <site-packages>
<rust's share/doc/rust/html> <lib/python3.9 with setuptools' vendored pyparsing 2.2.1>. Versions of the files are in SOURCES.md.
"""

import gzip
import hashlib
import json
import sys
from pathlib import Path

import tokenizers

from tokenizerLines import CRAFTED, gather
from tokenizerTypes import train, types

CHUNK = 500


def digest(ids):
    """SHA-256 over the ids of one text after another: int32 little-endian, a -1 after each text."""
    sha = hashlib.sha256()
    for text in ids:
        sha.update(b"".join(i.to_bytes(4, "little", signed=True) for i in [*text, -1]))
    return sha.hexdigest()[:16]


def text_digest(texts):
    """SHA-256 over the UTF-8 of one text after another, a NUL after each."""
    sha = hashlib.sha256()
    for text in texts:
        sha.update(text.encode() + b"\0")
    return sha.hexdigest()[:16]


def decoded(tokenizer, ids):
    """Digest of what the ids of each text stand for."""
    return text_digest(tokenizer.decode_batch(ids, skip_special_tokens=False))


def select(sources):
    seen = set()
    chosen = []
    for name, found, limit in sources:
        fresh = []
        for line in found:
            if line.strip() and line not in seen and len(fresh) < limit and len(line) < 400:
                seen.add(line)
                fresh.append(line)
        print(f"{name}: {len(fresh)} lines, {len(''.join(fresh).encode())} bytes")
        chosen += fresh
    return chosen


def main():
    out = Path(__file__).parents[2] / "test/golden/fixtures/tokenizer"
    lines = select(gather(*(Path(argument) for argument in sys.argv[1:6])))
    (out / "lines.txt.gz").write_bytes(gzip.compress("".join(lines).encode(), 9, mtime=0))
    expected = {"tokenizers": tokenizers.__version__, "chunk": CHUNK, "lines": len(lines), "crafted": CRAFTED, "types": {}}
    chunks = [lines[i : i + CHUNK] for i in range(0, len(lines), CHUNK)]
    for name, kind in types():
        full, plain = train(name, kind, lines[::7])
        (out / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(full, ensure_ascii=False).encode(), 9, mtime=0))
        ids = lambda texts: [encoding.ids for encoding in plain.encode_batch(texts, add_special_tokens=False)]
        encoded = [ids(chunk) for chunk in chunks]
        expected["types"][name] = {
            # Line by line, and every chunk as one document.
            "lines": [digest(chunk) for chunk in encoded],
            "documents": [digest(ids(["".join(chunk)])) for chunk in chunks],
            "crafted": [digest([ids([text])[0]]) for text in CRAFTED],
            # Whole lines, and lines that lack their first and last id: what is decoded while a model writes.
            "decoded": [decoded(plain, chunk) for chunk in encoded],
            "decodedParts": [decoded(plain, [line[1:-1] for line in chunk]) for chunk in encoded],
            "start": tokenizers.Tokenizer.from_str(json.dumps(full)).encode("").ids,
        }
        print(name, len(full["model"]["vocab"]))
    (out / "expected.json").write_text(json.dumps(expected) + "\n")
    print(len(lines), sum(file.stat().st_size for file in out.iterdir()))


main()
