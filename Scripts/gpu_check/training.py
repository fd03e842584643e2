"""Three systems trained, each for half a minute."""

from __future__ import annotations

import functools
import json
import math
import shutil
from pathlib import Path

from .check import Check, Failure, Findings

SYSTEMS = {
    "dcgan": "--preset paper --data mnist --precision float32",
    "cyclegan": "--preset paper --data textured --size 28 --batch-size 1 --precision float32",
    # Through all its sizes in a minute, where they take a day.
    "pggan": "--preset paper --data mnist --size 32 --precision bfloat16 --set stableImages=20000 --set fadeImages=20000",
}
NARROW = {
    "dcgan": "--threads 1 --set generatorWidth=16 --set discriminatorWidth=16",
    "cyclegan": "--threads 1 --set generatorWidth=8 --set discriminatorWidth=8",
    "pggan": "--threads 1 --set maxChannels=16",
}
"""Options on the processor, where the check itself is tried."""
SHARE = 0.12
"""Of the whole time; half a minute of training, the way to the first step, and a sheet of samples."""
TRAINED = 60 / 108
"""Of a stage's time."""


def stages(check: Check) -> None:
    """One stage for each system."""
    for name, options in SYSTEMS.items():
        check.stage(f"train {name}", SHARE, functools.partial(train, name=name, options=options.split()))


def train(check: Check, name: str, options: list[str]) -> Findings:
    """Trains, and reads what the run wrote."""
    run = check.places.scratch / name
    minutes = min(1.0, check.left * TRAINED / 60)
    command = [check.places.program("gan"), "train", name, *options, "--device", check.device]
    command += [] if check.on_gpu else NARROW[name].split()
    command += ["--minutes", f"{minutes:.3f}", "--log-every", "20" if check.on_gpu else "1", "--output", str(run)]
    check.shown(command)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    keep_sheet(run, check.places.output / f"{name}.png")
    found = summary(lines)
    if not all(math.isfinite(value) for value in lines[-1].values()):
        raise Failure(f"the last losses are {lines[-1]}", found)
    return found


def summary(lines: list[dict[str, float]]) -> Findings:
    """Steps, speed behind the first third, and the last losses."""
    late = lines[len(lines) // 3 :]
    return {
        "steps": lines[-1]["step"],
        "training_seconds": lines[-1]["seconds"],
        "images_per_second": round(sum(line["images_per_second"] for line in late) / len(late), 1),
        "losses": {key: value for key, value in lines[-1].items() if key.startswith("loss/")},
    }


def keep_sheet(run: Path, target: Path) -> None:
    """Copies the run's last sheet of samples, for somebody to look at."""
    sheets = sorted((run / "samples").glob("*.png"))
    if not sheets:
        raise Failure("the run has no sheet of samples")
    shutil.copy(sheets[-1], target)
