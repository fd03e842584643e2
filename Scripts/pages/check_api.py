#!/usr/bin/env python3
"""Holds a running `gan serve` to the description that it serves, with schemathesis, and loads it.

    .venv/bin/python Scripts/pages/check_api.py .build/release/gan [--examples N]

Needs what `Scripts/bootstrap pages` installs.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from serving import server, train

HOOKS = '''
import io
import schemathesis
from hypothesis import strategies
from PIL import Image


def picture(colour, width, height, kind):
    """A picture, which has a hole where its kind knows transparency."""
    image = Image.new("RGBA", (width, height), colour)
    image.putpixel((0, 0), (0, 0, 0, 0))
    file = io.BytesIO()
    (image if kind == "png" else image.convert("RGB")).save(file, kind)
    return file.getvalue()


def pictures(kind):
    side = strategies.integers(2, 64)
    return strategies.builds(picture, strategies.sampled_from(["red", "black"]), side, side, strategies.just(kind))


for kind in ["png", "jpeg", "webp"]:
    schemathesis.openapi.media_type(f"image/{kind}", pictures(kind))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Mostly names of runs that are there, for made-up ones would be none."""
    names = ["dcgan", "infogan", "classifier", "aae", "ccgan", "cyclegan"]
    text = str((path_parameters or {}).get("run", ""))
    if len(text) % 7 < 6 and text:
        path_parameters["run"] = names[sum(map(ord, text)) % 6]
    return path_parameters
'''


def check_description(gan: str, folder: Path, examples: int) -> None:
    """Requests of all kinds, right and wrong, get what the description says."""
    (folder.parent / "hooks.py").write_text(HOOKS)
    with server(gan, folder, "--quiet") as (process, address):
        command = [
            Path(sys.executable).parent / "schemathesis", "run", f"{address}api/openapi.json",
            "--max-examples", str(examples), "--seed", "1", "--request-timeout", "30",
        ]
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(folder.parent)}
        subprocess.run(command, check=True, env=environment, cwd=folder.parent)
        assert process.poll() is None, "the server ended"


def check_load(gan: str, folder: Path, seconds: float = 5, clients: int = 16) -> None:
    """Sixteen clients at once ask for samples: how many a second, how much memory, and no failure."""
    with server(gan, folder, "--quiet") as (process, address):
        idle = resident(process.pid)

        def client(number: int) -> int:
            count = 0
            while time.monotonic() < end:
                place = f"{address}api/runs/dcgan/sample?seed={number * 100_000 + count}"
                with urllib.request.urlopen(place, timeout=30) as answer:
                    assert answer.read(8) == b"\x89PNG\r\n\x1a\n"
                count += 1
            return count

        client_pool = concurrent.futures.ThreadPoolExecutor(clients)
        end = time.monotonic() + seconds
        counts = list(client_pool.map(client, range(clients)))
        begun = time.monotonic()
        urllib.request.urlopen(f"{address}api/runs/dcgan/sample?seed=3", timeout=30).read()
        alone = time.monotonic() - begun
        print(
            f"load: {sum(counts) / seconds:.0f} requests/s of {clients} clients, "
            f"{alone * 1000:.0f} ms for one alone, {idle} MiB idle, {resident(process.pid)} MiB after"
        )
        # What else the machine does decides the speed; the memory is the server's own.
        assert idle < 150 and min(counts) > 0


def resident(process: int) -> int:
    """MiB of memory that a process has."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gan")
    parser.add_argument("--examples", type=int, default=20, help="requests of each kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "runs"
        for name in ["dcgan", "infogan", "classifier", "aae", "ccgan", "cyclegan"]:
            train(options.gan, name, folder)
        check_load(options.gan, folder)
        check_description(options.gan, folder, options.examples)
    print("api: as described")


if __name__ == "__main__":
    main()
