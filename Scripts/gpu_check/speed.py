"""Training steps timed beside PyTorch's, eager and tuned, in the cases of the benchmark."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .check import Check, Failure, Findings, TooSlow

FIRST = ["gan", "wgan-gp-mlp", "cgan", "dcgan-transposed", "cyclegan", "pggan", "srgan", "wgan-gp-resnet", "pix2pix"]
"""What is timed before the others, for time will not do for all."""
FIRST_ON_PROCESSOR = ["gan", "cgan"]
LEAST_SECONDS = 20
"""A case is not begun in less."""
MOST_SECONDS = 110
"""Nor does one take more."""
LIST = "import compare; print(*[case.name for case in compare.CASES], sep='\\n')"


def stages(check: Check) -> None:
    """One stage with the time that is left."""
    check.stage("speed", 1.0, cases)


def cases(check: Check) -> Findings:
    """Times one case after the other while there is time; one that fails or is too slow does not stop the rest."""
    benchmarks = check.places.folder / "Benchmarks"
    names = check.output([sys.executable, "-c", LIST], {"PYTHONPATH": str(benchmarks)})
    wanted = FIRST if check.on_gpu else FIRST_ON_PROCESSOR
    names.sort(key=lambda name: wanted.index(name) if name in wanted else len(wanted))
    timed: dict[str, dict] = {}
    failed: dict[str, str] = {}
    slow: list[str] = []
    while names and check.left > LEAST_SECONDS:
        name = names.pop(0)
        try:
            timed[name] = timing(check, benchmarks, name)
            check.say(f"{name}: {timed[name]}")
        except TooSlow:
            check.say(f"{name}: not timed within its time")
            if check.left > 0:
                slow.append(name)
            else:
                names.insert(0, name)
        except Failure as failure:
            failed[name] = str(failure)
    found = {"cases": timed, "failed": failed, "slow": slow, "left": names}
    if failed or not timed:
        raise Failure("\n".join(failed.values()) or "no time left for a case", found)
    return found


def timing(check: Check, benchmarks: Path, name: str) -> dict:
    """The benchmark's own record of a case."""
    threads = "2" if check.on_gpu else "1"
    folder = check.places.scratch / f"speed-{name}"
    command = [sys.executable, str(benchmarks / "compare.py"), "--case", name, "--quick", "--device", check.device]
    command += ["--ours", check.places.program("gan-benchmark"), "--threads", threads, "--output", str(folder)]
    # A cache of its own: a compiler that is ended by force leaves halves of files behind.
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor")}
    for _ in check.lines(command, cache, MOST_SECONDS):
        pass
    records = json.loads((folder / "results.json").read_text())
    if not records:
        raise Failure(f"{name}: nothing was measured")
    return records[0]
