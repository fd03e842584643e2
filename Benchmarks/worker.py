"""Trains one system in PyTorch on demand, for `compare.py`.

Prints `{"ready": true, "parameters": N}` after its warm-up, then answers every line `run N` on
standard input with `{"ms": <median per step>, "peak_mib": <peak resident memory>}`.

torch.compile is no gain for every network on a CPU, so the tuned variant trains briefly with and
without it and keeps the faster (`--compile auto`).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import replace

import torch

from training import Options, Training, zoo

TRIAL_ROUNDS = 5
TRIAL_MS = 400.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", choices=zoo.systems(), required=True)
    parser.add_argument("--variant", choices=("eager", "tuned"), default="eager")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--size", type=int, default=28)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--compile", choices=("auto", "on", "off"), default="auto")
    return parser


def build(options: Options, compiled: bool) -> Training:
    """A training, warm."""
    training = Training(replace(options, compiled=compiled))
    training.warm_up()
    return training


def build_faster(options: Options) -> Training:
    """The compiled or the plain training, whichever is faster here."""
    plain = build(options, compiled=False)
    try:
        candidates = [plain, build(options, compiled=True)]
    except Exception as error:
        print(f"torch.compile failed: {error}", file=sys.stderr)
        return plain
    steps = max(1, round(TRIAL_MS / plain.median_ms(1)))
    rounds = [[c.median_ms(steps) for c in candidates] for _ in range(TRIAL_ROUNDS)]
    times = [statistics.median(column) for column in zip(*rounds)]
    print(f"plain {times[0]:.2f} ms, compiled {times[1]:.2f} ms", file=sys.stderr)
    return candidates[times.index(min(times))]


def answer(reply: dict[str, object]) -> None:
    """Prints one line of the protocol."""
    print(json.dumps(reply), flush=True)


def main() -> None:
    """Builds, warms up, then serves until the end of the input."""
    arguments = vars(parser().parse_args())
    compile_mode, threads = arguments.pop("compile"), arguments.pop("threads")
    settings = dict(setting.split("=", 1) for setting in arguments.pop("set"))
    options = Options(**arguments, settings=settings)
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    # Shapes never change here, so an expert lets cuDNN try its kernels out.
    torch.backends.cudnn.benchmark = options.variant == "tuned"
    if options.variant == "tuned" and compile_mode == "auto":
        training = build_faster(options)
    else:
        training = build(options, compiled=compile_mode == "on")
    answer({"ready": True, "parameters": training.parameters})
    for line in sys.stdin:
        command, steps = line.split()
        if command != "run":
            raise ValueError(f"unknown command {command!r}")
        answer({"ms": training.median_ms(int(steps)), "peak_mib": training.peak_mib()})


if __name__ == "__main__":
    main()
