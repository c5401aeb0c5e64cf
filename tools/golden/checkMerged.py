"""Loads merged model folders into transformers, as any user of them would, and compares them with what PEFT merges itself.

    python tools/golden/checkMerged.py (MODEL_FOLDER ADAPTER_FOLDER MERGED_FOLDER)...

Prints one JSON object a line, for each three words: `dtype` of the merged weights, `worst`, the largest difference of a weight to
PEFT's merge (in float32) in units of that dtype's epsilon, `changed`, how many tensors differ from the base's, and `relativeL2` of the logits in float32. Judging is the caller's.
"""

import json
import sys

import peft
import torch
import transformers


def check(model_folder: str, adapter_folder: str, merged_folder: str) -> None:
    load = transformers.AutoModelForCausalLM.from_pretrained
    base = load(model_folder, dtype=torch.float32).eval()
    before = {name: value.clone() for name, value in base.state_dict().items()}
    ours = load(merged_folder, dtype="auto").eval()
    dtype = ours.dtype
    theirs = peft.PeftModel.from_pretrained(base, adapter_folder).merge_and_unload().eval()
    kind = torch.finfo(dtype)
    worst, changed = 0.0, 0
    stored = ours.state_dict()
    for name, value in theirs.state_dict().items():
        # In float32 sums differ by their order, so a weight near zero is no measure; in halves they agree until they are rounded.
        least = value.abs().max().item() if dtype == torch.float32 else kind.smallest_normal
        size = value.abs().clamp(min=least) * kind.eps
        worst = max(worst, ((stored[name].float() - value).abs() / size).max().item())
        changed += int(not torch.equal(stored[name].float(), before[name]))
    tokens = torch.arange(12)[None]
    with torch.inference_mode():
        a, b = ours.float()(input_ids=tokens).logits.double(), theirs(input_ids=tokens).logits.double()
    relative = ((a - b).norm() / b.norm()).item()
    print(json.dumps({"dtype": str(dtype), "worst": worst, "changed": changed, "relativeL2": relative}))


if __name__ == "__main__":
    words = sys.argv[1:]
    if not words or len(words) % 3 != 0:
        sys.exit(__doc__)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for first in range(0, len(words), 3):
        check(*words[first : first + 3])
