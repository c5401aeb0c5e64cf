"""Loads the base model for a rival. Imports PyTorch: import it only once the clock runs."""

import argparse
import os
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402


def load(args: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The model in float32 on `args.threads` threads, and what to print about it."""
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    model = transformers.AutoModelForCausalLM.from_pretrained(
        args.model, dtype=torch.float32, attn_implementation=args.attention
    )
    facts = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "threads": torch.get_num_threads(),
        "attention": args.attention,
        "parameters": model.num_parameters(),
    }
    return model, facts
