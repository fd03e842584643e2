"""What sets cost that do not fit into memory: 200,000 files, and an archive of 20 GB.

    python Benchmarks/large.py .build/release/gan

Makes both in a temporary folder (0.9 GB on disk: most of the archive is a hole), opens them, trains DCGAN at 64x64 on
each for some steps, and removes them. Writes `large.md` beside this file: seconds to the first step, how much of the
steps' time goes to waiting for images, and the most memory. Target: images take at most 5 % of a step's time.
"""

from __future__ import annotations

import argparse
import binascii
import json
import random
import resource
import statistics
import struct
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from report import machine_facts

HERE = Path(__file__).resolve().parent
FILES = 200_000
MEMBERS, MEMBER_SIZE = 20_000, 1 << 20
SIDE, STEPS = 64, 60
KINDS = 256
"""So many different pictures; the others repeat them."""
MOST_WAITING = 0.05


def png(seed: int) -> bytes:
    """A picture of 64x64 in colour, with edges and noise as photos have."""
    draw = random.Random(seed)
    colours = [bytes(draw.randrange(256) for _ in range(3)) for _ in range(4)]
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)
        for x in range(SIDE):
            base = colours[2 * (y * 2 // SIDE) + (x + seed) % SIDE * 2 // SIDE]
            rows += bytes(min(255, c + draw.randrange(16)) for c in base)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")


def folder(place: Path, pictures: list[bytes]) -> Path:
    """A folder of many small files."""
    for start in range(0, FILES, 1000):
        part = place / "files" / f"{start // 1000:03}"
        part.mkdir(parents=True)
        for number in range(start, min(start + 1000, FILES)):
            (part / f"{number:06}.png").write_bytes(pictures[number % KINDS])
    return place / "files"


def headers() -> Iterator[tuple[str, bytes]]:
    """Name and tar header of each member."""
    for number in range(MEMBERS):
        name = f"{number:06}.png"
        fields = [name.encode().ljust(100, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0"]
        fields += [f"{MEMBER_SIZE:011o}\0".encode(), b"00000000000\0", b" " * 8, b"0".ljust(101, b"\0"), b"ustar\x0000"]
        block = b"".join(fields).ljust(512, b"\0")
        yield name, block[:148] + f"{sum(block):06o}\0 ".encode() + block[156:]


def archive(place: Path, pictures: list[bytes]) -> Path:
    """A tar archive of large members, each a picture with a hole behind it."""
    path = place / "large.tar"
    with path.open("wb") as file:
        for number, (_, header) in enumerate(headers()):
            file.seek(number * (512 + MEMBER_SIZE))
            file.write(header + pictures[number % KINDS])
        file.truncate(MEMBERS * (512 + MEMBER_SIZE) + 1024)
    return path


def trained(gan: str, data: Path, scratch: Path) -> dict[str, float]:
    """Seconds to the first step, images a second, and the most memory in MiB."""
    run = scratch / f"run-{time.monotonic_ns()}"
    command = [gan, "train", "dcgan", "--data", str(data), "--size", str(SIDE), "--steps", str(STEPS)]
    command += ["--set", "generatorWidth=32", "--set", "discriminatorWidth=32"]
    command += ["--log-every", "1", "--sample-every", str(STEPS), "--checkpoint-every", str(STEPS), "--json", "--output", str(run)]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    first = next(time.monotonic() - start for line in process.stdout if json.loads(line).get("event") == "progress")
    process.stdout.read()
    if process.wait():
        raise SystemExit(f"failed: {' '.join(command)}")
    speeds = [json.loads(line)["images_per_second"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    # Of all children so far, so that the sets are tried from the smallest on.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"first": first, "speed": statistics.median(speeds[10:]), "peak": peak}


def main() -> None:
    """Makes the sets, measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gan", help="the command")
    arguments = parser.parse_args()
    gan = str(Path(arguments.gan).resolve())
    facts = "\n".join(f"- {fact}" for fact in machine_facts(2, 1))
    pictures = [png(seed) for seed in range(KINDS)]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        memory = place / "memory"
        memory.mkdir()
        for number, picture in enumerate(pictures):
            (memory / f"{number:06}.png").write_bytes(picture)
        found = {"256 files, in memory": trained(gan, memory, place)}
        for name, make in {f"{FILES:,} files": folder, "an archive of 20 GB": archive}.items():
            found[name] = trained(gan, make(place, pictures), place)
    alone = found["256 files, in memory"]["speed"]
    rows = ["| set | to the first step, s | images/s | waiting for images | most memory, MiB |", "| --- | --- | --- | --- | --- |"]
    for name, numbers in found.items():
        waiting = max(0.0, 1 - numbers["speed"] / alone)
        met = "" if numbers["speed"] == alone else " - met" if waiting <= MOST_WAITING else " - **not met**"
        rows.append(f"| {name} | {numbers['first']:.1f} | {numbers['speed']:.0f} | {waiting:.0%}{met} | {numbers['peak']:.0f} |")
    text = "\n".join(rows)
    note = f"DCGAN at {SIDE}x{SIDE}, width 32, {STEPS} steps; waiting: what is missing to the speed in memory, at most 5 %."
    (HERE / "large.md").write_text(f"# Large sets\n\n{facts}\n\n{text}\n\n{note}\n")
    print(text)


if __name__ == "__main__":
    main()
