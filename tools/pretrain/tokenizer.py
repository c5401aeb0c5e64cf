"""Trains the starter's tokenizer: byte-level BPE, digits alone, Qwen2's split of text, no normaliser.

    python tools/pretrain/tokenizer.py corpus.jsonl OUT_FOLDER [--size 16384]
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SAMPLE = 40_000_000  # characters, so much of each language as `SHARES` says
SHARES = {"typescript": 0.27, "javascript": 0.2, "python": 0.25, "prose": 0.1}
OTHERS = 0.18
CONTEXT = 2048
# Qwen2.5-Coder's names, so that its infilling format applies as it is; each role of a chat is one token.
SPECIAL = [
    "<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>", "<|repo_name|>",
    "<|system|>", "<|user|>", "<|assistant|>", "<|im_end|>",
]  # fmt: skip
CHAT = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=16_384)
    args = parser.parse_args()
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=args.size, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(sample(args.corpus), trainer)
    data = json.loads(tokenizer.to_str())
    (out / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_bos_token": False,
        "add_prefix_space": False,
        "bos_token": None,
        "eos_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
        "unk_token": None,
        "clean_up_tokenization_spaces": False,
        "model_max_length": CONTEXT,
        "chat_template": CHAT,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent="\t") + "\n")


def sample(corpus: Path) -> Iterator[str]:
    texts = [(d["language"], d["text"]) for d in map(json.loads, corpus.open()) if d["split"] == "train"]
    random.Random(1).shuffle(texts)
    room = defaultdict(lambda: SAMPLE * OTHERS / 4, {k: SAMPLE * v for k, v in SHARES.items()})
    for language, text in texts:
        if room[language] > 0:
            room[language] -= min(len(text), 20_000)
            yield text[:20_000]


if __name__ == "__main__":
    main()
