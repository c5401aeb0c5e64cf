"""Trains the starter from scratch on a CPU within a given time.

    python tools/pretrain/train.py --corpus corpus.jsonl --out FOLDER --minutes 50 [--threads 2] [--resume]

FOLDER already holds the tokenizer; it gets config.json, model.safetensors (F16), checkpoint.pt and train.log. The learning
rate follows the share of the time that has passed (warm-up, constant, linear to zero), so a busy machine ends on time with
fewer tokens. Muon for the matrices of the layers, AdamW for the embedding and the norms.
"""

import argparse
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer

from model import Llama, Shape
from muon import Muon
from rows import Rows

WARM_UP, DECAY_FROM = 0.02, 0.4
BATCH_TOKENS = 2048
LENGTHS = (512, 512, 512, 1024)  # in turn, so that positions up to 1024 are learned


def main() -> None:
    args = parse()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    out = Path(args.out)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    shape = Shape(vocab_size=tokenizer.get_vocab_size())
    model = Llama(shape)
    optimisers = make_optimisers(model, args.rate)
    step, tokens, elapsed = 0, 0, 0.0
    if args.resume and (out / "checkpoint.pt").exists():
        saved = torch.load(out / "checkpoint.pt", weights_only=True)
        model.load_state_dict(saved["model"])
        for optimiser, state in zip(optimisers, saved["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        step, tokens, elapsed = saved["step"], saved["tokens"], saved["elapsed"]
    rows = Rows(Path(args.corpus), tokenizer, args.seed + step)
    run = torch.compile(model, dynamic=False) if args.compile else model
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    log = (out / "train.log").open("a")
    print(f"parameters {sum(p.numel() for p in model.parameters())}", file=log, flush=True)
    start = last_save = last_log = time.monotonic()
    before, losses = elapsed, []
    while not stop and elapsed < args.minutes * 60:
        length = LENGTHS[step % len(LENGTHS)]
        batch = torch.from_numpy(rows.batch(BATCH_TOKENS // length, length))
        scale = schedule(elapsed / (args.minutes * 60))
        loss = F.cross_entropy(run(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * scale
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        step, tokens = step + 1, tokens + BATCH_TOKENS
        losses.append(loss.item())
        now = time.monotonic()
        elapsed = before + now - start
        if now - last_log > 15:
            row = {"step": step, "tokens": tokens, "seconds": round(elapsed)}
            row |= {"loss": round(float(np.mean(losses)), 4), "rate": round(scale, 3)}
            print(json.dumps(row), file=log, flush=True)
            last_log, losses = now, []
        if now - last_save > args.save_every:
            save(out, model, shape, optimisers, step, tokens, elapsed)
            last_save = now
    save(out, model, shape, optimisers, step, tokens, elapsed)
    print(json.dumps({"done": True, "step": step, "tokens": tokens, "seconds": round(elapsed)}), file=log, flush=True)


def make_optimisers(model: Llama, rate: float) -> list[torch.optim.Optimizer]:
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    muon = Muon(matrices, lr=rate)
    adam = torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.95), weight_decay=0.0)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["base"] = rate
    return [muon, adam]


def schedule(share: float) -> float:
    """Warm-up, constant, then linear to zero, by the share of the time that has passed."""
    return min(1.0, (share + 0.001) / WARM_UP, max(0.0, (1 - share) / (1 - DECAY_FROM)))


def save(out: Path, model: Llama, shape: Shape, optimisers: list, step: int, tokens: int, elapsed: float) -> None:
    """Each file is written aside and renamed, so an interruption leaves the last whole one."""
    state = {"model": model.state_dict(), "optimisers": [o.state_dict() for o in optimisers]}
    state |= {"step": step, "tokens": tokens, "elapsed": elapsed}
    torch.save(state, out / "checkpoint.tmp")
    os.replace(out / "checkpoint.tmp", out / "checkpoint.pt")
    half = {k: v.to(torch.float16).contiguous() for k, v in model.state_dict().items()}
    save_file(half, out / "model.tmp", metadata={"format": "pt"})
    os.replace(out / "model.tmp", out / "model.safetensors")
    (out / "config.json").write_text(json.dumps(shape.config(), indent="\t") + "\n")


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    p.add_argument("--corpus", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, required=True)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rate", type=float, default=4e-3)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--save-every", type=float, default=180)
    p.add_argument("--resume", action="store_true")
    p.add_argument("--compile", action="store_true")
    return p.parse_args()


if __name__ == "__main__":
    main()
