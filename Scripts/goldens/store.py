"""Fixture files: the in-memory case, a byte-deterministic safetensors writer, and the manifest.

The `safetensors` package serialises its metadata in hash order, so two runs give different bytes. The
writer below follows the published layout (an 8-byte length, a JSON header, the raw tensors) with every key
sorted, so that a fixture's SHA-256 is a property of its contents.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

_DTYPES = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64"}


@dataclass
class Case:
    """One fixture file: its tensors, what it was made from, and one sentence on what it is."""

    family: str
    name: str
    config: dict
    note: str
    tensors: dict[str, Tensor] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"{self.family}/{self.name}.safetensors"

    def encode(self) -> bytes:
        """Returns the bytes of the safetensors file."""
        return encode(self.tensors, {"config": json.dumps(self.config, sort_keys=True), "note": self.note})


@dataclass
class Document:
    """One fixture that is a JSON document rather than tensors."""

    family: str
    name: str
    note: str
    contents: dict

    @property
    def path(self) -> str:
        return f"{self.family}/{self.name}.json"

    def encode(self) -> bytes:
        """Returns the bytes of the JSON file."""
        return (json.dumps(self.contents, indent=2, sort_keys=True) + "\n").encode()


Fixture = Case | Document


def encode(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Serialises tensors as safetensors: widest elements first (so that all are aligned), then by key."""
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    chunks: list[bytes] = []
    offset = 0
    for key, tensor in sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0])):
        chunk = tensor.detach().contiguous().numpy().tobytes()
        header[key] = {
            "dtype": _DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(chunk)],
        }
        chunks.append(chunk)
        offset += len(chunk)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(chunks)


def seed(family: str, name: str) -> None:
    """Seeds PyTorch from the case's name, so that a case does not depend on which cases precede it."""
    torch.manual_seed(zlib.crc32(f"{family}/{name}".encode()))


def manifest(fixtures: Iterable[Fixture], command: str) -> dict:
    """Returns the manifest: what made the fixtures, and the digest and meaning of each file."""
    files = {
        fixture.path: {
            "sha256": hashlib.sha256(fixture.encode()).hexdigest(),
            "family": fixture.family,
            "note": fixture.note,
        }
        for fixture in fixtures
    }
    return {"torch": torch.__version__, "command": command, "files": dict(sorted(files.items()))}


def write(root: Path, fixtures: list[Fixture], command: str) -> int:
    """Writes every fixture and the manifest, removes stale fixtures, and returns the total of bytes."""
    total = 0
    for fixture in fixtures:
        path = root / fixture.path
        path.parent.mkdir(parents=True, exist_ok=True)
        total += path.write_bytes(fixture.encode())
    kept = {root / fixture.path for fixture in fixtures}
    for family in {fixture.family for fixture in fixtures}:
        for path in (root / family).iterdir():
            if path not in kept:
                path.unlink()
    text = json.dumps(manifest(fixtures, command), indent=2) + "\n"
    (root / "MANIFEST.json").write_text(text)
    return total


def differences(root: Path, fixtures: list[Fixture]) -> list[str]:
    """Compares regenerated fixtures with the files: keys, shapes and types exactly, values to rounding."""
    listed = json.loads((root / "MANIFEST.json").read_text())["files"]
    problems = [f"{path}: in the manifest only" for path in listed.keys() - {f.path for f in fixtures}]
    for fixture in fixtures:
        path = root / fixture.path
        if not path.exists() or fixture.path not in listed:
            problems.append(f"{fixture.path}: missing")
            continue
        stored = path.read_bytes()
        if hashlib.sha256(stored).hexdigest() != listed[fixture.path]["sha256"]:
            problems.append(f"{fixture.path}: does not have the manifest's digest")
        if stored != fixture.encode():
            problems += [f"{fixture.path}: {text}" for text in _compare(path, fixture)]
    return problems


def _compare(path: Path, fixture: Fixture) -> list[str]:
    """Says how a file whose bytes differ from the regenerated fixture differs beyond rounding."""
    if isinstance(fixture, Document):
        return ["contents differ"]
    problems: list[str] = []
    with safe_open(path, "pt") as stored:
        if stored.metadata().get("config") != json.dumps(fixture.config, sort_keys=True):
            problems.append("configuration differs")
        if set(stored.keys()) != set(fixture.tensors):
            return problems + ["keys differ"]
        for key, tensor in fixture.tensors.items():
            try:
                torch.testing.assert_close(stored.get_tensor(key), tensor.detach(), rtol=1e-4, atol=1e-5)
            except AssertionError as error:
                problems.append(f"{key}: {str(error).splitlines()[0]}")
    return problems


Family = Callable[[], list[Fixture]]
