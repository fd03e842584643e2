"""Checks a trained DCGAN generator against PyTorch: same state dictionary, same images.

    python Scripts/check_checkpoint.py RUN

reads `generator.safetensors`, `config.json`, `noise.npy` ([N, latent]) and `images.npy` from the folder RUN. The
module is built from the state dictionary's keys and shapes alone and loaded strictly. `images.npy` holds either
uint8 [N, H, W, C] (or [N, H, W]) or float32 [N, C, H, W] in [-1, 1]. The exit status is 1 if any value differs by
more than 1e-4 (float) or one level (uint8).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from Reference.layers import UpsampleConv2d  # noqa: E402

State = dict[str, Tensor]
FLOAT_TOLERANCE, LEVEL_TOLERANCE = 1e-4, 1.0


def load_state(path: Path) -> State:
    """Reads a state dictionary, without the prefix `generator.` if every key has it."""
    state = load_file(path)
    prefix = "generator."
    if all(key.startswith(prefix) for key in state):
        state = {key.removeprefix(prefix): value for key, value in state.items()}
    return state


def doubling(weight: Tensor, bias: bool) -> nn.Module:
    """Returns the layer that doubles the resolution, told by its kernel: 3 resizes, 4 and 5 are transposed."""
    first, second, kernel, _ = weight.shape
    if kernel == 3:
        return UpsampleConv2d(second, first, bias=bias)
    if kernel not in (4, 5):
        raise ValueError(f"no doubling layer has a {kernel}x{kernel} kernel")
    padding, extra = (2, 1) if kernel == 5 else (1, 0)
    return nn.ConvTranspose2d(first, second, kernel, 2, padding, output_padding=extra, bias=bias)


def build_generator(state: State) -> nn.Sequential:
    """Builds DCGAN's generator (Radford et al. 2016, figure 1) from the shapes of its state dictionary."""
    features, latent = state["0.weight"].shape
    channels = state["2.weight"].shape[0]
    if features != channels * 16:
        raise ValueError(f"the projection has {features} features, not {channels} x 4 x 4")
    layers: list[nn.Module] = [
        nn.Linear(latent, features, bias="0.bias" in state),
        nn.Unflatten(1, (channels, 4, 4)),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    ]
    while f"{len(layers)}.weight" in state:
        index = len(layers)
        layers.append(doubling(state[f"{index}.weight"], f"{index}.bias" in state))
        if f"{index + 1}.weight" in state:
            layers += [nn.BatchNorm2d(state[f"{index + 1}.weight"].shape[0]), nn.ReLU()]
    return nn.Sequential(*layers, nn.Tanh())


def difference(generated: Tensor, images: np.ndarray) -> tuple[float, float, str]:
    """Returns the largest absolute difference, the tolerance, and the unit of both."""
    if images.dtype == np.uint8:
        levels = ((generated + 1) * 127.5).round().clamp(0, 255).permute(0, 2, 3, 1)
        stored = torch.from_numpy(images).float().reshape(len(images), *images.shape[1:3], -1)
        return largest(levels, stored), LEVEL_TOLERANCE, "levels"
    return largest(generated, torch.from_numpy(images).float()), FLOAT_TOLERANCE, "in [-1, 1]"


def largest(a: Tensor, b: Tensor) -> float:
    """Returns the largest absolute difference of two tensors of the same shape, which may not be NaN."""
    if a.shape != b.shape:
        raise ValueError(f"images of shape {tuple(b.shape)}, but the generator makes {tuple(a.shape)}")
    return (a - b).abs().max().nan_to_num(nan=float("inf")).item()


def main() -> int:
    """Loads the run, generates its images anew and reports how far they are from the stored ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="the folder of the run")
    run: Path = parser.parse_args().run

    config = json.loads((run / "config.json").read_text())
    state = load_state(run / "generator.safetensors")
    generator = build_generator(state)
    generator.load_state_dict(state, strict=True)
    noise = torch.from_numpy(np.load(run / "noise.npy")).float()
    images = np.load(run / "images.npy")
    with torch.no_grad():
        generated = generator.eval()(noise)

    value, tolerance, unit = difference(generated, images)
    parameters = sum(parameter.numel() for parameter in generator.parameters())
    print(f"config      {json.dumps(config, sort_keys=True)}")
    print(f"generator   {len(state)} tensors, {parameters} parameters, loaded strictly")
    print(f"images      {images.dtype} {tuple(images.shape)}, {len(noise)} from noise.npy")
    print(f"difference  at most {value:.3g} {unit} (tolerance {tolerance:g})")
    return 0 if value <= tolerance else 1


if __name__ == "__main__":
    raise SystemExit(main())
