"""Compares `gan train` with the scripts of PyTorch-GAN, each as its users start it: loading and logging included.

    python Benchmarks/against_scripts.py --pytorch-gan CHECKOUT

CHECKOUT is a checkout of github.com/eriklindernoren/PyTorch-GAN, of which nothing is changed: its scripts run in a
folder of their own, where they find the digits of this package as torchvision keeps them. The Python that runs
them (`--python`) needs torch, torchvision and numpy. `gan train` reads the same digits and takes as many steps.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shlex
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from report import machine_facts

HERE = Path(__file__).resolve().parent
DIGITS = HERE.parent / "Sources" / "GANData" / "Resources" / "mnist"
BATCH = 64
DIGITS_COUNT = 60_000
LEAST_STEPS = 20
"""Scripts report every fifth step of a critic alone."""
WARM_UP = 0.2
"""The share of the steps that the time of a step leaves out."""
SCRIPT_STEP = re.compile(r"\[Epoch (\d+)/\d+\] \[Batch (\d+)/(\d+)\]")
SHIM = """import torch
library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""
"""What torchvision asks for at its import where its compiled part does not fit the PyTorch at hand. The scripts use
nothing of that part."""
OUR_STEP = re.compile(r"\bstep (\d+) ")


@dataclass(frozen=True)
class Case:
    """A script, and the same system as near as our configuration comes."""

    name: str
    script: str
    size: int
    ours: str
    """Options of `gan train` beside data, length and size."""


# Convolutional networks are as wide as makes a generated image cost as many multiplications as the script's.
CASES = [
    Case("gan", "gan/gan.py", 28, "gan --set ema=0"),
    Case("wgan", "wgan/wgan.py", 28, "wgan --preset paper --set architecture=mlp --set longStart=0 --set longInterval=0"),
    Case("wgan-gp", "wgan_gp/wgan_gp.py", 28, "wgan-gp --preset paper --set architecture=mlp"),
    Case("cgan", "cgan/cgan.py", 32, "cgan --set ema=0 --set discriminatorWidths=512,512,512"),
    Case(
        "dcgan",
        "dcgan/dcgan.py",
        32,
        "dcgan --preset paper --set upsampling=resize --set kernelSize=4 --set generatorWidth=112 --set discriminatorWidth=16",
    ),
    Case("infogan", "infogan/infogan.py", 32, "infogan --preset paper --set width=136"),
    Case("sgan", "sgan/sgan.py", 32, "sgan --preset paper --set generatorWidth=168 --set discriminatorWidth=16"),
    Case("lsgan", "lsgan/lsgan.py", 32, "lsgan --preset paper --set generatorWidth=168 --set discriminatorWidth=16"),
]


class RunError(Exception):
    """A program that did not train to its end."""


@dataclass(frozen=True)
class Timing:
    """One run of a program."""

    step_ms: float
    """Milliseconds from step to step behind the warm-up."""
    seconds: float
    """From its start to its end."""


@dataclass(frozen=True)
class Stamp:
    """When a step was reported."""

    step: int
    time: float


def script_steps(lines: Iterable[tuple[float, str]]) -> list[Stamp]:
    """The steps that a script's output tells of."""
    found = ((when, SCRIPT_STEP.search(line)) for when, line in lines)
    return [Stamp(int(m[1]) * int(m[3]) + int(m[2]), when) for when, m in found if m]


def our_steps(lines: Iterable[tuple[float, str]]) -> list[Stamp]:
    """The steps that our output tells of."""
    found = ((when, OUR_STEP.search(line)) for when, line in lines)
    return [Stamp(int(m[1]), when) for when, m in found if m]


def step_ms(stamps: list[Stamp], steps: int) -> float:
    """Milliseconds from step to step behind the warm-up."""
    late = [stamp for stamp in stamps if stamp.step >= WARM_UP * steps]
    if len(late) < 2 or late[-1].step == late[0].step:
        raise RunError("reported too few steps")
    return (late[-1].time - late[0].time) * 1000 / (late[-1].step - late[0].step)


