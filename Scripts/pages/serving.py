"""Tiny runs, and a server of them: what both checks of `gan serve` start from."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

SHORT = ["--steps", "4", "--sample-every", "1", "--log-every", "1", "--checkpoint-every", "2", "--quiet"]
RUNS = {
    "dcgan": ["dcgan", "--set", "generatorWidth=8", "--set", "discriminatorWidth=8"],
    "infogan": ["infogan", "--set", "width=8", "--set", "features=16", "--set", "recognitionWidth=8"],
    # Long enough that a class makes a difference one can see.
    "cgan": ["cgan", "--set", "generatorWidths=64", "--set", "discriminatorWidths=64", "--steps", "100"],
    "aae": ["aae"],
    "ccgan": ["ccgan", "--batch-size", "8"],
    "classifier": ["classifier", "--batch-size", "8"],
    "cyclegan": ["cyclegan", "--batch-size", "1", "--data", "mnist", "--data-b", "mnist"],
}


def train(gan: str, name: str, folder: Path) -> None:
    """Trains a run of a few steps on the built-in digits."""
    arguments = [gan, "train", *RUNS[name], "--threads", "1", "--output", folder / name]
    arguments += SHORT if "--steps" not in RUNS[name] else ["--sample-every", "50", "--quiet"]
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def server(gan: str, folder: Path, *arguments: str):
    """A server of a folder on a free port: its process and its address."""
    command = [Path(gan).resolve(), "serve", folder.name, "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=folder.parent, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("open http://"), f"the server said {line!r}"
        yield process, line.split()[1]
    finally:
        process.kill()
        process.wait()


def seconds_to_end(process: subprocess.Popen) -> float:
    """How long a server takes to end when it is asked to."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=10)
    return time.monotonic() - begun
