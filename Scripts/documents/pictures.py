"""Small image sets for the check of the articles, made of the digits that ship with the package."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np

MNIST = Path(__file__).resolve().parents[2] / "Sources/GANData/Resources/mnist"


@cache
def digits() -> np.ndarray:
    """The test images, `[N, 28, 28]`."""
    path = next(MNIST.glob("t10k-images*"))
    with gzip.open(path) as file:
        data = file.read()
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28)


def write(path: Path, pixels: np.ndarray) -> None:
    """A PNG of `[H, W, 3]`."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels, np.uint8))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def picture(number: int, tint: tuple[int, int, int], height: int = 84, width: int = 84) -> np.ndarray:
    """A tinted digit on a ramp, so that the set is in colour."""
    large = np.kron(digits()[number], np.ones((3, 3)))[:height, :width]
    ground = np.linspace(20, 120, large.shape[1])[None, :, None] + np.zeros((*large.shape, 3))
    return np.maximum(ground, large[:, :, None] * np.array(tint) / 255).astype(np.uint8)


WARM, COLD = (255, 190, 90), (120, 200, 255)


def folder(place: Path, tint: tuple[int, int, int], count: int = 12, first: int = 0) -> None:
    """Pictures with numbers as names."""
    for index in range(count):
        write(place / f"{index:04}.png", picture(first + index, tint))


def pairs(place: Path) -> None:
    """The same digits in two tints, under equal names."""
    folder(place / "A", WARM)
    folder(place / "B", COLD)


def halves(place: Path) -> None:
    """Both pictures of a pair side by side, with a split to test."""
    for split, first in (("train", 0), ("test", 20)):
        for index in range(12):
            both = [picture(first + index, tint) for tint in (WARM, COLD)]
            write(place / split / f"{index}.png", np.concatenate(both, 1))


def domains(place: Path) -> None:
    """Two domains with training and test images."""
    for name, tint, first in (("trainA", WARM, 0), ("trainB", COLD, 20), ("testA", WARM, 40), ("testB", COLD, 60)):
        folder(place / name, tint, first=first)


def classes(place: Path) -> None:
    """A folder for each class."""
    folder(place / "roses", WARM)
    folder(place / "tulips", COLD, first=20)


def moving(place: Path, tint: tuple[int, int, int]) -> None:
    """Frames of a digit that moves to the right."""
    for index in range(12):
        write(place / f"frame-{index:03}.png", np.roll(picture(7, tint), 3 * index, 1))


SETS = {
    "photos": lambda place: folder(place, WARM, 40),
    "real": lambda place: folder(place, COLD, 40),
    "flowers": classes,
    "pairs": pairs,
    "facades": halves,
    "horse2zebra": domains,
    "horses": lambda place: folder(place, WARM),
    "zebras": lambda place: folder(place, COLD),
    "day": lambda place: moving(place, WARM),
    "night": lambda place: moving(place, COLD),
    "scratched": lambda place: folder(place, WARM, 4),
}


def make(place: Path, commands: str) -> None:
    """Makes those of the sets that the commands name."""
    for name, maker in SETS.items():
        if re.search(rf"(?<![\w/-]){name}/", commands):
            maker(place / name)
    if re.search(r"(?<![\w/-])photo\.png", commands):
        write(place / "photo.png", picture(3, WARM))
    if re.search(r"(?<![\w/-])mask\.png", commands):
        mask = np.zeros((84, 84, 3), np.uint8)
        mask[30:50, 30:50] = 255
        write(place / "mask.png", mask)
