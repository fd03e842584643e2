"""Every system, found by listing the folder `systems`."""

from __future__ import annotations

import functools
import importlib
from dataclasses import replace
from pathlib import Path

from .cases import Bench
from .system import System


@functools.cache
def systems() -> dict[str, System]:
    """The systems by name, in the order of their files."""
    folder = Path(__file__).resolve().parent / "systems"
    modules = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    found = [importlib.import_module(f"{__package__}.systems.{module}").system for module in modules]
    return {system.name: system for system in found}


def benches() -> list[Bench]:
    """The benchmark's cases of all systems, each with what follows from its system."""
    return [
        replace(bench, recipe=system.name, period=system.period(system.settings(bench.settings)))
        for system in systems().values()
        for bench in system.benches
    ]
