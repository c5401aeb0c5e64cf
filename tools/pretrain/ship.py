"""Lays a trained model out as the product ships it: F16 shards of at most 15 MB (a larger tensor is one of its own), their index, configuration and tokenizer.

    python tools/pretrain/ship.py --model FOLDER [--out media/starter]

The model card (README.md) is written by hand and stays; every other file of the old model goes.
"""

import argparse
import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

MOST = 15_000_000  # bytes of a shard, with its header
HEADER = 100_000  # more than any header takes
AS_THEY_ARE = ("config.json", "tokenizer.json", "tokenizer_config.json")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "media" / "starter")
    args = parser.parse_args()
    shards = shared_out(load_file(args.model / "model.safetensors"))
    for old in args.out.iterdir():
        if old.name != "README.md":
            old.unlink()
    places, size = {}, 0
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        save_file(shard, args.out / name, metadata={"format": "pt"})
        places |= dict.fromkeys(shard, name)
        size += sum(map(size_of, shard.values()))
    index = {"metadata": {"total_size": size}, "weight_map": dict(sorted(places.items()))}
    (args.out / "model.safetensors.index.json").write_text(json.dumps(index, indent="\t") + "\n")
    for name in AS_THEY_ARE:
        shutil.copyfile(args.model / name, args.out / name)


def shared_out(tensors: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    """In the order of their names, a new shard whenever one would exceed MOST."""
    shards: list[dict[str, Tensor]] = [{}]
    for name, tensor in sorted(tensors.items()):
        if shards[-1] and sum(map(size_of, shards[-1].values())) + size_of(tensor) > MOST - HEADER:
            shards.append({})
        shards[-1][name] = tensor
    return shards


def size_of(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


if __name__ == "__main__":
    main()
