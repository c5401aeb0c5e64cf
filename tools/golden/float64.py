"""Runs transformers in float64 throughout.

transformers casts to float32 by name in the norms, the rotary table and the softmax, whatever the dtype of the model. Within
`everything_float64` that name means float64, so a reference computed there has no float32 rounding in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def everything_float64() -> Iterator[None]:
    float32, to_float = torch.float32, torch.Tensor.float
    default = torch.get_default_dtype()
    torch.float32 = torch.float = torch.float64  # type: ignore[misc]
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.float32 = torch.float = float32  # type: ignore[misc]
        torch.Tensor.float = to_float  # type: ignore[method-assign]
        torch.set_default_dtype(default)
