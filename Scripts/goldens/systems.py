"""Family `systems`: the first training steps of every system, in the tiny configurations of `Reference.systems`.

Keys are those of `Reference.recording`. The configuration is what SwiftGAN builds the same system from.
"""

from __future__ import annotations

from Reference import recording, zoo
from Reference.cases import Golden
from Reference.system import System

from .store import Case, Fixture, seed

FAMILY = "systems"


def start(golden: Golden) -> None:
    """Seeds PyTorch as the configuration asks."""
    family, _, name = (golden.seed or f"{FAMILY}/{golden.name}").partition("/")
    seed(family, name)


def case(system: System, golden: Golden) -> Case:
    """Records one configuration."""
    start(golden)
    tensors = recording.record(system, golden)
    return Case(FAMILY, golden.name, recording.config(system, golden), golden.note, tensors)


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    return [case(system, golden) for system in zoo.systems().values() for golden in system.goldens]
