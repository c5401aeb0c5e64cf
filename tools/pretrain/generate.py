"""Greedy continuations and samples with a cache of keys and values, for the judges."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM


class Writer:
    def __init__(self, folder: Path):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.context = self.model.config.max_position_embeddings

    def id(self, token: str) -> int:
        found = self.tokenizer.token_to_id(token)
        assert found is not None, token
        return found

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    @torch.no_grad()
    def write(self, ids: list[int], most: int, stop: set[int], *, until: str = "", no_repeat: int = 0) -> str:
        """Text after `ids`, to a stop id or until it holds `until`, which is cut off with all after it. No `no_repeat` ids in a row come twice."""
        cache, part, out = None, torch.tensor([ids[-(self.context - most) :]]), []
        for _ in range(most):
            result = self.model(part, past_key_values=cache, use_cache=True)
            cache, logits = result.past_key_values, result.logits[0, -1]
            logits[repeating(out, no_repeat)] = -torch.inf
            best = int(logits.argmax())
            if best in stop:
                break
            out.append(best)
            text = self.tokenizer.decode(out, skip_special_tokens=False)
            if until and until in text:
                return text[: text.index(until)]
            part = torch.tensor([[best]])
        return self.tokenizer.decode(out, skip_special_tokens=False)

    @torch.no_grad()
    def sample(self, count: int, most: int, start: int, stop: int, together: int = 100) -> list[str]:
        """`count` texts of up to `most` ids after `start` alone, at temperature 1, `together` at a time."""
        out = []
        for first in range(0, count, together):
            part, cache = torch.full((min(together, count - first), 1), start), None
            rows = [part]
            for _ in range(most):
                result = self.model(part, past_key_values=cache, use_cache=True)
                cache = result.past_key_values
                part = torch.multinomial(torch.softmax(result.logits[:, -1], -1), 1)
                rows.append(part)
            for ids in torch.cat(rows[1:], 1).tolist():
                end = ids.index(stop) if stop in ids else len(ids)
                out.append(self.tokenizer.decode(ids[:end], skip_special_tokens=False))
        return out


def repeating(out: list[int], size: int) -> list[int]:
    """Ids that would make the last `size` of `out` a run that is there already."""
    if size == 0 or len(out) < size:
        return []
    last = out[len(out) - size + 1 :]
    return [out[i + size - 1] for i in range(len(out) - size + 1) if out[i : i + size - 1] == last]
