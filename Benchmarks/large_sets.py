"""Trains on sets that do not fit: 200,000 files in folders, and a tar of 20 GB.

    python Benchmarks/large_sets.py .build/release/gan

Both are made up and not kept: the files are links to a few images, most of the tar is a hole between them. Says how
long `gan` takes from its start to the end of some steps, in how much memory, how long the first look takes, and that a
run that was interrupted goes on bit for bit. Writes `large_sets.md` beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import subprocess
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from report import machine_facts

HERE = Path(__file__).resolve().parent
DIFFERENT = 100
"""Images that differ; all others are links to them."""
STEPS = 40


def png(number: int, side: int = 32) -> bytes:
    """A picture of one slope, another for each number."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + bytes((x * (number % 7 + 1) + y * (number // 7 + 1) + 40 * c) % 256 for x in range(side) for c in range(3))
        for y in range(side)
    )
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def make_folders(place: Path, count: int) -> None:
    """Folders of a thousand files each."""
    sources = place / "sources"
    sources.mkdir()
    for number in range(DIFFERENT):
        (sources / f"{number}.png").write_bytes(png(number))
    for index in range(count):
        folder = place / "images" / f"class{index // (count // 10)}" / f"{index // 1000:04}"
        if index % 1000 == 0:
            folder.mkdir(parents=True)
        os.link(sources / f"{index % DIFFERENT}.png", folder / f"{index:06}.png")


def make_tar(path: Path, size: int, count: int) -> None:
    """Images with holes between them, so that the last lie behind `size` bytes."""
    hole = size // count // 512 * 512
    with path.open("wb") as file:
        for index in range(count):
            for name, data, length in ((f"{index:06}.png", png(index % DIFFERENT), None), (f"{index:06}.raw", b"", hole)):
                entry = tarfile.TarInfo(name)
                entry.size = len(data) if length is None else length
                file.write(entry.tobuf(tarfile.PAX_FORMAT))
                file.write(data)
                file.seek(-(-entry.size // 512) * 512 - len(data), os.SEEK_CUR)
        file.write(bytes(1024))
        file.truncate()


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and MiB of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def weights(run: Path) -> bytes:
    """Of the last checkpoint."""
    return (run / "checkpoints" / f"{STEPS:06}" / "generator.safetensors").read_bytes()


def rows(gan: str, place: Path, name: str, data: Path, count: int) -> Iterator[str]:
    """What was measured on a set."""
    seconds, memory = measured([gan, "data", "inspect", str(data)])
    yield f"| {name} | {count:,} images, `gan data inspect` | {seconds:.1f} s | {memory:.0f} MiB |"
    # More than a gibibyte when prepared, so that images are read when a minibatch asks for them.
    train = [gan, "train", "dcgan", "--data", str(data), "--size", "64", "--batch-size", "16", "--quiet"]
    whole, run = place / f"{data.name}-whole", place / f"{data.name}-run"
    seconds, memory = measured([*train, "--steps", str(STEPS), "--output", str(whole)])
    yield f"| {name} | {STEPS} steps of `dcgan` at 64x64, 16 images each | {seconds:.1f} s | {memory:.0f} MiB |"
    measured([*train, "--steps", str(STEPS // 2), "--output", str(run)])
    measured([gan, "resume", str(run), "--steps", str(STEPS), "--quiet"])
    same = "the same bits" if weights(whole) == weights(run) else "**other bits**"
    yield f"| {name} | interrupted and resumed | {same} | |"


def main() -> None:
    """Parses the arguments, measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gan", help="the command")
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--gigabytes", type=int, default=20)
    arguments = parser.parse_args()
    gan = str(Path(arguments.gan).resolve())
    facts = "\n".join(f"- {fact}" for fact in machine_facts(os.cpu_count() or 1, 1)[:-1])
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        make_folders(place, arguments.files)
        table = list(rows(gan, place, "folders", place / "images", arguments.files))
        archive = place / "images.tar"
        make_tar(archive, arguments.gigabytes << 30, arguments.files // 2)
        name = f"tar of {archive.stat().st_size / (1 << 30):.0f} GiB"
        table += list(rows(gan, place, name, archive, arguments.files // 2))
    text = "\n".join(["| set | | time | memory |", "| --- | --- | --- | --- |", *table])
    (HERE / "large_sets.md").write_text(f"# Sets that do not fit\n\n{facts}\n\n{text}\n")
    print(text)


if __name__ == "__main__":
    main()
