"""How much faster two processes train one run than one, each with one thread.

    python Benchmarks/processes.py .build/release/gan

Trains each system for some steps again and again, in rounds: by one process with one thread, by two processes with
one thread each that share every minibatch, by two that share minibatches of twice the size, so that each has as many
images as the one, by one process with two threads, and, to know what the machine's cores can do at once, by two runs
that know nothing of each other. Writes `processes.md` beside this file. Target: two processes reach at least 85 % of
twice one process's speed, with the same minibatch; what they reach with the larger one is the other ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from report import machine_facts

HERE = Path(__file__).resolve().parent
LEAST = 0.85
SYSTEMS = {
    "dcgan": (["dcgan", "--preset", "small", "--data", "mnist", "--steps", "160"], 64),
    "cyclegan": (["cyclegan", "--preset", "small", "--data", "textured", "--steps", "120"], 8),
}
"""How each is trained, and its minibatch."""
ONE, TWO, TWICE = "one process, one thread", "two processes", "two processes, twice the minibatch"
WAYS = {ONE: (1, 1, 1), TWO: (2, 1, 1), TWICE: (2, 1, 2), "one process, two threads": (1, 2, 1)}
"""Processes, threads of each, and how many of the system's minibatches make one."""
APART = "two runs at once"


def free_port() -> int:
    """A port at which nobody answers."""
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


def launched(command: list[str], count: int) -> None:
    """Runs the command as so many processes of one group, or alone."""
    place = {"WORLD_SIZE": str(count), "MASTER_ADDR": "localhost", "MASTER_PORT": str(free_port())}
    group = [
        subprocess.Popen(
            command,
            env=os.environ | place | {"RANK": str(rank), "LOCAL_WORLD_SIZE": str(count)},
            stdout=subprocess.DEVNULL,
        )
        for rank in range(count)
    ]
    if any([process.wait() for process in group]):
        raise SystemExit(f"failed: {' '.join(command)}")


def trained(gan: str, system: str, processes: int, threads: int, minibatches: int) -> float:
    """Images a second of a run."""
    arguments, size = SYSTEMS[system]
    steps, size = int(arguments[-1]), size * minibatches
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [gan, "train", *arguments, "--batch-size", str(size), "--threads", str(threads)]
        command += ["--log-every", str(steps // 4)]
        command += ["--sample-every", str(steps), "--checkpoint-every", str(steps), "--quiet", "--output", str(run)]
        launched(command, processes)
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    # Without the first quarter, which warms up, and the last, which ends with sheets and checkpoints.
    seconds = lines[-2]["seconds"] - lines[0]["seconds"]
    return (lines[-2]["step"] - lines[0]["step"]) * size / seconds


def apart(gan: str, system: str) -> float:
    """Images a second of two runs at once, together."""
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda _: trained(gan, system, *WAYS[ONE]), range(2)))


def main() -> None:
    """Parses the arguments, measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gan", help="the command")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    gan = str(Path(arguments.gan).resolve())
    facts = "\n".join(f"- {fact}" for fact in machine_facts(2, arguments.rounds))
    speeds: dict[tuple[str, str], list[float]] = {(system, way): [] for system in SYSTEMS for way in (*WAYS, APART)}
    for _ in range(arguments.rounds):
        for system, way in speeds:
            speeds[system, way].append(apart(gan, system) if way == APART else trained(gan, system, *WAYS[way]))

    def of_twice_one(system: str, way: str) -> float:
        pairs = zip(speeds[system, ONE], speeds[system, way], strict=True)
        return statistics.median(both / (2 * one) for one, both in pairs)

    rows = [f"| images/s | {' | '.join((*WAYS, APART))} | of twice one | with twice the minibatch |"]
    rows.append("| --- " * (len(WAYS) + 4) + "|")
    for system in SYSTEMS:
        ratio = of_twice_one(system, TWO)
        medians = " | ".join(f"{statistics.median(speeds[system, way]):.0f}" for way in (*WAYS, APART))
        met = f"{ratio:.0%} (at least {LEAST:.0%}) - {'met' if ratio >= LEAST else '**not met**'}"
        rows.append(f"| {system} | {medians} | {met} | {of_twice_one(system, TWICE):.0%} |")
    text = "\n".join(rows)
    note = f"Medians of {arguments.rounds} rounds; ratios are medians of the rounds' ratios."
    (HERE / "processes.md").write_text(f"# Two processes\n\n{facts}\n\n{text}\n\n{note}\n")
    print(text)


if __name__ == "__main__":
    main()
