"""How time and memory of a training step grow with the minibatch and with the size of images, ours and eager PyTorch's.

    python Benchmarks/costs.py

Two workers take turns, as in `compare.py`, at each point of each curve. Writes `costs.md` and `costs.json` beside this
file.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from compare import CASES, steps_per_turn
from report import machine_facts
from workers import Turn, Worker

from Reference.cases import Bench

HERE = Path(__file__).resolve().parent
CURVES = {
    "dcgan-transposed": ((16, 32), (64, 32), (256, 32), (64, 64)),
    "cyclegan": ((1, 64), (4, 64), (1, 128), (1, 256)),
    "pix2pix": ((1, 128), (4, 128), (16, 128), (1, 256)),
    "srgan-srresnet": ((2, 96), (8, 96), (16, 96), (2, 192)),
}
"""Minibatch and side of the points of each case."""
TURN_MS = 1500.0


@dataclass(frozen=True)
class Point:
    """Medians of a case at a minibatch and a size."""

    case: str
    batch: int
    size: int
    ours_ms: float
    eager_ms: float
    ours_mib: float
    eager_mib: float
    ratio: float

    def row(self) -> str:
        """The point's line of the table."""
        images = f"{1e3 * self.batch / self.ours_ms:.0f}"
        return (
            f"| {self.case} | {self.batch} | {self.size} | {self.ours_ms:.1f} | {self.eager_ms:.1f} | {self.ratio:.2f}x "
            f"| {images} | {self.ours_mib:.0f} / {self.eager_mib:.0f} |"
        )


def turns(case: Bench, ours: str, threads: int, rounds: int) -> list[list[Turn]]:
    """The rounds of both workers."""
    arguments = case.arguments(threads, "float32")
    commands = [[*shlex.split(ours), *arguments], [sys.executable, str(HERE / "worker.py"), *arguments]]
    workers = []
    try:
        for name, command in zip(("ours", "eager"), commands, strict=True):
            workers.append(Worker(name, command))
        if len({worker.ready() for worker in workers}) != 1:
            raise SystemExit(f"{case.name}: the networks differ")
        steps = [steps_per_turn(case, worker.run(2 * case.period).ms, TURN_MS) for worker in workers]
        made = [[worker.run(count) for worker, count in zip(workers, steps, strict=True)] for _ in range(rounds)]
    finally:
        for worker in workers:
            worker.close()
    return [list(column) for column in zip(*made, strict=True)]


def measured(case: Bench, batch: int, size: int, arguments: argparse.Namespace) -> Point:
    """One point."""
    ours, eager = turns(replace(case, batch=batch, size=size), arguments.ours, arguments.threads, arguments.rounds)
    ratio = statistics.median(b.ms / a.ms for a, b in zip(ours, eager, strict=True))
    times = [statistics.median(turn.ms for turn in each) for each in (ours, eager)]
    memory = [max(turn.peak_mib for turn in each) for each in (ours, eager)]
    return Point(case.name, batch, size, *times, *memory, ratio)


def points(arguments: argparse.Namespace) -> Iterator[Point]:
    """All of the chosen cases."""
    cases = {case.name: case for case in CASES}
    for name, curve in CURVES.items():
        if arguments.case and name not in arguments.case:
            continue
        for batch, size in curve:
            point = measured(cases[name], batch, size, arguments)
            print(point.row(), flush=True)
            yield point


def main() -> None:
    """Parses the arguments, measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", default=".build/release/gan-benchmark", help="our command")
    parser.add_argument("--case", action="append", choices=list(CURVES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    facts = "\n".join(f"- {fact}" for fact in machine_facts(arguments.threads, arguments.rounds))
    found = list(points(arguments))
    if arguments.case:
        return
    head = "| case | batch | size | ours ms | eager ms | over eager | images/s | MiB ours / eager |"
    table = "\n".join([head, "| --- " * 8 + "|", *(point.row() for point in found)])
    (HERE / "costs.md").write_text(f"# Cost of a step\n\n{facts}\n\n{table}\n")
    (HERE / "costs.json").write_text(json.dumps([vars(point) for point in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
