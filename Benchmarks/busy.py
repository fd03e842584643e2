"""How fast the demonstration trains while another process keeps one core busy.

    python Benchmarks/busy.py .build/release/gan

Trains DCGAN's small preset for a few hundred steps again and again, in rounds: on the machine as it is, and beside a
process that does nothing but compute; with the threads that `gan` chooses, with all cores and with one. Writes
`busy.md` beside this file. Targets: beside a neighbour at least 60 % of the quiet speed, and on a quiet machine at most
3 % less than with all cores asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from report import machine_facts

HERE = Path(__file__).resolve().parent
HELD, LOST = 0.60, 0.97


def compute() -> None:
    """Keeps one core busy for ever."""
    number = 0
    while True:
        number = (number * 1103515245 + 12345) % 2147483648


@contextlib.contextmanager
def neighbour(is_there: bool) -> Iterator[None]:
    """Another process that computes, if there is to be one."""
    if not is_there:
        yield
        return
    process = multiprocessing.Process(target=compute, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def trained(gan: str, steps: int, threads: int | None) -> tuple[float, int]:
    """Images a second of a run, and the threads it took."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [gan, "train", "dcgan", "--preset", "small", "--data", "mnist", "--steps", str(steps)]
        command += ["--log-every", str(steps // 4), "--quiet", "--output", str(run)]
        command += ["--threads", str(threads)] if threads else []
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        config = json.loads((run / "config.json").read_text())
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    # Without the first quarter, which warms up.
    seconds = lines[-1]["seconds"] - lines[0]["seconds"]
    return (lines[-1]["step"] - lines[0]["step"]) * config["batchSize"] / seconds, config["threads"]


def verdict(name: str, ratio: float, least: float) -> str:
    """A line on a target."""
    return f"- {name}: {ratio:.0%} (at least {least:.0%}) - {'met' if ratio >= least else '**not met**'}"


def main() -> None:
    """Parses the arguments, measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gan", help="the command")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200)
    arguments = parser.parse_args()
    gan, cores = str(Path(arguments.gan).resolve()), os.cpu_count() or 1
    choices = {"chosen": None, f"{cores} threads": cores, "1 thread": 1}
    facts = "\n".join(f"- {fact}" for fact in machine_facts(cores, arguments.rounds))
    cases = [(busy, name) for busy in (False, True) for name in choices]
    speeds: dict[tuple[bool, str], list[float]] = {case: [] for case in cases}
    taken: dict[bool, list[int]] = {False: [], True: []}
    for _ in range(arguments.rounds):
        for busy, name in cases:
            with neighbour(busy):
                speed, threads = trained(gan, arguments.steps, choices[name])
            speeds[busy, name].append(speed)
            if choices[name] is None:
                taken[busy].append(threads)
    middle = {case: statistics.median(values) for case, values in speeds.items()}
    rows = ["| threads | quiet, images/s | with a neighbour, images/s |", "| --- | --- | --- |"]
    for name in choices:
        words = f"{name} ({taken[False]} quiet, {taken[True]} busy)" if choices[name] is None else name
        rows.append(f"| {words} | {middle[False, name]:.0f} | {middle[True, name]:.0f} |")
    quiet = max(middle[False, "chosen"], middle[False, f"{cores} threads"])
    targets = [
        verdict("beside a neighbour, of the quiet speed", middle[True, "chosen"] / quiet, HELD),
        verdict("quiet, of all cores", middle[False, "chosen"] / middle[False, f"{cores} threads"], LOST),
    ]
    text = "\n".join(rows) + "\n\n" + "\n".join(targets)
    note = f"Medians of {arguments.rounds} rounds of {arguments.steps} steps of `gan train dcgan`."
    (HERE / "busy.md").write_text(f"# A busy machine\n\n{facts}\n\n{text}\n\n{note}\n")
    print(text)


if __name__ == "__main__":
    main()
