"""What the rivals share: arguments, choosing the faster attention, the line protocol.

With `--serve`, each line `step N` on standard input runs N steps and answers with one JSON line, so that a benchmark can alternate
the rival's steps with its own in one run. The first JSON line says that the rival is ready, its first step done. `quit` or the end
of input ends it.
Without `--serve`: `--warmup` steps, `--steps` timed ones, one JSON line.

No PyTorch is imported here, so that the time it takes to start is counted.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

Step = Callable[[], float]
"""Does the work of one step and returns its loss (for a bare product, one element of it)."""

ATTENTIONS = ("eager", "sdpa")


def arguments(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="answer `step N` lines")
    parser.add_argument("--warmup", type=int, default=1, help="further steps that are not timed")
    parser.add_argument("--steps", type=int, default=5, help="timed steps")
    parser.add_argument("--threads", type=int, default=2)
    return parser


def model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, help="folder with config.json and *.safetensors")
    parser.add_argument("--windows", help="JSON list of lists of ids; the last id of each is only predicted")
    parser.add_argument("--length", type=int, default=256, help="input tokens of a window where no --windows is given")
    parser.add_argument("--attention", choices=("auto", *ATTENTIONS), default="auto", help="auto: the faster, by a short trial")


def windows_of(args: argparse.Namespace) -> Iterator[list[int]]:
    """Endlessly: those of the file, which sets `args.length`, or eight random ones."""
    if args.windows:
        windows = json.loads(Path(args.windows).read_text())
        lengths = {len(window) for window in windows}
        if len(lengths) != 1:
            sys.exit(f"{args.windows}: windows of one length are needed, found {sorted(lengths)}")
        args.length = lengths.pop() - 1
        return cycle(windows)
    vocabulary = json.loads((Path(args.model) / "config.json").read_text())["vocab_size"]
    source = random.Random(1)
    return cycle([[source.randrange(vocabulary) for _ in range(args.length + 1)] for _ in range(8)])


def choose_attention(args: argparse.Namespace, script: str) -> None:
    """Sets `args.attention` to the faster one. Each is tried in a process of its own: memory and start stay unspoilt."""
    if args.attention != "auto":
        return
    speed: dict[str, float] = {}
    for attention in ATTENTIONS:
        given = ["--model", args.model, "--length", str(args.length), "--threads", str(args.threads)]
        given += ["--windows", args.windows] if args.windows else []
        command = [sys.executable, script, *given, "--attention", attention, "--warmup", "0", "--steps", "3"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        speed[attention] = min(json.loads(done.stdout)["seconds"])
    args.attention = min(speed, key=speed.__getitem__)
    args.trial = speed


def run(args: argparse.Namespace, make: Callable[[argparse.Namespace], tuple[Step, float, dict[str, Any]]]) -> None:
    """`make` loads everything and returns the step, how much one step does (tokens, or GFLOP), and facts to print.
    `startSeconds` is the time that `make` and the first step take together, importing PyTorch included."""
    start = time.perf_counter()
    step, work, facts = make(args)
    first_loss = step()
    ready = {"ready": True, "startSeconds": time.perf_counter() - start, "firstLoss": first_loss}
    ready |= {"trial": getattr(args, "trial", None), **facts}
    if not args.serve:
        times(step, args.warmup)
        answer({**ready, **report(times(step, args.steps), work)})
        return
    answer({**ready, "peakRssMiB": peak_rss_mib()})
    for line in sys.stdin:
        word, _, count = line.strip().partition(" ")
        if word == "quit":
            break
        if word != "step" or not count.isdigit():
            sys.exit(f"not understood: {line.strip()!r}; say `step N` or `quit`")
        answer(report(times(step, int(count)), work))


def times(step: Step, count: int) -> list[tuple[float, float]]:
    """Seconds and loss of each step."""
    result = []
    for _ in range(count):
        start = time.perf_counter()
        loss = step()
        result.append((time.perf_counter() - start, loss))
    return result


def report(steps: list[tuple[float, float]], work: float) -> dict[str, Any]:
    seconds = [s for s, _ in steps]
    median = statistics.median(seconds) if seconds else None
    return {
        "seconds": seconds,
        "losses": [loss for _, loss in steps],
        "perSecond": None if median is None else work / median,
        "peakRssMiB": peak_rss_mib(),
    }


def peak_rss_mib() -> float | None:
    """Of this process since its start; null where the system does not tell."""
    try:
        # getrusage would count the memory of the process that forked us, too.
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 2**10
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def answer(values: dict[str, Any]) -> None:
    print(json.dumps(values), flush=True)
