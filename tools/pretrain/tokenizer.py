"""Trains the starter's tokenizer: byte-level BPE, digits alone, Qwen2's split of text, no normaliser.

    python tools/pretrain/tokenizer.py corpus.jsonl OUT_FOLDER
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SIZE = 4096
SAMPLE = 24_000_000  # characters
# Qwen2.5-Coder's names, so that its infilling and chat formats apply as they are.
SPECIAL = "<|endoftext|> <|fim_prefix|> <|fim_suffix|> <|fim_middle|> <|file_sep|> <|repo_name|> <|im_start|> <|im_end|>".split()
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def main() -> None:
    corpus, out = Path(sys.argv[1]), Path(sys.argv[2])
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
        vocab_size=SIZE, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(sample(corpus), trainer)
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
        "model_max_length": 1024,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent="\t") + "\n")


def sample(corpus: Path):
    texts = [d["text"] for d in map(json.loads, corpus.open()) if d["split"] == "train"]
    random.Random(1).shuffle(texts)
    size = 0
    for text in texts:
        if size > SAMPLE:
            return
        size += min(len(text), 20_000)
        yield text[:20_000]


if __name__ == "__main__":
    main()
