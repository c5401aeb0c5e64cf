"""The kinds of tokenizer.json that the supported models have, made small: the same pipeline, a vocabulary trained on the spot."""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

# Patterns as the models' own tokenizer.json files have them.
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DEEPSEEK = ["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+"]


def byte_level(pre_tokenizer, specials, normalizer=None, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=2500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    return tokenizer, trainer, specials


def sentence_piece(specials, normalizer=None, pre_tokenizer=None, decoder=None):
    """Byte fallback for what the vocabulary lacks. The 256 byte tokens are put into the vocabulary after training."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=2500, special_tokens=special, limit_alphabet=400, show_progress=False, max_token_length=16
    )
    return tokenizer, trainer, specials


def types():
    replaced = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    yield "gpt2", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), [("<|endoftext|>", True)])
    yield "qwen2", byte_level(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(QWEN2), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        ),
        [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True), ("<|fim_prefix|>", False), ("<tool_call>", False)],
        normalizers.NFC(),
    )
    yield "llama3", byte_level(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        ),
        [("<|begin_of_text|>", True), ("<|end_of_text|>", True), ("<|eot_id|>", True)],
        ignore_merges=True,
    )
    yield "starcoder", byte_level(
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]),
        [("<|endoftext|>", True), ("<fim_prefix>", True), ("<fim_middle>", True), ("<fim_suffix>", True)],
    )
    yield "deepseek", byte_level(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in DEEPSEEK]
            + [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        ),
        [("õ", False), ("ö", False), ("<｜begin▁of▁sentence｜>", True), ("<｜fim▁begin｜>", False), ("<|EOT|>", True)],
    )
    yield "llama2", sentence_piece(
        [("▁<PRE>", True)],
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        decoder=decoders.Sequence(replaced),
    )
    yield "mistral", sentence_piece(
        [("[INST]", True)],
        pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
        decoder=decoders.Sequence(replaced),
    )
    yield "metaspace", sentence_piece(
        [],
        pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="always", split=True),
        decoder=decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="always", split=True)]),
    )


TEMPLATES = {"llama3": "<|begin_of_text|>", "llama2": "<s>", "mistral": "<s>", "metaspace": "<s>", "deepseek": "<｜begin▁of▁sentence｜>"}


def train(name, kind, lines):
    """The tokenizer as a parsed tokenizer.json, and the same without the tokens that text must never spell."""
    tokenizer, trainer, specials = kind
    if name == "llama2":
        # SentencePiece never merges across a space, though the pipeline of Llama 2 has no pre-tokenizer that says so.
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.train_from_iterator(lines, trainer)
    if name == "llama2":
        tokenizer.pre_tokenizer = None
    tokenizer.add_tokens([AddedToken(t, special=special, normalized=not special) for t, special in specials])
    if name in TEMPLATES:
        token = TEMPLATES[name]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{token} $A", special_tokens=[(token, tokenizer.token_to_id(token))]
        )
    full = json.loads(tokenizer.to_str())
    # The trainer lists the byte tokens as added; in the models' files they are ordinary entries of the vocabulary.
    full["added_tokens"] = [t for t in full["added_tokens"] if not t["content"].startswith("<0x")]
    plain = json.loads(json.dumps(full))
    plain["added_tokens"] = [t for t in full["added_tokens"] if t["content"] in ("õ", "ö")]
    plain["post_processor"] = None
    return full, Tokenizer.from_str(json.dumps(plain))
