"""Loads adapter folders into PEFT, as any user of them would, and compares the logits with those in files.

    python tools/golden/checkAdapter.py (MODEL_FOLDER ADAPTER_FOLDER LOGITS.safetensors)...

LOGITS.safetensors holds `tokens` (whole numbers of any type, [n]) and `logits` (F32, [n, vocabulary]: row i read tokens 0..i). Prints one JSON
object a line, for each three words: `relativeL2`, `maxAbsolute`, `adapterOff` (relative L2 distance to the base model's logits, so
that an adapter that does nothing shows), `tensors` and `versions`. Judging is the caller's. Fails if PEFT finds a tensor missing or too many.
"""

import json
import sys
import warnings

import peft
import torch
import transformers
from safetensors.torch import load_file
from torch import Tensor


def check(model_folder: str, adapter_folder: str, logits_file: str) -> None:
    given = load_file(logits_file)
    base = transformers.AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        off = base(input_ids=given["tokens"].long()[None]).logits[0]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*adapter keys.*")
        model = peft.PeftModel.from_pretrained(base, adapter_folder)
    stored = load_file(f"{adapter_folder}/adapter_model.safetensors")
    loaded = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    check_tensors(stored, loaded)
    with torch.inference_mode():
        on = model(input_ids=given["tokens"].long()[None]).logits[0]
    outcome = {
        "relativeL2": distance(given["logits"], on),
        "maxAbsolute": (given["logits"] - on).abs().max().item(),
        "adapterOff": distance(off, on),
        "tensors": len(stored),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    }
    print(json.dumps(outcome))


def check_tensors(stored: dict[str, Tensor], loaded: dict[str, Tensor]) -> None:
    if stored.keys() != loaded.keys():
        sys.exit(f"tensors of the file and of PEFT differ: {sorted(stored.keys() ^ loaded.keys())[:8]}")
    for name, value in stored.items():
        if not torch.equal(value, loaded[name]):
            sys.exit(f"{name} is not what the file holds")


def distance(a: Tensor, b: Tensor) -> float:
    if a.shape != b.shape:
        sys.exit(f"logits have shape {tuple(a.shape)}, PEFT's have {tuple(b.shape)}")
    return ((a.double() - b.double()).norm() / b.double().norm()).item()


if __name__ == "__main__":
    words = sys.argv[1:]
    if not words or len(words) % 3 != 0:
        sys.exit(__doc__)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for first in range(0, len(words), 3):
        check(*words[first : first + 3])
