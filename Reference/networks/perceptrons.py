"""Perceptrons: fully connected networks with leaky rectifiers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import nn

Image = tuple[int, int, int]
WIDTHS = {"generatorWidths": [128, 256, 512, 1024], "discriminatorWidths": [512, 256]}
"""The hidden layers of the usual perceptrons."""


def mlp_generator(latent: int, widths: Sequence[int], image: Image) -> nn.Sequential:
    """Linear, LeakyReLU; then Linear, BatchNorm1d, LeakyReLU per further width; Linear, Tanh, Unflatten."""
    layers: list[nn.Module] = [nn.Linear(latent, widths[0]), nn.LeakyReLU(0.2)]
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], math.prod(image)), nn.Tanh(), nn.Unflatten(1, image))


def mlp_body(inputs: int, widths: Sequence[int]) -> list[nn.Module]:
    """Linear, LeakyReLU per width; Linear to one logit, Flatten(0)."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.2)]
        inputs = width
    return [*layers, nn.Linear(inputs, 1), nn.Flatten(0)]


def mlp_discriminator(image: Image, widths: Sequence[int]) -> nn.Sequential:
    """Flatten and the multilayer perceptron."""
    return nn.Sequential(nn.Flatten(), *mlp_body(math.prod(image), widths))
