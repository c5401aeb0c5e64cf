"""Makes the tiny seeded models and their references under test/golden/models/<name>/.

    python tools/golden/models.py [--to FOLDER] [name ...]

Each folder holds what a real one does (config.json, *.safetensors), `adapter/` as PEFT saves it (A and B both nonzero), and
`reference.json` + `reference.safetensors`: computed in float64 from the stored weights, then rounded once to float32. See
references.py for what they are, specs.py for what each model covers.
"""

import argparse
import json
import math
import re
import shutil
import warnings
from pathlib import Path
from platform import python_version
from typing import Any

import peft
import torch
import transformers
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM

import references as ref
from float64 import everything_float64
from specs import SPECS, Spec

ROOT = Path(__file__).resolve().parents[2] / "test" / "golden" / "models"
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
LENGTHS = (32, 20)  # tokens of the two windows; row i of the logits predicts token i + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(SPECS))
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.simplefilter("ignore")  # PEFT asks the network for the base model's vocabulary
    for name in args.names or SPECS:
        make(name, SPECS[name], args.to / name)


def make(name: str, spec: Spec, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    random = torch.Generator().manual_seed(sum(name.encode()) + 1000 * len(name))
    write_model(spec, folder, random)
    vocabulary = spec.config["vocab_size"]
    windows = [torch.randint(0, vocabulary, (n,), generator=random).tolist() for n in LENGTHS]
    adapter = write_adapter(name, spec, folder, random)
    weights = ref.stored_weights(str(folder))
    with everything_float64():
        tensors, facts = compute(spec, ref.base_model(str(folder), name), weights, windows, adapter)
    rough, _ = compute(spec, ref.base_model(str(folder), name), weights, windows, adapter)
    save_file({k: v.to(torch.float32).contiguous() for k, v in tensors.items()}, folder / "reference.safetensors")
    header = {
        "script": "tools/golden/models.py",
        "versions": {
            "python": python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
        },
        "covers": spec.covers,
        "adapter": {"rank": spec.rank, "alpha": spec.alpha, "targets": spec.targets},
        "windows": windows,
        "trainingWeights": ref.WEIGHTS,
    }
    # How far PyTorch's own float32 is from its float64: what a bound for float32 can ask for.
    own = {"float32Error": {part: distance(rough, tensors, part) for part in ("logits", "gradient", "change")}}
    text = json.dumps({**header, **facts, **own}, indent="\t")
    (folder / "reference.json").write_text(flat_lists(text) + "\n")
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{name}: {size} bytes, float32 against float64 {own['float32Error']}, losses {facts['loss']}")


def write_model(spec: Spec, folder: Path, random: torch.Generator) -> None:
    """Seeded weights large enough that a wrong term shows: matrices 0.25, norms about 1, biases 0.2."""
    config = {"architectures": [spec.architecture], **spec.config, "torch_dtype": str(DTYPES[spec.dtype]).split(".")[1]}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=random)
        if name.endswith("norm.weight"):
            value = 1 + 0.15 * noise
        elif name.endswith(".bias"):
            value = 0.2 * noise
        else:
            value = 0.25 * noise
        parameter.data = value.to(DTYPES[spec.dtype])
    model.config.dtype = DTYPES[spec.dtype]
    written = {k: v.contiguous() for k, v in model.state_dict().items()}
    if spec.config["tie_word_embeddings"]:
        del written["lm_head.weight"]
    if spec.shard_bytes is None:
        save_file(written, folder / "model.safetensors", metadata={"format": "pt"})
    else:
        ours = (folder / "config.json").read_bytes()
        model.save_pretrained(folder, max_shard_size=spec.shard_bytes)
        (folder / "config.json").write_bytes(ours)
        (folder / "generation_config.json").unlink(missing_ok=True)


def write_adapter(name: str, spec: Spec, folder: Path, random: torch.Generator) -> dict[str, Tensor]:
    """Saves an adapter with gaussian A and B by PEFT and returns its values."""
    model = ref.with_adapter(ref.base_model(str(folder), name), spec, None)
    values = {k: 0.2 * torch.randn(v.shape, generator=random) for k, v in sorted(ref.adapter_values(model).items())}
    ref.set_peft_model_state_dict(model, values)
    model.save_pretrained(folder / "adapter", save_embedding_layers=False)
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter" / "adapter_config.json").read_text())
    config["target_modules"].sort()  # a set: its order is another one in every run
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return values


def compute(
    spec: Spec, model: Any, weights: dict[str, Tensor], windows: list[list[int]], adapter: dict[str, Tensor]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    dtype = torch.get_default_dtype()
    model.load_state_dict(weights)
    assert all(t.dtype == dtype for t in [*model.parameters(), *model.buffers()])
    with torch.no_grad():
        tensors = {"logits": ref.logits_of(model, windows[0])}
        assert tensors["logits"].dtype == dtype
        facts: dict[str, Any] = {"loss": [ref.nll_of(model, w).mean().item() for w in windows]}
        facts["nll"] = [ref.nll_of(model, w).tolist() for w in windows]
    model = ref.with_adapter(model, spec, adapter)
    with torch.no_grad():
        tensors["adapterLogits"] = ref.logits_of(model, windows[1])
        facts["adapterLoss"] = [ref.nll_of(model, w).mean().item() for w in windows]
    gradients = ref.gradients_of(model, ref.nll_of(model, windows[0]).mean())
    tensors |= {f"gradient.{k}": g for k, g in gradients.items()}
    facts["gradientNorm"] = ref.norm_of(gradients)
    facts["tlm"] = ref.tlm(model, windows[0])
    start = {k: v if "lora_A" in k else torch.zeros_like(v) for k, v in adapter.items()}
    ref.set_peft_model_state_dict(model, {k: v.to(dtype) for k, v in start.items()})
    change, facts["training"] = ref.train(model, windows)
    tensors |= {f"change.{k}": c for k, c in change.items()}
    return tensors, facts


def distance(rough: dict[str, Tensor], exact: dict[str, Tensor], part: str) -> float:
    """Largest relative L2 distance over the tensors of one part."""
    pairs = [(rough[k].double(), exact[k].double()) for k in exact if k.startswith(part)]
    return max(math.sqrt(float((a - b).pow(2).sum() / b.pow(2).sum())) for a, b in pairs)


def flat_lists(text: str) -> str:
    """`text` with lists of numbers or names on one line."""
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text)


if __name__ == "__main__":
    main()
