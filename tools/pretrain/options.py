"""What every judge is told: the corpus, the model, and what computes."""

import argparse

import torch


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser()
    p.add_argument("--corpus", required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--device", default="cpu")
    return p


def compute_on(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.set_default_device(args.device)
