"""Writes test/golden/fixtures/chat/expected.json: conversations through the templates beside it, as transformers encodes them.

    python tools/golden/chat.py

The templates are written for these tests in the styles that families use; the tokenizers are those of tokenizer.py, with the control
tokens that each style needs.
"""
import gzip
import json
from pathlib import Path

import tokenizers
import transformers
from transformers import PreTrainedTokenizerFast

root = Path(__file__).resolve().parents[2] / "test/golden/fixtures"
styles = {
    "chatml": ("qwen2", ["<|im_start|>", "<|im_end|>"], None, "<|im_end|>"),
    "thinking": ("qwen2", ["<|im_start|>", "<|im_end|>", "<think>", "</think>"], None, "<|im_end|>"),
    "llama3": ("llama3", ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "<|begin_of_text|>", "<|eot_id|>"),
    "mistral": ("mistral", ["[INST]", "[/INST]"], "<s>", "</s>"),
    "starter": ("starcoder", ["<|system|>", "<|user|>", "<|assistant|>", "<|im_end|>"], None, "<|im_end|>"),
}
conversations = [
    [("user", "Hello")],
    [("system", "Be brief."), ("user", "What does\n\n  `f(x)` do? "), ("assistant", " It adds 1.\n"), ("user", "Sure?")],
    [("user", "  spaces, tabs\t and ünïcödé 漢字 \n"), ("assistant", "<b>no token</b>"), ("user", "> quoted < and [/x]")],
    [("system", ""), ("user", "x"), ("assistant", "y"), ("user", "z"), ("assistant", ""), ("user", "def f():\n\treturn 1")],
]


def main() -> None:
    expected = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__, "styles": {}}
    for style, (base, controls, bos, eos) in styles.items():
        data = json.loads(gzip.open(root / f"tokenizer/{base}.json.gz").read())
        known = {token["content"]: token for token in data["added_tokens"]}
        first = 1 + max([*data["model"]["vocab"].values(), *(token["id"] for token in data["added_tokens"])])
        added = []
        for control in controls:
            if control in known:
                continue
            added.append({"id": first + len(added), "content": control, "special": "think" not in control})
        plain = dict(single_word=False, lstrip=False, rstrip=False, normalized=False)
        data["added_tokens"] += [{**token, **plain} for token in added]
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=tokenizers.Tokenizer.from_str(json.dumps(data)), bos_token=bos, eos_token=eos
        )
        tokenizer.chat_template = (root / f"chat/{style}.jinja").read_text()
        prompts = []
        for conversation in conversations:
            messages = [{"role": role, "content": content} for role, content in conversation]
            text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, enable_thinking=False)
            ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, enable_thinking=False)
            ids = ids if isinstance(ids, list) else ids["input_ids"]
            prompts.append({"messages": messages, "text": text, "ids": list(ids)})
        expected["styles"][style] = {"tokenizer": base, "added": added, "bos": bos, "eos": eos, "prompts": prompts}
    (root / "chat/expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")


main()
