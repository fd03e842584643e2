"""Stands in for `gan` in the check of the articles: passes a command on with less work to do.

The environment variable GAN names the command, GAN_RUNS a folder where runs of built-in sets are kept, so that an
article that trains as another one did gets a copy.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

STEPS = 4
# Networks of a few channels for systems whose smallest preset is large for a test; what an article sets stays.
SMALL = {
    "dcgan": {"generatorWidth": 8, "discriminatorWidth": 8, "ema": 0},
    "lsgan": {"generatorWidth": 16, "discriminatorWidth": 16, "learningRate": 0.0001},
    "cgan": {"generatorWidths": "32,32", "discriminatorWidths": "32,32"},
    "infogan": {"width": 8, "features": 32, "recognitionWidth": 8},
    "ccgan": {"generatorWidths": "8,16", "discriminatorWidths": "4,8"},
    "pix2pix": {"generatorWidths": "8,8,8", "discriminatorWidth": 4},
    "srgan": {"blocks": 1, "generatorWidth": 8, "discriminatorWidth": 4, "pretraining": 2, "content": "pixels"},
    "cyclegan": {"blocks": 1, "generatorWidth": 4, "discriminatorWidth": 4, "discriminatorLayers": 1},
    "munit": {"residualBlocks": 1, "generatorWidth": 4, "discriminatorWidth": 4, "mlpWidth": 8},
    "unit": {"blocks": 1, "generatorWidth": 8, "discriminatorWidth": 8, "discriminatorLayers": 2},
    "recycle-gan": {
        "blocks": 1, "generatorWidth": 4, "predictorWidths": "4,4", "discriminatorWidth": 4, "discriminatorLayers": 1,
    },
}
# How many images, samples or labels are enough, where a command says nothing or more.
COUNTS = {
    ("evaluate",): {"--count": 300},
    ("analyze", "neighbors"): {"--count": 16},
    ("analyze", "features"): {"--labels": 100, "--tests": 100},
    ("analyze", "codes"): {"--images": 200, "--tests": 200, "--sweeps": 4},
    ("analyze", "plane"): {"--count": 100, "--side": 4},
}


def taken(arguments: list[str], *names: str) -> str | None:
    """Takes options with their values out of a command; the last value."""
    value = None
    for name in names:
        while name in arguments:
            place = arguments.index(name)
            value = arguments[place + 1]
            del arguments[place : place + 2]
    return value


def option(arguments: list[str], name: str) -> str | None:
    """The value of an option."""
    return arguments[arguments.index(name) + 1] if name in arguments else None


def smaller(arguments: list[str]) -> list[str]:
    """The command with less work; help stays as it is."""
    arguments = list(arguments)
    if not arguments or "--help" in arguments or "-h" in arguments:
        return arguments
    if arguments[0] == "train":
        return train(arguments)
    if arguments[0] == "resume":
        taken(arguments, "--steps", "--minutes", "--epochs")
        steps = json.loads((Path(arguments[1]) / "config.json").read_text())["steps"]
        return [*arguments, "--steps", str(steps + 2)]
    if arguments[0] == "reproduce" and "--list" not in arguments:
        taken(arguments, "--steps")
        return [*arguments, "--steps", str(STEPS)]
    words = tuple(arguments[: 2 if arguments[0] in ("analyze", "data") else 1])
    for name, most in COUNTS.get(words, {}).items():
        given = taken(arguments, name)
        arguments += [name, str(min(int(given or most), most))]
    return arguments


def train(arguments: list[str]) -> list[str]:
    """A training of a few steps."""
    taken(arguments, "--steps", "--minutes", "--epochs", "--threads", "--log-every", "--sample-every")
    taken(arguments, "--checkpoint-every")
    if taken(arguments, "--evaluate-every"):
        taken(arguments, "--evaluate-count")
        arguments += ["--evaluate-every", str(STEPS // 2), "--evaluate-count", "300"]
    system = arguments[1]
    given = {arguments[i + 1].split("=")[0] for i, word in enumerate(arguments[:-1]) if word == "--set"}
    for field, value in SMALL.get(system, {}).items():
        if field not in given:
            arguments += ["--set", f"{field}={value}"]
    for name in ("--size", "--crop"):
        side = taken(arguments, name)
        if side and side.isdigit() and int(side) > 96:
            side = str((int(side) + 15) // 16 * 4)
        arguments += [name, side] if side else []
    if (option(arguments, "--batch-size") or "64") != "1":
        taken(arguments, "--batch-size")
        arguments += ["--batch-size", "4" if system in SMALL else "16"]
    return [*arguments, "--steps", str(STEPS), "--threads", "1"]


def free(system: str) -> Path:
    """The folder that the command would choose."""
    number = 1
    while (place := Path("runs") / f"{system}-{number}").exists():
        number += 1
    return place


def trained(gan: str, arguments: list[str]) -> int:
    """Trains, or copies the run of an equal command."""
    output = option(arguments, "--output") or str(free(arguments[1]))
    taken(arguments, "--output")
    sets = [value for name in ("--data", "--data-b", "--from", "--masks") if (value := option(arguments, name))]
    name = hashlib.sha256("\0".join(arguments).encode()).hexdigest()[:16]
    kept = Path(os.environ["GAN_RUNS"]) / name
    if not any("/" in value or "." in value or Path(value).exists() for value in sets):
        if kept.exists() and not Path(output).exists():
            shutil.copytree(kept, output, symlinks=True)
            return 0
    else:
        kept = None
    status = subprocess.run([gan, *arguments, "--output", output]).returncode
    if status == 0 and kept is not None and not kept.exists():
        new = kept.with_name(f"{name}-{os.getpid()}")
        shutil.copytree(output, new, symlinks=True)
        try:
            new.rename(kept)
        except OSError:  # another article was faster
            shutil.rmtree(new)
    return status


def main() -> int:
    """Passes the command on."""
    gan = os.environ["GAN"]
    arguments = smaller(sys.argv[1:])
    if arguments[:1] == ["train"] and "--help" not in arguments:
        return trained(gan, arguments)
    return subprocess.run([gan, *arguments]).returncode


if __name__ == "__main__":
    sys.exit(main())
