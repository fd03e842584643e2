"""A worker process that trains one case on demand, seen from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


SETTLE_SECONDS = 0.05
"""OpenMP threads spin for some milliseconds after their last work before they sleep."""


class WorkerError(Exception):
    """A worker that ended or answered something else than the protocol's JSON."""


@dataclass(frozen=True)
class Turn:
    """What a worker answers to one `run N`."""

    ms: float
    peak_mib: float


class Worker:
    """A process that blocks on its standard input until it is told to train."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ready(self) -> int:
        """Waits for the warm-up's end; the number of parameters."""
        reply = self.reply()
        if reply.get("ready") is not True:
            raise WorkerError(f"{self.name}: expected the ready line, got {reply}")
        return int(reply["parameters"])

    def run(self, steps: int) -> Turn:
        """Trains the given number of steps."""
        try:
            print(f"run {steps}", file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # The missing reply tells why.
        reply = self.reply()
        return Turn(float(reply["ms"]), float(reply["peak_mib"]))

    def reply(self) -> dict[str, object]:
        """The next line of JSON; other lines are an error, so that nothing is misread."""
        line = self.process.stdout.readline()
        if not line:
            raise WorkerError(f"{self.name} ended with {self.process.wait()}: {self.command}")
        try:
            reply = json.loads(line)
        except json.JSONDecodeError:
            raise WorkerError(f"{self.name} wrote {line!r} instead of JSON") from None
        if not isinstance(reply, dict):
            raise WorkerError(f"{self.name} wrote {line!r} instead of an object")
        return reply

    def cpu_seconds(self) -> float | None:
        """Processor time of all threads so far, where the system tells."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Ends the input, which ends the worker."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class TurnWatch:
    """Measures the processor time that anything but the timed worker takes during its turns."""

    def __init__(self, workers: list[Worker]) -> None:
        self.workers = workers
        self.idle_share = 0.0
        self.foreign_share = 0.0

    def turn(self, worker: Worker, steps: int) -> Turn:
        """Runs one worker's turn and notes what the waiting workers and strangers burnt."""
        time.sleep(SETTLE_SECONDS)
        waiting, foreign, start = self.waiting(worker), self.foreign(), time.monotonic()
        turn = worker.run(steps)
        seconds = time.monotonic() - start
        self.idle_share = max(self.idle_share, (self.waiting(worker) - waiting) / seconds)
        self.foreign_share = max(self.foreign_share, (self.foreign() - foreign) / seconds)
        return turn

    def waiting(self, timed: Worker) -> float:
        """Processor time of the workers that are not timed."""
        return sum(w.cpu_seconds() or 0 for w in self.workers if w is not timed)

    def foreign(self) -> float:
        """Processor time of all other processes on the machine."""
        return busy_seconds() - sum(w.cpu_seconds() or 0 for w in self.workers)


def busy_seconds() -> float:
    """Processor time that the machine has spent on processes, 0 where it does not tell."""
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()
    except OSError:
        return 0
    return sum(map(int, fields[1:4])) / os.sysconf("SC_CLK_TCK")
