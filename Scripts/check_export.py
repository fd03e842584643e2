#!/usr/bin/env python3
"""Runs exported networks in ONNX Runtime and PyTorch and compares them with what SwiftGAN computed.

    .venv/bin/python Scripts/check_export.py FOLDER

FOLDER holds, for each NAME, what SwiftGAN was given and found, `NAME.example.safetensors` with the tensors
`input.…` and `expected`, and exported networks: `NAME.onnx`, `NAME.pt`, `NAME.weights.safetensors`. An example may
have the suffix `@2` and so on behind its name: another example of the same network. Prints the largest difference
of each and fails where one is above the tolerance, where a file is no valid model, or where weights and the keys of
the TorchScript module differ.

`--facts NAME` prints what the ONNX file, the TorchScript file and the weights say of a network, as JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors import safe_open
from safetensors.numpy import load_file

warnings.filterwarnings("ignore", category=DeprecationWarning)

TOLERANCE = 1e-4


class Folder:
    """Exported networks, each opened once."""

    def __init__(self, path: Path) -> None:
        """Remembers where they are."""
        self.path = path
        self.sessions: dict[str, onnxruntime.InferenceSession] = {}
        self.modules: dict[str, torch.jit.ScriptModule] = {}

    def file(self, name: str, ending: str) -> Path | None:
        """Returns the path of a file that is there."""
        path = self.path / f"{name}.{ending}"
        return path if path.exists() else None

    def onnx(self, name: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Returns what ONNX Runtime makes of inputs; the file must be a valid model."""
        if name not in self.sessions:
            path = self.path / f"{name}.onnx"
            onnx.checker.check_model(onnx.load(path), full_check=True)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            self.sessions[name] = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return self.sessions[name].run(["output"], inputs)[0]

    def torchscript(self, name: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Returns what PyTorch makes of inputs, given by their names."""
        if name not in self.modules:
            self.modules[name] = torch.jit.load(self.path / f"{name}.pt").eval()
        with torch.no_grad():
            return self.modules[name](**{key: torch.from_numpy(value) for key, value in inputs.items()}).numpy()

    def facts(self, name: str) -> dict[str, object]:
        """Returns what the files say of a network."""
        model = onnx.load(self.path / f"{name}.onnx")
        extra = {"swiftgan.json": ""}
        torch.jit.load(self.path / f"{name}.pt", _extra_files=extra)
        with safe_open(self.path / f"{name}.weights.safetensors", "np") as weights:
            metadata = weights.metadata()
        axes = {
            value.name: [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]
            for value in [*model.graph.input, *model.graph.output]
        }
        return {
            "onnx": {entry.key: entry.value for entry in model.metadata_props},
            "torchscript": json.loads(extra["swiftgan.json"]),
            "safetensors": metadata,
            "axes": axes,
        }


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Returns the largest difference as a share of the largest value."""
    if found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found - expected).max() / max(1e-3, np.abs(expected).max()))


def weights_fit(folder: Folder, name: str) -> bool:
    """Returns whether the weights are the state dictionary of the TorchScript module."""
    weights = load_file(folder.path / f"{name}.weights.safetensors")
    state = torch.jit.load(io.BytesIO((folder.path / f"{name}.pt").read_bytes())).state_dict()
    return weights.keys() == state.keys() and all(np.array_equal(weights[key], state[key].numpy()) for key in weights)


def check(folder: Folder, example: str) -> bool:
    """Compares the networks of one example and prints a line."""
    name = example.split("@")[0]
    tensors = load_file(folder.path / f"{example}.example.safetensors")
    inputs = {key.removeprefix("input."): value for key, value in tensors.items() if key.startswith("input.")}
    found: dict[str, float] = {}
    try:
        if folder.file(name, "onnx"):
            found["onnx"] = difference(folder.onnx(name, inputs), tensors["expected"])
        if folder.file(name, "pt"):
            found["torchscript"] = difference(folder.torchscript(name, inputs), tensors["expected"])
    except Exception as error:  # whatever it is, the network cannot be used
        print(f"FAIL {example}: {error}")
        return False
    is_fine = bool(found) and all(value <= TOLERANCE for value in found.values())
    words = [f"{kind} {value:.1e}" for kind, value in found.items()] or ["no network"]
    if folder.file(name, "weights.safetensors") and not weights_fit(folder, name):
        is_fine = False
        words.append("other weights")
    print(f"{'ok  ' if is_fine else 'FAIL'} {example}: {', '.join(words)}")
    return is_fine


def main() -> int:
    """Checks all examples of a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--facts", metavar="NAME", help="print what the files say of a network")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Folder(arguments.folder)
    if arguments.facts:
        print(json.dumps(folder.facts(arguments.facts)))
        return 0
    ending = ".example.safetensors"
    examples = sorted(path.name.removesuffix(ending) for path in arguments.folder.glob(f"*{ending}"))
    if not examples:
        print(f"{arguments.folder}: no *{ending}")
        return 1
    return 0 if all([check(folder, example) for example in examples]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
