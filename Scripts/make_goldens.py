"""Writes the reference values that the tests compare SwiftGAN with, computed independently by PyTorch.

    python Scripts/make_goldens.py            # verifies this implementation, then writes Tests/Fixtures
    python Scripts/make_goldens.py --check    # regenerates in memory and compares with Tests/Fixtures
    python Scripts/make_goldens.py --seeds    # names systems that another processor rounds differently, and better seeds

Everything runs on the CPU in one thread from fixed seeds. Needs torch, numpy and safetensors.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from goldens import frozen, initial, layers, losses, optimizers, penalties, stability, store, systems, verify  # noqa: E402

COMMAND = "python Scripts/make_goldens.py"
FAMILIES: list[store.Family] = [
    layers.fixtures,
    losses.fixtures,
    penalties.fixtures,
    optimizers.fixtures,
    initial.fixtures,
    systems.fixtures,
    frozen.fixtures,
]


def main() -> int:
    """Parses the arguments and writes or checks the fixtures."""
    root = Path(__file__).resolve().parent.parent / "Tests" / "Fixtures"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    parser.add_argument("--seeds", action="store_true", help="look for cases that depend on rounding")
    parser.add_argument("--root", type=Path, default=root, help="the folder of the fixtures")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    if arguments.seeds:
        count = 0
        for count, problem in enumerate(stability.problems(), 1):
            print(problem, flush=True)
        return 1 if count else 0
    fixtures = [fixture for family in FAMILIES for fixture in family()]
    verify.verify(fixtures)
    if arguments.check:
        problems = store.differences(arguments.root, fixtures)
        print("\n".join(problems) if problems else f"{len(fixtures)} fixtures agree")
        return 1 if problems else 0
    total = store.write(arguments.root, fixtures, COMMAND)
    print(f"{len(fixtures)} fixtures, {total} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
