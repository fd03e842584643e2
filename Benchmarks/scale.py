"""What a step sends to other processes, how long two of them need for it here, and what that means for many.

    python Benchmarks/scale.py

Counts, for every case of the benchmark, the calls and bytes with which a step's gradients are averaged; measures how
long two processes of this machine take to average; predicts from that how long a step of two processes takes, and
measures some; and says for clusters of 8 to 1,024 GPUs how long a step must compute so that averaging costs at most a
tenth of it. Writes `scale.md` and `scale.json` beside this file.
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from compare import CASES
from processes import free_port
from report import machine_facts
from workers import Worker

from Reference.cases import Bench

HERE = Path(__file__).resolve().parent
GPUS_PER_MACHINE = 8
SIZES = 8, 64, 1024
SHARE = 0.1
CHECKED = "gan", "dcgan-transposed", "infogan", "sn-gan-resnet", "srgan-srresnet"
"""Cases of which two processes are timed."""
STEPS = 20


@dataclass(frozen=True)
class Network:
    """What joins GPUs: seconds that a message takes, and bytes a second of one GPU."""

    name: str
    latency: float
    bandwidth: float


INSIDE = Network("of one machine, by NVLink", 3e-6, 300e9)
BETWEEN = Network("of several machines, by InfiniBand of 400 Gbit/s for each GPU", 8e-6, 40e9)
"""Round figures of makers and of NCCL's tests, to be replaced by one's own."""


def averaging_seconds(calls: float, size: float, count: int) -> float:
    """How long it takes to average: a tree's latency, a ring's bandwidth (as NCCL chooses for small and large)."""
    if count == 1:
        return 0
    network = INSIDE if count <= GPUS_PER_MACHINE else BETWEEN
    return calls * 2 * math.log2(count) * network.latency + 2 * (count - 1) / count * size / network.bandwidth


def shortest_step(calls: float, size: float, count: int) -> float:
    """Seconds that a step must compute, if nothing of the averaging is hidden behind it."""
    return averaging_seconds(calls, size, count) * (1 - SHARE) / SHARE


def traffic(case: Bench, ours: str) -> dict[str, float]:
    """Calls and bytes of a step, and milliseconds that it takes with one thread."""
    worker = Worker("ours", [*shlex.split(ours), *case.arguments(1, "float32"), "--port", str(free_port())])
    try:
        worker.ready()
        print(f"run {2 * case.period}", file=worker.process.stdin, flush=True)
        return {key: float(value) for key, value in worker.reply().items()}
    finally:
        worker.close()


def link(ours: str) -> list[dict[str, float]]:
    """How long two processes take to average so many bytes."""
    port = str(free_port())
    pair = [
        subprocess.Popen(
            [*shlex.split(ours), "link", "--rank", str(rank), "--port", port], stdout=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]
    outputs = [process.communicate()[0] for process in pair]
    return [json.loads(line) for line in outputs[0].splitlines()]


def together(case: Bench, ours: str, count: int) -> float:
    """Milliseconds of a step of so many processes with half a minibatch each."""
    case = replace(case, batch=case.batch // 2)
    command = [*shlex.split(ours), *case.arguments(1, "float32"), "--port", str(free_port()), "--count", str(count)]
    workers = [Worker("ours", [*command, "--rank", str(rank)]) for rank in range(count)]
    try:
        for worker in workers:
            worker.ready()
        for worker in workers:
            print(f"run {STEPS * case.period}", file=worker.process.stdin, flush=True)
        return max(float(worker.reply()["ms"]) for worker in workers)
    finally:
        for worker in workers:
            worker.close()


def checked(case: Bench, found: dict[str, float], ours: str, constant: float, slope: float) -> str:
    """The prediction for two processes beside what they take, as a line of a table."""
    half, both = together(case, ours, 1), together(case, ours, 2)
    expected = half + found["calls"] * constant + found["bytes"] / (1 << 20) * slope
    return f"| {case.name} | {half:.1f} | {expected:.1f} | {both:.1f} | {both / expected - 1:+.0%} |"


def fitted(points: list[dict[str, float]]) -> tuple[float, float]:
    """Milliseconds of a call, and of a mebibyte more."""
    first, last = points[0], points[-1]
    slope = (last["ms"] - first["ms"]) / (last["bytes"] - first["bytes"]) * (1 << 20)
    return first["ms"], slope


def mebibytes(size: float) -> str:
    """As people read it."""
    return f"{size / (1 << 20):.1f}"


def row(name: str, found: dict[str, float], constant: float, slope: float) -> str:
    """A case's line of the table."""
    here = found["calls"] * constant + found["bytes"] / (1 << 20) * slope
    steps = " | ".join(f"{1e3 * shortest_step(found['calls'], found['bytes'], n):.2f}" for n in SIZES)
    return f"| {name} | {found['calls']:.1f} | {mebibytes(found['bytes'])} | {found['ms']:.1f} | {here:.1f} | {steps} |"


def main() -> None:
    """Parses the arguments, measures, writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", default=".build/release/gan-benchmark", help="our command")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES])
    arguments = parser.parse_args()
    facts = "\n".join(f"- {fact}" for fact in machine_facts(1, 1)[:-1])
    points = link(arguments.ours)
    constant, slope = fitted(points)
    chosen = [case for case in CASES if case.precision == "float32"]
    chosen = [case for case in chosen if not arguments.case or case.name in arguments.case]
    found = {case.name: traffic(case, arguments.ours) for case in chosen}
    head = ["case", "calls", "MiB", "ms a step here", "ms of two processes", *(f"{n} GPUs, ms" for n in SIZES)]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    lines += [row(name, values, constant, slope) for name, values in found.items()]
    check = "\n".join(
        checked(case, found[case.name], arguments.ours, constant, slope) for case in chosen if case.name in CHECKED
    )
    measured = "\n".join(f"| {mebibytes(p['bytes'])} | {p['ms']:.3f} |" for p in points)
    text = "\n".join(lines)
    (HERE / "scale.json").write_text(json.dumps({"link": points, "cases": found}, indent=1) + "\n")
    (HERE / "scale.md").write_text(f"""# What a step sends

{facts}

Gradients of a step (a critic's updates are counted as they come), the time of a step of the benchmark's case with one
thread, and what averaging adds to it where two processes of this machine share the minibatch. To the right the
shortest step, in milliseconds of computing on each GPU, of which averaging takes at most {SHARE:.0%}, if none of it is
hidden: GPUs {INSIDE.name} ({INSIDE.latency * 1e6:.0f} us, {INSIDE.bandwidth / 1e9:.0f} GB/s), beyond
{GPUS_PER_MACHINE} {BETWEEN.name} ({BETWEEN.latency * 1e6:.0f} us, {BETWEEN.bandwidth / 1e9:.0f} GB/s).

{text}

Milliseconds of a step with half a minibatch alone, of two processes with half of it each as predicted from that and
the table below, and as measured. What is left is the wait for the slower of two, and cores that slow each other down:

| case | alone | predicted | measured | |
| --- | --- | --- | --- | --- |
{check}

Two processes of this machine average so many MiB in so many milliseconds:

| MiB | ms |
| --- | --- |
{measured}
""")
    print(text)


if __name__ == "__main__":
    main()
