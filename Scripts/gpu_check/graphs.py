"""Steps that the GPU repeats by itself beside the same steps made one operation after the other."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from .check import Check, Failure, Findings

SYSTEMS = {
    "gan": "",
    "wgan-gp": "--set architecture=mlp",
    "dcgan": "--precision float32",
    "cyclegan": "--data textured --size 28 --batch-size 1 --precision float32",
}
"""Small networks, two kinds of steps, running statistics, and a pool of images."""
NARROW = {
    "dcgan": "--set generatorWidth=8 --set discriminatorWidth=8",
    "cyclegan": "--set generatorWidth=4 --set discriminatorWidth=4",
}
"""Options on the processor, where the check itself is tried."""
STEPS, COMPARED = 600, 24
"""All steps, the last of which are timed, and the first ones, whose losses are compared."""
TOLERANCE = 0.05
"""Relative: sums run in no fixed order on a GPU, and differences grow from step to step."""
REPEATED = "steps are repeated as CUDA graphs"


def stages(check: Check) -> None:
    """One stage for each system."""
    for name, options in SYSTEMS.items():
        check.stage(f"graphs {name}", 0.06, functools.partial(compare, name=name, options=options.split()))


def compare(check: Check, name: str, options: list[str]) -> Findings:
    """Trains twice from one seed, with graphs and without; the losses must agree, and the first run must say so."""
    steps = STEPS if check.on_gpu else COMPARED
    runs = {mode: train(check, name, [*options, "--steps", str(steps)], mode) for mode in ("on", "off")}
    losses = [{line["step"]: line for line in run["lines"]} for run in runs.values()]
    worst, where = max(
        (abs(line[key] - losses[1][step][key]) / max(abs(losses[1][step][key]), 0.1), f"{key} of step {step}")
        for step, line in losses[0].items()
        for key in line
        if step <= COMPARED and key.startswith("loss/")
    )
    speeds = [run["lines"][-1]["images_per_second"] for run in runs.values()]
    found = {
        "images_per_second": round(speeds[0], 1),
        "without": round(speeds[1], 1),
        "worst": worst,
        "where": where,
        "messages": runs["on"]["messages"],
    }
    if worst > TOLERANCE:
        raise Failure(f"{where} differs by {worst:.3f}", found)
    if check.on_gpu and REPEATED not in " ".join(found["messages"]):
        raise Failure(f"not repeated as CUDA graphs: {found['messages']}", found)
    return found


def train(check: Check, name: str, options: list[str], mode: str) -> dict:
    """What a run logged and said."""
    run = check.places.scratch / f"graphs-{name}-{mode}"
    command = [check.places.program("gan"), "train", name, *options, "--device", check.device, "--quiet"]
    command += ["--log-every", "1" if not check.on_gpu else "4", "--sample-every", "1000000", "--output", str(run)]
    command += [] if check.on_gpu else ["--threads", "1", *NARROW.get(name, "").split()]
    check.output(command, {"SWIFTGAN_GRAPHS": mode})
    messages = [json.loads(line)["text"] for line in read(run / "messages.jsonl")]
    return {"lines": [json.loads(line) for line in read(run / "metrics.jsonl")], "messages": messages}


def read(path: Path) -> list[str]:
    """Its lines; none where it is not there."""
    return path.read_text().splitlines() if path.exists() else []
