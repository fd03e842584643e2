"""Compares SwiftGAN with PyTorch: the same networks, side by side on the same machine.

For each case three workers (ours, eager PyTorch, tuned PyTorch) are started once and then take
turns in interleaved rounds, so that whatever else slows the machine slows all three. Run it with
the Python that has torch, after `swift build -c release`:

    python Benchmarks/compare.py

A full run writes `results.json` and `results.md` beside this file, after each case anew; a partial one
(`--case`, `--quick`) only prints, unless `--output` names a folder.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable
from contextlib import ExitStack
from ctypes.util import find_library
from pathlib import Path

import report
from report import Measurement
from workers import Turn, TurnWatch, Worker, WorkerError

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from Reference import zoo  # noqa: E402
from Reference.cases import Bench  # noqa: E402

CASES = zoo.benches()
TURN_MS = 1500.0
TRIAL_MS = 300.0
QUICK_TURN_MS = 300.0


def parse(line: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ours", default=".build/release/gan-benchmark", help="our command")
    parser.add_argument("--python", default=sys.executable, help="the Python that has torch")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--quick", action="store_true", help="3 rounds of short turns")
    parser.add_argument("--output", type=Path, help="where the results are written")
    arguments = parser.parse_args(line)
    arguments.turn_ms = QUICK_TURN_MS if arguments.quick else TURN_MS
    arguments.rounds = min(arguments.rounds, 3) if arguments.quick else arguments.rounds
    if arguments.output is None and not arguments.quick and not arguments.case and arguments.device == "cpu":
        arguments.output = HERE
    return arguments


def allocator() -> list[str]:
    """What gives a command the allocator that ours is linked with, where the machine has it."""
    library = find_library("tcmalloc_minimal") if sys.platform == "linux" else None
    return ["env", f"LD_PRELOAD={library}"] if library else []


def commands(case: Bench, arguments: argparse.Namespace) -> dict[str, list[str]]:
    """The command line of each worker; eager PyTorch always trains in float32."""
    python = [arguments.python, str(HERE / "worker.py")]
    device = ["--device", arguments.device]
    precise = case.arguments(arguments.threads, case.precision) + device
    eager = case.arguments(arguments.threads, "float32") + device
    return {
        "ours": [*shlex.split(arguments.ours), *precise],
        "eager": [*python, *eager, "--variant", "eager"],
        "tuned": [*allocator(), *python, *precise, "--variant", "tuned"],
    }


def start(case: Bench, arguments: argparse.Namespace, stack: ExitStack) -> tuple[list[Worker], int]:
    """Starts the workers one after the other and checks that they train the same network."""
    workers, counts = [], {}
    for name, command in commands(case, arguments).items():
        worker = Worker(name, command)
        stack.callback(worker.close)
        workers.append(worker)
        counts[name] = worker.ready()
    if len(set(counts.values())) != 1:
        raise WorkerError(f"the networks differ: {counts} parameters")
    return workers, counts["ours"]


def steps_per_turn(case: Bench, ms: float, turn_ms: float) -> int:
    """Steps, in whole periods, that take about a turn."""
    return max(1, round(turn_ms / (ms * case.period))) * case.period


def rounds(
    case: Bench, workers: list[Worker], watch: TurnWatch, arguments: argparse.Namespace
) -> dict[str, list[Turn]]:
    """The turns of every worker, after uncounted ones that find their length."""
    trial = {w.name: w.run(2 * case.period).ms for w in workers}
    trial = {w.name: w.run(steps_per_turn(case, trial[w.name], TRIAL_MS)).ms for w in workers}
    steps = {name: steps_per_turn(case, ms, arguments.turn_ms) for name, ms in trial.items()}
    turns: dict[str, list[Turn]] = {worker.name: [] for worker in workers}
    for _ in range(arguments.rounds):
        for worker in workers:
            turns[worker.name].append(watch.turn(worker, steps[worker.name]))
    return turns


def measure(case: Bench, arguments: argparse.Namespace) -> Measurement:
    """Starts the workers of a case, runs its rounds, ends the workers."""
    with ExitStack() as stack:
        workers, parameters = start(case, arguments, stack)
        watch = TurnWatch(workers)
        turns = rounds(case, workers, watch, arguments)
    shares = {"idle_share": watch.idle_share, "foreign_share": watch.foreign_share}
    return Measurement(case, parameters, **turns, **shares)


def measure_all(
    cases: list[Bench],
    arguments: argparse.Namespace,
    keep: Callable[[list[Measurement], list[str]], None] = lambda measurements, failures: None,
) -> tuple[list[Measurement], list[str]]:
    """All cases; one that fails does not take the others with it. After each, all so far are kept."""
    measurements, failures = [], []
    for case in cases:
        print(f"{case.name} ...", file=sys.stderr, flush=True)
        try:
            measurements.append(measure(case, arguments))
            print(report.table(measurements[-1:]), file=sys.stderr, flush=True)
        except (WorkerError, OSError, KeyError, ValueError) as error:
            failures.append(f"{case.name}: {error}")
            print(f"failed: {error}", file=sys.stderr, flush=True)
        keep(measurements, failures)
    return measurements, failures


def write(folder: Path, measurements: list[Measurement], text: str) -> None:
    """Puts what was measured into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [measurement.record() for measurement in measurements]
    (folder / "results.json").write_text(json.dumps(records, indent=2) + "\n")
    (folder / "results.md").write_text(text)


def main() -> int:
    """Measures, prints, writes; 1 if a case could not be measured."""
    arguments = parse()
    chosen = [case for case in CASES if not arguments.case or case.name in arguments.case]
    facts = report.machine_facts(arguments.threads, arguments.rounds)
    facts.append(f"Allocator of tuned PyTorch: {'TCMalloc, as ours' if allocator() else 'its own'}")

    def keep(measurements: list[Measurement], failures: list[str]) -> None:
        if arguments.output:
            write(arguments.output, measurements, report.markdown(measurements, facts, failures))

    measurements, failures = measure_all(chosen, arguments, keep)
    print(report.markdown(measurements, facts, failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
