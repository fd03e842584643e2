#!/usr/bin/env python3
"""Puts what `Scripts/check_gpu` found into Documentation/GPU.md, between its markers, so that nobody types it.

    Scripts/gpu_table.py gpu-check/result.json
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "Documentation" / "GPU.md"
MARKED = re.compile(r"(<!-- gpu -->\n).*?(<!-- /gpu -->)", re.DOTALL)
Record = dict[str, Any]


def table(header: list[str], rows: list[list[str]]) -> str:
    """Rows of Markdown, without anything where there are none."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if rows else ""


def machine(facts: Record) -> str:
    """What a reader needs to judge the figures."""
    gpu = f"{facts['gpu']} ({facts['memory_gib']} GiB)" if "gpu" in facts else "no GPU"
    lines = [
        f"GPU: {gpu}; driver: {facts.get('driver', 'none')}",
        f"PyTorch {facts['torch']}, CUDA {facts.get('cuda')}, cuDNN {facts.get('cudnn')}",
        f"Processor: {facts['processor']}, {facts['cores']} cores; {facts['system']}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def goldens(stages: Record) -> str:
    """A row for each arithmetic."""
    rows = []
    for name, stage in stages.items():
        if name.startswith("goldens ") and "compared" in stage:
            worst = max(stage["worst"].values(), default=0)
            failed = ", ".join(f"`{golden}`" for golden in stage["failed"]) or "none"
            row = [name.removeprefix("goldens "), stage["tolerance"], str(stage["compared"]), f"{worst:.2f}", failed]
            rows.append(row)
    return table(["arithmetic", "allowed", "goldens", "worst, of what is allowed", "failed"], rows)


def repetitions(stages: Record) -> str:
    """A row for each system whose steps were repeated as CUDA graphs."""
    rows = []
    for name, stage in stages.items():
        if name.startswith("graphs ") and "without" in stage:
            speed, plain = stage["images_per_second"], stage["without"]
            row = [f"{speed:.0f}", f"{plain:.0f}", f"**{speed / plain:.2f}x**", f"{stage['worst']:.2g}"]
            rows.append([name.removeprefix("graphs "), *row])
    return table(["system", "images/s as CUDA graphs", "without", "ratio", "losses differ by"], rows)


def trainings(stages: Record) -> str:
    """A row for each system that was trained."""
    rows = []
    for name, stage in stages.items():
        if name.startswith("train ") and "steps" in stage:
            losses = ", ".join(f"{key.removeprefix('loss/')} {value:.3g}" for key, value in stage["losses"].items())
            seconds = f"{stage['training_seconds']:.0f}"
            rows.append([name.removeprefix("train "), str(stage["steps"]), seconds, f"{stage['images_per_second']:.0f}", losses])
    return table(["system", "steps", "seconds", "images/s", "last losses"], rows)


def speeds(stage: Record) -> str:
    """A row for each case, and the geometric means."""
    rows, ratios = [], []
    for name, case in stage.get("cases", {}).items():
        ratio = case["eager_ms"] / case["ours_ms"], case["tuned_ms"] / case["ours_ms"]
        ratios.append(ratio)
        times = [f"{case[key]:.2f}" for key in ("ours_ms", "eager_ms", "tuned_ms")]
        memory = f"{case['ours_mib']:.0f} / {case['eager_mib']:.0f}"
        rows.append([name, *times, *(f"**{value:.2f}x**" for value in ratio), memory])
    if ratios:
        means = [f"**{statistics.geometric_mean(column):.2f}x**" for column in zip(*ratios)]
        rows.append(["geometric mean", "", "", "", *means, ""])
    return table(["case", "ours ms", "eager ms", "tuned ms", "over eager", "over tuned", "MiB ours / eager"], rows)


def failures(stages: Record) -> str:
    """What did not work, with the last line of its output."""
    failed = [(name, stage.get("error", "")) for name, stage in stages.items() if not stage["ok"]]
    return "\n".join(f"- failed: {name}: {(error.splitlines() or [''])[-1]}" for name, error in failed)


def section(result: Record) -> str:
    """The whole text between the markers."""
    stages = result["stages"]
    parts = [
        machine(stages["machine"]),
        goldens(stages),
        repetitions(stages),
        trainings(stages),
        speeds(stages.get("speed", {})),
        failures(stages),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=Path)
    text = section(json.loads(parser.parse_args().result.read_text()))
    PAGE.write_text(MARKED.sub(lambda found: found[1] + text + found[2], PAGE.read_text()))


if __name__ == "__main__":
    main()
