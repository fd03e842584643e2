"""How many JPEGs of 256x256 a second become 128x128, beside Pillow.

    python Benchmarks/decoding.py

Makes JPEGs with the detail of photos, decodes them in rounds by ours and by Pillow (which is installed for it) on as
many cores, and writes `decoding.md` beside this file; also how much of a training step of DCGAN at 64x64 the reading of
its minibatch takes. Targets: 2,500 images a second on two cores; at most 5 % of the step.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from report import machine_facts

HERE = Path(__file__).resolve().parent
WANTED = 2500
SIZE, TARGET = 256, 128
TRAINED, BATCH, ALLOWED = 64, 64, 0.05
"""The side and the number of the images of a training step, and the share of it that reading them may take."""


def photo(random: np.random.Generator) -> Image.Image:
    """Noise whose amplitude falls with its frequency, most of it in all three colours, as that of photos."""
    spectrum = np.fft.rfft2(random.normal(size=(4, SIZE, SIZE)))
    frequency = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None])
    layers = np.fft.irfft2(spectrum / np.maximum(frequency, 1 / SIZE), s=(SIZE, SIZE))
    layers /= layers.std(axis=(1, 2), keepdims=True)
    values = 128 + 50 * layers[:1] + 15 * layers[1:]
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8).transpose(1, 2, 0))


def make(folder: Path, count: int) -> int:
    """Writes JPEGs of Pillow's usual quality, and says how many bytes they have."""
    random = np.random.default_rng(1)
    for index in range(count):
        photo(random).save(folder / f"{index:05}.jpg")
    return sum(path.stat().st_size for path in folder.iterdir())


def by_pillow(paths: list[Path]) -> int:
    """Decodes and resizes as a data set of torchvision's does."""
    for path in paths:
        image = Image.open(path).convert("RGB").resize((TARGET, TARGET), Image.Resampling.BILINEAR)
        np.asarray(image).transpose(2, 0, 1).copy()
    return len(paths)


def pillow_speed(folder: Path, cores: int, pool: ProcessPoolExecutor) -> float:
    """Images a second by Pillow in as many processes."""
    paths = sorted(folder.iterdir())
    start = time.perf_counter()
    count = sum(pool.map(by_pillow, [paths[part::cores] for part in range(cores)]))
    return count / (time.perf_counter() - start)


def our_speed(command: str, folder: Path, side: int = TARGET) -> float:
    """Images a second by ours."""
    output = subprocess.run(
        [command, "decode", str(folder), "--size", str(side)], check=True, capture_output=True, text=True
    ).stdout
    found = json.loads(output)
    return found["images"] / found["seconds"]


def step_ms(command: str, threads: int, steps: int = 10) -> float:
    """Milliseconds of a training step of DCGAN as the command trains it, its minibatch in memory."""
    line = [command, "train", "--recipe", "dcgan", "--size", str(TRAINED), "--channels", "3"]
    line += ["--batch-size", str(BATCH), "--threads", str(threads)]
    output = subprocess.run(line, check=True, capture_output=True, text=True, input=f"run {steps}\n").stdout
    return json.loads(output.splitlines()[-1])["ms"]


def main() -> None:
    """Parses the arguments, measures, writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", default=".build/release/gan-benchmark", help="our command")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    cores = os.cpu_count() or 1
    facts = "\n".join(f"- {fact}" for fact in machine_facts(cores, arguments.rounds))
    ours, pillow = [], []
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(cores) as pool:
        size = make(Path(scratch), arguments.count)
        for _ in range(arguments.rounds):
            ours.append(our_speed(arguments.ours, Path(scratch)))
            pillow.append(pillow_speed(Path(scratch), cores, pool))
        reading_ms = 1000 * BATCH / our_speed(arguments.ours, Path(scratch), TRAINED)
    training_ms = step_ms(arguments.ours, cores)
    share = reading_ms / (reading_ms + training_ms)
    ratio = statistics.median(a / b for a, b in zip(ours, pillow, strict=True))
    found = statistics.median(ours)
    met = "met" if found >= WANTED else "**not met**"
    text = f"""# Decoding

{facts}

{arguments.count} JPEGs of {SIZE}x{SIZE}, {size / arguments.count / 1024:.0f} KiB each, decoded and resized to
{TARGET}x{TARGET}:

| images/s | |
| --- | --- |
| `gan`, {cores} threads | {found:.0f} (at least {WANTED} on two cores) - {met} |
| Pillow, {cores} processes | {statistics.median(pillow):.0f} |
| ratio | {ratio:.2f}x |

Medians of {arguments.rounds} interleaved rounds.

The {BATCH} images of a training step of DCGAN (128 maps wide) at {TRAINED}x{TRAINED} take {reading_ms:.0f} ms, the step with its minibatch
in memory {training_ms:.0f} ms: reading is {share:.1%} of both together, at most {ALLOWED:.0%} asked - {"met" if share <= ALLOWED else "**not met**"}.
"""
    (HERE / "decoding.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
