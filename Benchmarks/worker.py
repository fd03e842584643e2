"""Trains one system in PyTorch on demand, for `compare.py`.

Prints `{"ready": true, "parameters": N}` after its warm-up, then answers every line `run N` on
standard input with `{"ms": <median per step>, "peak_mib": <peak resident memory>}`.

torch.compile is no gain for every network on a CPU, so the tuned variant trains briefly with and
without it and keeps the faster (`--compile auto`).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys

import torch

import cgan
import common
import cyclegan
import dcgan
import gan
import infogan
import pggan
import pix2pix
import pixelda
import sgan
import sn_gan
import wgan
import wgan_gp
from common import Options, Trainer

RECIPES = {
    "gan": gan.build,
    "dcgan": dcgan.build,
    "wgan": wgan.build,
    "wgan-gp": wgan_gp.build,
    "sn-gan": sn_gan.build,
    "cgan": cgan.build,
    "infogan": infogan.build,
    "sgan": sgan.build,
    "pggan": pggan.build,
    "pix2pix": pix2pix.build,
    "cyclegan": cyclegan.build,
    "pixelda": pixelda.build,
}

TRIAL_ROUNDS = 5
TRIAL_MS = 400.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", choices=RECIPES, required=True)
    parser.add_argument("--variant", choices=("eager", "tuned"), default="eager")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--size", type=int, default=28)
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--compile", choices=("auto", "on", "off"), default="auto")
    return parser


def options(arguments: dict[str, object]) -> Options:
    """The options of the parsed command line, without `compile`."""
    settings = dict(setting.split("=", 1) for setting in arguments.pop("set"))
    return Options(**arguments, settings=settings)


def build(options: Options, compiled: bool) -> Trainer:
    """A trainer, warm."""
    trainer = RECIPES[options.recipe](dataclasses.replace(options, compiled=compiled))
    common.warm_up(trainer)
    return trainer


def build_faster(options: Options) -> Trainer:
    """The compiled or the plain trainer, whichever trains faster here."""
    plain = build(options, compiled=False)
    try:
        candidates = [plain, build(options, compiled=True)]
    except Exception as error:
        print(f"torch.compile failed: {error}", file=sys.stderr)
        return plain
    steps = max(1, round(TRIAL_MS / common.median_ms(plain, 1)))
    rounds = [[common.median_ms(c, steps) for c in candidates] for _ in range(TRIAL_ROUNDS)]
    times = [statistics.median(column) for column in zip(*rounds)]
    print(f"plain {times[0]:.2f} ms, compiled {times[1]:.2f} ms", file=sys.stderr)
    return candidates[times.index(min(times))]


def answer(reply: dict[str, object]) -> None:
    """Prints one line of the protocol."""
    print(json.dumps(reply), flush=True)


def main() -> None:
    """Builds, warms up, then serves until the end of the input."""
    arguments = vars(parser().parse_args())
    compile_mode = arguments.pop("compile")
    chosen = options(arguments)
    torch.manual_seed(0)
    torch.set_num_threads(chosen.threads)
    if chosen.tuned and compile_mode == "auto":
        trainer = build_faster(chosen)
    else:
        trainer = build(chosen, compiled=compile_mode == "on")
    answer({"ready": True, "parameters": common.parameter_count(trainer)})
    for line in sys.stdin:
        command, steps = line.split()
        if command != "run":
            raise ValueError(f"unknown command {command!r}")
        milliseconds = common.median_ms(trainer, int(steps))
        answer({"ms": milliseconds, "peak_mib": common.peak_mib()})


if __name__ == "__main__":
    main()
