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


def rectified_body(inputs: int, widths: Sequence[int], outputs: int) -> list[nn.Module]:
    """Linear, ReLU per width; a linear output: the toy networks of Gulrajani et al. 2017, section 4."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return [*layers, nn.Linear(inputs, outputs)]


def toy_generator(latent: int, widths: Sequence[int], image: Image) -> nn.Sequential:
    """Noise to points in the plane, `image` being [2, 1, 1]."""
    return nn.Sequential(*rectified_body(latent, widths, math.prod(image)), nn.Unflatten(1, image))


def toy_discriminator(image: Image, widths: Sequence[int]) -> nn.Sequential:
    """Points in the plane to one logit."""
    return nn.Sequential(nn.Flatten(), *rectified_body(math.prod(image), widths, 1), nn.Flatten(0))
