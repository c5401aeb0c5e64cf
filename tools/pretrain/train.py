"""Trains the starter from scratch within a given time, on the cores of a CPU or on a GPU.

    python tools/pretrain/train.py --corpus corpus.jsonl --out FOLDER --scale cpu|gpu --minutes 110 [--cores 1 0] [--workers 14] [--resume]

FOLDER already holds the tokenizer; it gets config.json, model.safetensors (F16), checkpoint.pt, stable.pt and train.log. The learning
rate follows the share of the time that has passed (warm-up, constant, linear to zero), so a busy machine ends on time with fewer
tokens. `stable.pt` is the state before the rate began to fall: copied over checkpoint.pt, it goes on for longer with --resume.
Muon for the matrices of the layers, AdamW for the embedding and the norms; bf16 products, fp32 weights.
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
import torch.multiprocessing as mp
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from model import Llama, Shape, full_loss, sampled_loss
from muon import Muon
from rows import Rows
from together import EVERY, Common, own_core

WARM_UP, DECAY_FROM = 0.02, 0.5
LOG_EVERY = 20.0  # seconds


@dataclass(frozen=True)
class Scale:
    """What one kind of machine trains. `stages`: from this share of the time, rows of this length."""

    shape: dict
    stages: tuple[tuple[float, int], ...]
    micro_tokens: int  # in one step of one process
    candidates: int | None  # of the sampled softmax, used until the last stage
    rate: float
    pause: float  # seconds: a step that took longer was held up by something else or compiled, and does not count for more


SCALES = {
    "cpu": Scale(
        {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2},
        stages=((0.0, 256), (0.2, 512), (0.35, 1024), (0.75, 2048), (0.9, 2048)),
        micro_tokens=4096,
        candidates=3072,
        rate=4e-3,
        pause=20.0,
    ),
    "gpu": Scale(
        {"hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 4},
        stages=((0.0, 2048),),
        micro_tokens=65_536,
        candidates=None,
        rate=4e-3,
        pause=1.0,
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
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")
    out, scale = Path(args.out), SCALES[args.scale]
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    rows = Rows(Path(args.corpus), tokenizer, processes=max(1, args.workers))
    shape = scale.shape | ({"num_hidden_layers": args.layers} if args.layers else {})
    model = Llama(Shape(vocab_size=tokenizer.get_vocab_size(), **shape))
    saved = torch.load(out / "checkpoint.pt", weights_only=True, map_location="cpu") if args.resume and (out / "checkpoint.pt").exists() else None
    if saved:
        model.load_state_dict(saved["model"])
    cores = args.cores if args.scale == "cpu" else [None]
    common = Common(model, len(cores), saved or {"tokens": 0.0, "elapsed": 0.0})
    signal.signal(signal.SIGTERM, lambda *_: setattr(common.ended, "value", 1))
    others = [mp.get_context("fork").Process(target=train, args=(args, rows, model, common, saved, i)) for i in range(1, len(cores))]
    for process in others:
        process.start()
    train(args, rows, model, common, saved, 0)
    for process in others:
        process.join()


def train(args: argparse.Namespace, rows: Rows, model: Llama, common: Common, saved: dict | None, index: int) -> None:
    """What one process does; the first of them keeps the time, the log and the checkpoints."""
    out, scale = Path(args.out), SCALES[args.scale]
    device = "cuda" if args.scale == "gpu" else "cpu"
    own_core(args.cores[index] if device == "cpu" else None)
    model.to(device)
    optimisers = make_optimisers(model, scale.rate)
    for optimiser, state in zip(optimisers, saved["optimisers"] if saved else [], strict=False):
        optimiser.load_state_dict(state)
    member = common.member(model)
    hidden = torch.compile(model.hidden, dynamic=False)
    whole_loss = torch.compile(full_loss, dynamic=False) if device == "cuda" else full_loss
    log = (out / "train.log").open("a")
    last_save = last_log = last = time.monotonic()
    losses, length, step, batches = [], 0, 0, iter(())
    while not common.ended.value:
        share = common.elapsed.value / (args.minutes * 60)
        rate = schedule(share)
        sampled = scale.candidates is not None and share < scale.stages[-1][0]
        wanted = [n for at, n in scale.stages if share >= at][-1]
        if wanted != length:
            length = wanted
            data = Batches(rows, args.seed + 7919 * index + round(share * 1e6), scale.micro_tokens // length, length)
            batches = iter(DataLoader(data, batch_size=None, num_workers=args.workers, pin_memory=device == "cuda"))
        batch = next(batches).to(device, non_blocking=True)
        with torch.autocast(device, torch.bfloat16):
            x = hidden(batch[:, :-1]).flatten(0, 1)
            head, targets = model.model.embed_tokens.weight, batch[:, 1:].flatten()
            loss = sampled_loss(x, head, targets, scale.candidates) if sampled else whole_loss(x, head, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = scale.rate * rate
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        losses.append(loss.detach())
        step += 1
        member.tokens += scale.micro_tokens
        now = time.monotonic()
        if step % EVERY == 0 and (common.processes > 1 or now - last_log > LOG_EVERY):
            member.exchange()
        if index > 0:
            continue
        common.elapsed.value += min(now - last, scale.pause)
        common.ended.value = common.ended.value or common.elapsed.value >= args.minutes * 60
        last = now
        if now - last_log > LOG_EVERY and member.tokens == 0:
            row = {"tokens": round(common.tokens.value), "elapsed": round(common.elapsed.value), "length": length}
            print(json.dumps(row | {"loss": round(torch.stack(losses).mean().item(), 4), "rate": round(rate, 3)}), file=log, flush=True)
            last_log, losses = now, []
        if now - last_save > args.save_every and member.tokens == 0:
            save(out, model, optimisers, common, stable=rate == 1)
            last_save = time.monotonic()
    member.exchange()
    if index == 0:
        save(out, model, optimisers, common, stable=False)
        print(json.dumps({"done": True, "tokens": common.tokens.value, "elapsed": common.elapsed.value}), file=log, flush=True)


def make_optimisers(model: Llama, rate: float) -> list[torch.optim.Optimizer]:
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
    return [Muon(matrices, lr=rate), torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.95), weight_decay=0.0)]


def schedule(share: float) -> float:
    """Warm-up, constant, then linear to zero, by the share of the time that has passed."""
    return min(1.0, (share + 0.001) / WARM_UP, max(0.0, (1 - share) / (1 - DECAY_FROM)))


def save(out: Path, model: Llama, optimisers: list, common: Common, stable: bool) -> None:
    """The common weights. Each file is written aside and renamed, so an interruption leaves the last whole one."""
    with common.lock:
        weights = {n: w.clone() for (n, _), w in zip(model.named_parameters(), common.weights, strict=True)}
    done = {"tokens": common.tokens.value, "elapsed": common.elapsed.value}
    torch.save({"model": weights, "optimisers": [o.state_dict() for o in optimisers]} | done, out / "checkpoint.tmp")
    os.replace(out / "checkpoint.tmp", out / "checkpoint.pt")
    if stable:
        shutil.copyfile(out / "checkpoint.pt", out / "stable.tmp")
        os.replace(out / "stable.tmp", out / "stable.pt")
    half = {k: v.to(torch.float16).contiguous() for k, v in weights.items()}
    save_file(half, out / "model.tmp", metadata={"format": "pt"})
    os.replace(out / "model.tmp", out / "model.safetensors")
    (out / "config.json").write_text(json.dumps(model.shape.config(), indent="\t") + "\n")


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    p.add_argument("--corpus", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--scale", choices=SCALES, required=True)
    p.add_argument("--minutes", type=float, required=True)
    p.add_argument("--cores", type=int, nargs="+", default=[0, 1], help="a process for each, kept on it")
    p.add_argument("--workers", type=int, default=0)
    p.add_argument("--layers", type=int, help="instead of the scale's own: two vocabularies are compared at equal size")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--save-every", type=float, default=300)
    p.add_argument("--resume", action="store_true")
    return p.parse_args()


if __name__ == "__main__":
    main()
