"""Writes test/golden/fixtures/tokenizer/infill.json: infilling prompts of Code Llama, and texts that go on where others broke off.

Made with transformers 5.23 and tokenizers 0.23 from the small tokenizers that tokenizer.py left there. Run: python tools/golden/infill.py

The space that SentencePiece puts before a text is not put before the suffix (Code Llama, 2308.12950, section 2.3, and its
`encode_infilling`). CodeLlamaTokenizer of transformers 5 has a Metaspace pre-tokenizer that puts it there all the same; the model's own
tokenizer.json has none, so it is taken out here, which gives what transformers gave before 5.
"""

import gzip
import json
from pathlib import Path

import tokenizers
import transformers

FOLDER = Path(__file__).parents[2] / "test/golden/fixtures/tokenizer"
MARKERS = ["▁<PRE>", "▁<MID>", "▁<SUF>", "▁<EOT>"]
PAIRS = [
    ("def f(", "):\n    return 1\n"),
    ("  x", " y"),
    ("foo", "bar"),
    ("value = ", "\n\tother = 漢字 😀"),
    ("line\n", "    indented"),
    ("a▁b", "  two"),
]


def read(name):
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def prompts():
    model = read("llama2")["model"]
    tokenizer = transformers.CodeLlamaTokenizer(vocab=model["vocab"], merges=[tuple(merge) for merge in model["merges"]])
    tokenizer._tokenizer.pre_tokenizer = None
    ids = lambda prefix, suffix, first: tokenizer(prefix, suffix=suffix, suffix_first=first)["input_ids"]
    return {
        "markers": {marker: tokenizer.convert_tokens_to_ids(marker) for marker in MARKERS},
        "prompts": [
            {"prefix": prefix, "suffix": suffix, "psm": ids(prefix, suffix, False), "spm": ids(prefix, suffix, True)}
            for prefix, suffix in PAIRS
        ],
    }


def continuing(name):
    """The same tokenizer told never to open a text with a space."""
    plain = read(name)
    plain["pre_tokenizer"]["prepend_scheme"] = "never"
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(plain))
    return [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for _, text in PAIRS]


def main():
    versions = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}
    fixture = {**versions, **prompts(), "continuing": {name: continuing(name) for name in ("mistral", "metaspace")}}
    (FOLDER / "infill.json").write_text(json.dumps(fixture, ensure_ascii=False) + "\n")


main()
