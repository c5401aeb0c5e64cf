"""Prints the SHA-256 sums that test/runtime/halfFloats.test.ts expects, made with NumPy (2.x) and, for BF16, PyTorch 2.13.

Run: python tools/golden/halfFloats.py
"""

import hashlib

import numpy as np
import torch

every = np.arange(65536, dtype=np.uint16)
half = every[(every & 0x7C00) != 0x7C00]
print("f16 to f32", hashlib.sha256(half.view(np.float16).astype(np.float32).tobytes()).hexdigest())
bf16 = every[(every & 0x7F80) != 0x7F80]
wide = torch.from_numpy(bf16.view(np.int16)).view(torch.bfloat16).float().numpy()
print("bf16 to f32", hashlib.sha256(wide.tobytes()).hexdigest())
# Every 40,503rd bit pattern of float32 and, around each finite half, its neighbours and the midpoints to the next one.
bits = (np.arange(2**17, dtype=np.uint64) * 40503 % 2**32).astype(np.uint32)
near = half.view(np.float16).astype(np.float32).view(np.uint32)
bits = np.concatenate([bits] + [near + np.uint32(d) for d in (0, 1, 0x0FFF, 0x1000, 0x1001)])
bits = bits[(bits & 0x7F800000) != 0x7F800000]
with np.errstate(over="ignore"):
    narrow = bits.view(np.float32).astype(np.float16)
print("f32 to f16", len(bits), hashlib.sha256(narrow.tobytes()).hexdigest())
