"""How much of our training step convolutions and products of matrices take, and how much everything beside them.

    python Benchmarks/split.py

LibTorch's kernels and ours do the former; the latter is what there is to save. Writes `split.md` beside this file.
Target: at most a tenth of a step beside products.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from compare import CASES
from report import machine_facts

from Reference.cases import Bench

HERE = Path(__file__).resolve().parent
SYSTEMS = ("dcgan-transposed", "dcgan-resize", "cyclegan", "pix2pix", "srgan", "wgan-gp-resnet")
ALLOWED = 0.1
TURN_MS = 2000.0


@dataclass(frozen=True)
class Split:
    """Medians of a case's turns."""

    case: str
    ms: float
    products_ms: float

    def row(self) -> str:
        """Its line of the table."""
        beside = self.ms - self.products_ms
        share = beside / self.ms
        verdict = "met" if share <= ALLOWED else "**not met**"
        return f"| {self.case} | {self.ms:.1f} | {self.products_ms:.1f} | {beside:.1f} | {share:.0%} | {verdict} |"


def measured(case: Bench, arguments: argparse.Namespace) -> Split:
    """One case."""
    command = [*shlex.split(arguments.ours), *case.arguments(arguments.threads, case.precision)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as worker:

        def ask(line: str) -> dict[str, float]:
            print(line, file=worker.stdin, flush=True)
            return json.loads(worker.stdout.readline())

        worker.stdout.readline()  # ready
        trial = ask(f"run {2 * case.period}")["ms"]
        steps = max(1, round(TURN_MS / (trial * case.period))) * case.period
        turns = [ask(f"split {steps}") for _ in range(arguments.rounds)]
        worker.stdin.close()
    return Split(case.name, *(statistics.median(turn[key] for turn in turns) for key in ("ms", "products_ms")))


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", default=".build/release/gan-benchmark", help="our command")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    cases = {case.name: case for case in CASES}
    facts = machine_facts(arguments.threads, arguments.rounds)
    rows = []
    for name in SYSTEMS:
        rows.append(measured(cases[name], arguments).row())
        print(rows[-1], file=sys.stderr, flush=True)
    head = "| case | ms a step | convolutions and products | beside them | share | at most a tenth |\n" + "| --- " * 6 + "|"
    facts = "\n".join(f"- {fact}" for fact in facts)
    (HERE / "split.md").write_text(f"# What a step takes\n\n{facts}\n\n{head}\n" + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
