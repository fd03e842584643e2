"""Stages with a time of their own, whose findings are kept whatever happens to the others."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAST_LINES = 30
COMPILE = "compile"
"""The stage without which no program runs."""
Findings = dict[str, Any]


class Failure(Exception):
    """What a stage could not do; findings that it made so far go into the result."""

    def __init__(self, text: str, findings: Findings | None = None) -> None:
        super().__init__(text)
        self.findings = findings or {}


class TooSlow(Failure):
    """A command whose time was over, which says nothing against what it does."""


@dataclass(frozen=True)
class Places:
    """Where things are."""

    folder: Path
    """The folder `dist/swiftgan` that `make dist` makes."""
    output: Path
    scratch: Path

    @staticmethod
    def found(root: Path, output: Path, scratch: Path) -> Places:
        """For a script in `root/Scripts`: of that folder itself, or of a checkout with it."""
        folder = root if (root / "programs.tar.xz").exists() else root / "dist" / "swiftgan"
        if not (folder / "programs.tar.xz").exists():
            raise SystemExit(f"check_gpu: {folder} is not there; `make dist` makes it")
        output.mkdir(parents=True, exist_ok=True)
        return Places(folder, output.resolve(), scratch)

    def program(self, name: str) -> str:
        """The path of one of the programs."""
        return str(self.folder / "bin" / name)


class Check:
    """The whole check: its time, and what was found so far."""

    def __init__(self, device: str, seconds: float, places: Places) -> None:
        self.device, self.seconds, self.places = device, seconds, places
        self.start = time.monotonic()
        self.result: dict[str, Any] = {"format": 1, "device": device, "seconds": 0.0, "stages": {}}
        self.stage_end = self.start

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU is checked."""
        return self.device != "cpu"

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.start

    @property
    def left(self) -> float:
        """Seconds until the stage under way must end."""
        return self.stage_end - time.monotonic()

    def say(self, text: str) -> None:
        """Prints a line of progress."""
        print(f"[{self.elapsed:4.0f} s] {text}", flush=True)

    def stage(self, name: str, share: float, body: Callable[[Check], Findings]) -> None:
        """Runs a stage, which may take this share of the whole time, and writes down how it went."""
        budget = min(share * self.seconds, self.seconds - self.elapsed)
        record: dict[str, Any] = {"ok": False, "budget": round(budget, 1)}
        has_programs = self.result["stages"].get(COMPILE, {"ok": True})["ok"]
        self.result["stages"][name] = record
        began = time.monotonic()
        self.stage_end = began + budget
        if not has_programs:
            record["error"] = f"not tried, for {COMPILE} failed"
        elif budget <= 0:
            record["error"] = "no time left"
        else:
            self.say(f"{name} (at most {budget:.0f} s)")
            self.attempt(record, body)
        record["seconds"] = round(time.monotonic() - began, 1)
        self.say(f"{name}: {'ok' if record['ok'] else 'FAILED'} in {record['seconds']} s")
        self.write()

    def attempt(self, record: dict[str, Any], body: Callable[[Check], Findings]) -> None:
        """Fills a stage's record, whatever its body does."""
        try:
            record |= body(self)
            record["ok"] = True
        except Failure as failure:
            record |= failure.findings
            record["error"] = str(failure)
        except Exception as error:  # a fault of the check itself must not stop it
            record["error"] = f"{type(error).__name__}: {error}"
        if "error" in record:
            print(record["error"], flush=True)

    def write(self) -> None:
        """Writes the result so far."""
        self.result["seconds"] = round(self.elapsed, 1)
        path = self.places.output / "result.json"
        path.with_suffix(".new").write_text(json.dumps(self.result, indent=2) + "\n")
        path.with_suffix(".new").replace(path)

    def finish(self) -> int:
        """Says what failed; the status of the process."""
        failed = [name for name, record in self.result["stages"].items() if not record["ok"]]
        self.write()
        self.say(f"{len(failed)} of {len(self.result['stages'])} stages failed {failed or ''}".rstrip())
        print(self.places.output / "result.json")
        return 1 if failed else 0

    def lines(
        self, command: list[str], environment: Mapping[str, str] | None = None, seconds: float = math.inf
    ) -> Iterator[str]:
        """The lines of a command's output, as they come.

        Raises:
            Failure: with the last lines, when it ends with another status than 0, or its time or its stage's is over.
        """
        yield from Command(command, environment or {}).lines(min(self.left, seconds))

    def output(self, command: list[str], environment: Mapping[str, str] | None = None) -> list[str]:
        """All lines of a command's output."""
        return list(self.lines(command, environment))

    def shown(self, command: list[str], environment: Mapping[str, str] | None = None) -> list[str]:
        """All lines of a command's output, which are printed as they come."""
        found = []
        for line in self.lines(command, environment):
            print(f"    {line}", flush=True)
            found.append(line)
        return found


class Command:
    """A process and all that it starts, which ends with it."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.command, self.environment = command, environment
        self.is_late = False

    def lines(self, seconds: float) -> Iterator[str]:
        """The lines of its output."""
        process = subprocess.Popen(
            self.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            start_new_session=True,
        )
        timer = threading.Timer(max(seconds, 0.1), self.end, (process,))
        timer.start()
        last: list[str] = []
        try:
            for line in process.stdout:
                last = [*last, line.rstrip("\n")][-LAST_LINES:]
                yield line.rstrip("\n")
            status = process.wait()
        finally:
            timer.cancel()
            self.kill(process)
            process.stdout.close()
        if self.is_late or status != 0:
            why = f"ended by force after {seconds:.0f} s" if self.is_late else f"ended with {status}"
            kind = TooSlow if self.is_late else Failure
            raise kind("\n".join([f"{' '.join(self.command)}: {why}", *last]))

    def end(self, process: subprocess.Popen[str]) -> None:
        """Ends it because its time is over."""
        self.is_late = True
        self.kill(process)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Ends the process and its children."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        process.wait()
