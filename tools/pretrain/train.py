"""Trains the starter from scratch within a given time, on a CPU or a GPU.

    python tools/pretrain/train.py --corpus corpus.jsonl --out FOLDER --scale cpu|gpu --minutes 110 [--resume]

FOLDER already holds the tokenizer; it gets config.json, model.safetensors (F16), checkpoint.pt, stable.pt and train.log. The learning
rate follows the share of the time that has passed (warm-up, constant, linear to zero), so a busy machine ends on time with fewer
tokens. `stable.pt` is the state before the rate began to fall: copied over checkpoint.pt, it goes on for longer with --resume.
Muon for the matrices of the layers, AdamW for the embedding and the norms.
"""

import argparse
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from model import Llama, Shape, full_loss, sampled_loss
from muon import Muon
from rows import Rows

WARM_UP, DECAY_FROM = 0.02, 0.5
PAUSE = 20.0  # seconds: a step that took longer was held up by something else, and does not count for more


@dataclass(frozen=True)
class Scale:
    """What one kind of machine trains. `stages`: from this share of the time, rows of this length."""

    shape: dict
    stages: tuple[tuple[float, int], ...]
    micro_tokens: int  # in one forward
    micro_batches: int  # in one step
    candidates: int | None  # of the sampled softmax, used until the last stage
    rate: float


SCALES = {
    "cpu": Scale(
        {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2},
        stages=((0.0, 512), (0.5, 1024), (0.85, 2048)),
        micro_tokens=4096,
        micro_batches=1,
        candidates=3072,
        rate=4e-3,
    ),
    "gpu": Scale(
        {"hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 4},
        stages=((0.0, 1024), (0.5, 2048)),
        micro_tokens=131_072,
        micro_batches=1,
        candidates=None,
        rate=4e-3,
    ),
}


class Batches(IterableDataset):
    """(count, length + 1) ids, without end; each worker has an order of its own."""

    def __init__(self, rows: Rows, seed: int, count: int, length: int):
        self.rows, self.seed, self.count, self.length = rows, seed, count, length

    def __iter__(self) -> Iterator[Tensor]:
        worker = torch.utils.data.get_worker_info()
        self.rows.start(self.seed * 1009 + (worker.id if worker else 0))
        while True:
            yield torch.from_numpy(self.rows.batch(self.count, self.length))


def main() -> None:
    args = parse()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")
    out, scale = Path(args.out), SCALES[args.scale]
    device = "cuda" if args.scale == "gpu" else "cpu"
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    rows = Rows(Path(args.corpus), tokenizer)
    shape = Shape(vocab_size=tokenizer.get_vocab_size(), **scale.shape)
    model = Llama(shape).to(device)
    optimisers = make_optimisers(model, scale.rate)
    done = {"step": 0, "tokens": 0, "elapsed": 0.0}
    if args.resume and (out / "checkpoint.pt").exists():
        saved = torch.load(out / "checkpoint.pt", weights_only=True, map_location=device)
        model.load_state_dict(saved["model"])
        for optimiser, state in zip(optimisers, saved["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        done = {k: saved[k] for k in done}
    hidden = torch.compile(model.hidden, dynamic=False)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    log = (out / "train.log").open("a")
    print(f"parameters {sum(p.numel() for p in model.parameters())}, {device}", file=log, flush=True)
    last_save = last_log = last = time.monotonic()
    losses, length, batches = [], 0, iter(())
    while not stop and done["elapsed"] < args.minutes * 60:
        share = done["elapsed"] / (args.minutes * 60)
        rate = schedule(share)
        final = share >= scale.stages[-1][0]
        wanted = [n for at, n in scale.stages if share >= at][-1]
        if wanted != length:
            length = wanted
            data = Batches(rows, args.seed + done["step"], scale.micro_tokens // length, length)
            batches = iter(DataLoader(data, batch_size=None, num_workers=args.workers, pin_memory=device == "cuda"))
        loss_sum = torch.zeros((), device=device)
        for _ in range(scale.micro_batches):
            batch = next(batches).to(device, non_blocking=True)
            with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
                x = hidden(batch[:, :-1]).flatten(0, 1)
                head, targets = model.model.embed_tokens.weight, batch[:, 1:].flatten()
                sampled = scale.candidates and not final
                loss = sampled_loss(x, head, targets, scale.candidates) if sampled else full_loss(x, head, targets)
            (loss / scale.micro_batches).backward()
            loss_sum += loss.detach() / scale.micro_batches
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = scale.rate * rate
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        losses.append(loss_sum)
        now = time.monotonic()
        tokens = done["tokens"] + scale.micro_tokens * scale.micro_batches
        done = {"step": done["step"] + 1, "tokens": tokens, "elapsed": done["elapsed"] + min(now - last, PAUSE)}
        last = now
        if now - last_log > 20:
            row = {k: round(v) for k, v in done.items()} | {"loss": round(torch.stack(losses).mean().item(), 4), "rate": round(rate, 3)}
            print(json.dumps(row), file=log, flush=True)
            last_log, losses = now, []
        if now - last_save > args.save_every:
            save(out, model, shape, optimisers, done, stable=rate == 1)
            last_save = time.monotonic()
    save(out, model, shape, optimisers, done, stable=False)
    print(json.dumps({"done": True} | done), file=log, flush=True)


def make_optimisers(model: Llama, rate: float) -> list[torch.optim.Optimizer]:
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    return [Muon(matrices, lr=rate), torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.95), weight_decay=0.0)]


def schedule(share: float) -> float:
    """Warm-up, constant, then linear to zero, by the share of the time that has passed."""
    return min(1.0, (share + 0.001) / WARM_UP, max(0.0, (1 - share) / (1 - DECAY_FROM)))


def save(out: Path, model: Llama, shape: Shape, optimisers: list, done: dict, stable: bool) -> None:
    """Each file is written aside and renamed, so an interruption leaves the last whole one."""
    state = {"model": model.state_dict(), "optimisers": [o.state_dict() for o in optimisers]} | done
    torch.save(state, out / "checkpoint.tmp")
    os.replace(out / "checkpoint.tmp", out / "checkpoint.pt")
    if stable:
        shutil.copyfile(out / "checkpoint.pt", out / "stable.tmp")
        os.replace(out / "stable.tmp", out / "stable.pt")
    half = {k: v.to(torch.float16).contiguous().cpu() for k, v in model.state_dict().items()}
    save_file(half, out / "model.tmp", metadata={"format": "pt"})
    os.replace(out / "model.tmp", out / "model.safetensors")
    (out / "config.json").write_text(json.dumps(shape.config(), indent="\t") + "\n")


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    p.add_argument("--corpus", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--scale", choices=SCALES, required=True)
    p.add_argument("--minutes", type=float, required=True)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--save-every", type=float, default=300)
    p.add_argument("--resume", action="store_true")
    return p.parse_args()


if __name__ == "__main__":
    main()
