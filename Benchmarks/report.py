"""Medians, ratios and targets of the measurements, as Markdown and as JSON."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workers import Turn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from Reference.cases import Bench  # noqa: E402

SHARE_ALLOWED = 0.05
MEANS = {"eager": 2.0, "tuned": 1.5}
"""The geometric means of the speed-ups that the float32 cases must reach."""


@dataclass(frozen=True)
class Measurement:
    """The rounds of one case."""

    case: Bench
    parameters: int
    ours: list[Turn]
    eager: list[Turn]
    tuned: list[Turn]
    idle_share: float = 0
    foreign_share: float = 0

    def over(self, other: list[Turn]) -> float:
        """How much faster ours is: the median of the rounds' ratios."""
        return statistics.median(ratios(other, self.ours))

    @property
    def within_memory(self) -> bool:
        """Whether ours never needed more memory than eager PyTorch."""
        return peak(self.ours) <= peak(self.eager)

    def targets(self) -> list[tuple[str, bool]]:
        """Every target of the case and whether it is met."""
        wanted = [
            ("eager", self.case.over_eager, self.eager),
            ("tuned", self.case.over_tuned, self.tuned),
        ]
        speed = [
            (f"{target:g}x {name}: {self.over(turns):.2f}x", self.over(turns) >= target)
            for name, target, turns in wanted
        ]
        memory = f"memory: {peak(self.ours):.0f} of {peak(self.eager):.0f} MiB"
        return [*speed, (memory, self.within_memory)]

    def record(self) -> dict[str, object]:
        """The object of `results.json`."""
        return {
            "recipe": self.case.recipe,
            "variant": self.case.variant,
            "precision": self.case.precision,
            "batch": self.case.batch,
            "size": self.case.size,
            "ours_ms": round(median(self.ours), 3),
            "eager_ms": round(median(self.eager), 3),
            "tuned_ms": round(median(self.tuned), 3),
            "ours_mib": round(peak(self.ours), 1),
            "eager_mib": round(peak(self.eager), 1),
        }


def median(turns: list[Turn]) -> float:
    """The median milliseconds per step."""
    return statistics.median(turn.ms for turn in turns)


def peak(turns: list[Turn]) -> float:
    """The highest memory of all turns in MiB."""
    return max(turn.peak_mib for turn in turns)


def ratios(slow: list[Turn], fast: list[Turn]) -> list[float]:
    """The ratio of each round."""
    return [s.ms / f.ms for s, f in zip(slow, fast)]


def time_cell(turns: list[Turn]) -> str:
    """A median with the lowest and the highest round."""
    times = [turn.ms for turn in turns]
    return f"{median(turns):.2f} ({min(times):.2f}-{max(times):.2f})"


def ratio_cell(slow: list[Turn], fast: list[Turn]) -> str:
    """The median ratio with the lowest and the highest round."""
    each = ratios(slow, fast)
    return f"**{statistics.median(each):.2f}x** ({min(each):.2f}-{max(each):.2f})"


def row(measurement: Measurement) -> list[str]:
    """The table's cells of one case."""
    m = measurement
    memory = f"{peak(m.ours):.0f} / {peak(m.eager):.0f}"
    return [
        m.case.name,
        f"{m.parameters:,}",
        time_cell(m.ours),
        time_cell(m.eager),
        time_cell(m.tuned),
        ratio_cell(m.eager, m.ours),
        ratio_cell(m.tuned, m.ours),
        memory if m.within_memory else f"{memory} **more**",
    ]


def table(measurements: list[Measurement]) -> str:
    """One row a case: milliseconds per step, speed-ups and memory."""
    header = ["case", "parameters", "ours ms", "eager ms", "tuned ms"]
    header += ["over eager", "over tuned", "MiB ours / eager"]
    rows = [header, ["---"] * len(header), *map(row, measurements)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def overall_targets(measurements: list[Measurement]) -> list[tuple[str, bool]]:
    """The targets of all cases together: the slowest, and the mean of the float32 ones."""
    targets = []
    for variant, least_mean in MEANS.items() if measurements else ():
        ratios = {m.case.name: m.over(getattr(m, variant)) for m in measurements}
        name = min(ratios, key=lambda name: ratios[name])
        targets.append((f"none slower than {variant}: {name} {ratios[name]:.2f}x", ratios[name] >= 1))
        precise = [ratios[m.case.name] for m in measurements if m.case.precision == "float32"]
        if precise:
            mean = statistics.geometric_mean(precise)
            text = f"{least_mean:g}x {variant} in the geometric mean of float32: {mean:.2f}x"
            targets.append((text, mean >= least_mean))
    return targets


def target_list(measurements: list[Measurement]) -> str:
    """Every target with its verdict."""
    targets = [("all", *target) for target in overall_targets(measurements)]
    targets += [(m.case.name, *target) for m in measurements for target in m.targets()]
    return "\n".join(
        f"- {name}: {text} - {'met' if met else '**not met**'}" for name, text, met in targets
    )


def shares(measurement: Measurement) -> list[tuple[str, float]]:
    """Who took processor time from the worker that was timed, and how much."""
    return [
        ("waiting workers", measurement.idle_share),
        ("other processes", measurement.foreign_share),
    ]


def warnings(measurements: list[Measurement]) -> list[str]:
    """What makes the figures doubtful."""
    return [
        f"- {m.case.name}: {who} took up to {share:.0%} of a processor during a turn."
        for m in measurements
        for who, share in shares(m)
        if share > SHARE_ALLOWED
    ]


def markdown(measurements: list[Measurement], facts: list[str], failures: list[str]) -> str:
    """The whole report."""
    lines = ["# Benchmark", "", *(f"- {fact}" for fact in facts), "", table(measurements), ""]
    lines += ["Times are medians per step (lowest-highest round); a ratio is the median of the"]
    lines += ["rounds' ratios. A step of wgan, wgan-gp or sn-gan is a critic update plus a fifth of"]
    lines += ["a generator update. The bfloat16 case compares with eager PyTorch in float32 and with"]
    lines += ["tuned PyTorch in bfloat16.", "", "## Targets", "", target_list(measurements), ""]
    doubts = warnings(measurements) + [f"- failed: {failure}" for failure in failures]
    if doubts:
        lines += ["## Doubts", "", *doubts, ""]
    return "\n".join(lines)


def processor() -> str:
    """The processor's model name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.check_output(command, text=True).strip()
    return platform.machine()


def attempt(read: Callable[[], str], fallback: str) -> str:
    """What is read, or the fallback where it is not known."""
    try:
        return read()
    except (OSError, subprocess.CalledProcessError, importlib.metadata.PackageNotFoundError):
        return fallback


def machine_facts(threads: int, rounds: int) -> list[str]:
    """What a reader needs to judge the figures."""
    load = attempt(lambda: f"{os.getloadavg()[0]:.2f}", "unknown")
    torch = attempt(lambda: importlib.metadata.version("torch"), "unknown")
    return [
        f"Processor: {attempt(processor, 'unknown')}, {os.cpu_count()} cores; {threads} threads",
        f"System: {platform.system()} {platform.machine()}; load before the start {load}",
        f"PyTorch {torch}, Python {platform.python_version()}",
        f"{datetime.date.today().isoformat()}, {rounds} interleaved rounds",
    ]
