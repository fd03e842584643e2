"""Family `initial`: statistics of PyTorch's default initial distributions, measured on one large layer each."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .store import Document, Fixture, seed

FAMILY = "initial"


def _statistics(values: Tensor) -> dict[str, float | int]:
    return {
        "count": values.numel(),
        "min": values.min().item(),
        "max": values.max().item(),
        "mean": values.mean(dtype=torch.float64).item(),
        "std": values.double().std().item(),
    }


def _uniform(layer: nn.Module, constructor: str) -> dict:
    """Describes a layer whose weight and bias are both uniform in (-1/sqrt(fan_in), 1/sqrt(fan_in)).

    PyTorch takes `weight[0].numel()` for fan_in, which for a transposed convolution ([in, out, k, k]) is
    out * k * k.
    """
    fan_in = layer.weight[0].numel()
    return {
        "layer": constructor,
        "distribution": "uniform",
        "fan_in": fan_in,
        "bound": 1 / math.sqrt(fan_in),
        "weight": _statistics(layer.weight.detach()),
        "bias": _statistics(layer.bias.detach()),
    }


def fixtures() -> list[Fixture]:
    """Returns the family's one document."""
    seed(FAMILY, "initial")
    embedding = nn.Embedding(1000, 256)
    contents = {
        "Linear": _uniform(nn.Linear(256, 2048), "Linear(256, 2048)"),
        "Conv2d": _uniform(nn.Conv2d(64, 1024, 5), "Conv2d(64, 1024, 5)"),
        "ConvTranspose2d": _uniform(nn.ConvTranspose2d(64, 1024, 4), "ConvTranspose2d(64, 1024, 4)"),
        "Embedding": {
            "layer": "Embedding(1000, 256)",
            "distribution": "normal",
            "mean": 0,
            "std": 1,
            "weight": _statistics(embedding.weight.detach()),
        },
    }
    note = "Bounds and measured statistics of PyTorch's default initial weights and biases."
    return [Document(FAMILY, "initial", note, contents)]
