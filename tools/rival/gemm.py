"""PyTorch's float32 matrix-multiply rate on this machine, to set beside ours.

    python tools/rival/gemm.py [--shape 1024x1024x1024] [--serve]

A step is one product [m, k] x [k, n]. `perSecond` is GFLOP/s by the median step, a multiplication and an addition counted as two.
"""

import argparse
from typing import Any

import protocol


def make(args: argparse.Namespace) -> tuple[protocol.Step, float, dict[str, Any]]:
    import torch

    torch.set_num_threads(args.threads)
    m, k, n = (int(size) for size in args.shape.split("x"))
    random = torch.Generator().manual_seed(1)
    a, b = torch.randn(m, k, generator=random), torch.randn(k, n, generator=random)
    out = torch.empty(m, n)

    def step() -> float:
        torch.mm(a, b, out=out)
        return out[0, 0].item()

    return step, 2e-9 * m * k * n, {"torch": torch.__version__, "threads": torch.get_num_threads(), "shape": args.shape}


if __name__ == "__main__":
    parser = protocol.arguments(__doc__)
    parser.add_argument("--shape", default="1024x1024x1024", help="m x k x n")
    protocol.run(parser.parse_args(), make)