def stamped(command: list[str], folder: Path, threads: int, modules: str = "") -> list[tuple[float, str]]:
    """The lines of a program's output with the seconds since its start; the last is its end."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": str(threads)}
    if modules:
        environment["PYTHONPATH"] = modules
    start = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        lines = [(time.monotonic() - start, line.rstrip()) for line in process.stdout]
    lines.append((time.monotonic() - start, ""))
    if process.returncode != 0:
        said = [line for _, line in lines if line]
        raise RunError(said[-1] if said else f"ended with {process.returncode}")
    return lines


class Workshop:
    """A folder in which both sides find the same digits."""

    def __init__(self, folder: Path, arguments: argparse.Namespace) -> None:
        self.folder, self.arguments = folder, arguments
        self.digits = folder / "data" / "mnist" / "MNIST" / "raw"
        self.digits.mkdir(parents=True)
        self.runs = 0
        self.modules = "" if imports_torchvision(arguments.python) else str(folder / "shim")
        (folder / "shim").mkdir()
        (folder / "shim" / "sitecustomize.py").write_text(SHIM)
        count = arguments.steps * BATCH
        for part, images in (("train", count), ("t10k", BATCH)):
            for kind in ("images-idx3", "labels-idx1"):
                (self.digits / f"{part}-{kind}-ubyte").write_bytes(first(f"{part}-{kind}-ubyte.gz", images))

    def script(self, case: Case) -> Timing:
        """One epoch of the digits by the script, from a folder two above which it finds the data."""
        own = self.folder / "implementations" / case.name
        own.mkdir(parents=True, exist_ok=True)
        path = self.arguments.pytorch_gan.resolve() / "implementations" / case.script
        command = [self.arguments.python, str(path), "--n_epochs", "1", "--batch_size", str(BATCH)]
        lines = stamped([*command, "--img_size", str(case.size)], own, self.arguments.threads, self.modules)
        return Timing(step_ms(script_steps(lines), self.arguments.steps), lines[-1][0])

    def ours(self, case: Case) -> Timing:
        """As many steps by `gan train`."""
        self.runs += 1
        steps = self.arguments.steps
        command = [*shlex.split(self.arguments.gan), "train", *shlex.split(case.ours)]
        command += ["--data", str(self.digits / "train-images-idx3-ubyte"), "--size", str(case.size)]
        command += ["--batch-size", str(BATCH), "--steps", str(steps), "--log-every", str(max(1, steps // 20))]
        command += ["--sample-every", "400", "--checkpoint-every", str(steps)]
        command += ["--threads", str(self.arguments.threads), "--output", str(self.folder / f"run-{self.runs}")]
        lines = stamped(command, self.folder, self.arguments.threads)
        return Timing(step_ms(our_steps(lines), steps), lines[-1][0])


def imports_torchvision(python: str) -> bool:
    """Whether a Python can import it as it is."""
    return subprocess.run([python, "-c", "import torchvision"], capture_output=True, check=False).returncode == 0


def first(name: str, count: int) -> bytes:
    """An IDX file of the package with its first `count` items alone."""
    content = gzip.decompress((DIGITS / name).read_bytes())
    dimensions = content[3]
    sizes = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    item = 1
    for size in sizes[1:]:
        item *= size
    start = 4 + 4 * dimensions
    return content[:4] + struct.pack(">I", count) + content[8:start] + content[start : start + count * item]


@dataclass(frozen=True)
class Measurement:
    """The rounds of one case."""

    case: Case
    ours: list[Timing]
    script: list[Timing]

    def ratio(self, field: str) -> float:
        """How much faster ours is: the median of the rounds' ratios."""
        pairs = zip(self.script, self.ours)
        return statistics.median(getattr(theirs, field) / getattr(ours, field) for theirs, ours in pairs)

    def row(self) -> list[str]:
        """The table's cells."""
        medians = [
            statistics.median(getattr(timing, field) for timing in timings)
            for field in ("step_ms", "seconds")
            for timings in (self.ours, self.script)
        ]
        cells = [f"{value:.1f}" for value in medians]
        steps, whole = (f"**{self.ratio(field):.2f}x**" for field in ("step_ms", "seconds"))
        return [self.case.name, cells[0], cells[1], steps, cells[2], cells[3], whole]


def measure(case: Case, workshop: Workshop, rounds: int) -> Measurement:
    """Runs both sides in turns."""
    ours, script = [], []
    for _ in range(rounds):
        ours.append(workshop.ours(case))
        script.append(workshop.script(case))
    return Measurement(case, ours, script)


def measure_all(
    cases: list[Case], workshop: Workshop, rounds: int
) -> tuple[list[Measurement], list[str]]:
    """All cases; one whose script does not run is named and does not stop the others."""
    measurements, failures = [], []
    for case in cases:
        print(f"{case.name} ...", file=sys.stderr, flush=True)
        try:
            measurements.append(measure(case, workshop, rounds))
        except (RunError, OSError) as error:
            failures.append(f"{case.name}: {error}")
            print(f"failed: {error}", file=sys.stderr, flush=True)
    return measurements, failures


def report(measurements: list[Measurement], failures: list[str]) -> str:
    """The table with the geometric means, and what could not be compared."""
    header = ["case", "ours ms", "script ms", "faster", "ours s", "script s", "faster in all"]
    rows = [header, ["---"] * len(header), *(m.row() for m in measurements)]
    if measurements:
        steps, whole = (
            f"**{statistics.geometric_mean(m.ratio(field) for m in measurements):.2f}x**"
            for field in ("step_ms", "seconds")
        )
        rows.append(["geometric mean", "", "", steps, "", "", whole])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if failures:
        lines += ["", *(f"- not compared: {failure}" for failure in failures)]
    return "\n".join(lines)


def parse(line: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pytorch-gan", type=Path, required=True, help="the checkout")
    parser.add_argument("--python", default=sys.executable, help="the Python with torch and torchvision")
    parser.add_argument("--gan", default=str(HERE.parent / ".build" / "release" / "gan"), help="our command")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES])
    parser.add_argument("--steps", type=int, default=300, help="minibatches of 64 a run (default: 300)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, help="a Markdown file for the table")
    arguments = parser.parse_args(line)
    most = DIGITS_COUNT // BATCH
    if not LEAST_STEPS <= arguments.steps <= most:
        parser.error(f"--steps {arguments.steps}: expected {LEAST_STEPS} to {most}, one pass over the digits")
    if not (arguments.pytorch_gan / "implementations").is_dir():
        parser.error(f"--pytorch-gan {arguments.pytorch_gan}: no folder 'implementations' in it")
    return arguments


def main() -> int:
    """Measures, prints, writes; 1 if a case could not be compared."""
    arguments = parse()
    chosen = [case for case in CASES if not arguments.case or case.name in arguments.case]
    facts = [f"- {fact}" for fact in machine_facts(arguments.threads, arguments.rounds)]
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder), arguments)
        measurements, failures = measure_all(chosen, workshop, arguments.rounds)
    text = report(measurements, failures)
    print(text)
    if arguments.output:
        arguments.output.write_text("\n".join(["# Against PyTorch-GAN's scripts", "", *facts, "", text, ""]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
