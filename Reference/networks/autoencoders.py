"""The networks and priors of adversarial autoencoders (Makhzani et al. 2015)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..draws import Draws
from ..layers import SignedSigmoid
from .perceptrons import Image

WIDTHS = {"encoderWidths": [1000, 1000], "generatorWidths": [1000, 1000], "discriminatorWidths": [1000, 1000]}
"""The hidden layers for MNIST (appendix A)."""


def rectified(inputs: int, widths: Sequence[int], outputs: int) -> list[nn.Module]:
    """Linear, ReLU per width; Linear."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return [*layers, nn.Linear(inputs, outputs)]


def decoder(inputs: int, widths: Sequence[int], image: Image) -> nn.Sequential:
    """Codes to images, by a sigmoid carried to [-1, 1]."""
    return nn.Sequential(*rectified(inputs, widths, math.prod(image)), SignedSigmoid(), nn.Unflatten(1, image))


def judge(inputs: int, widths: Sequence[int]) -> nn.Sequential:
    """Codes to logits [N]."""
    return nn.Sequential(*rectified(inputs, widths, 1), nn.Flatten(0))


def reconstruction(images: Tensor, again: Tensor) -> Tensor:
    """Half the squared distance of an image in [0, 1] and its reconstruction, the mean over images."""
    return (images - again).square().flatten(1).sum(1).mean() / 8


def spokes(draws: Draws, component: Tensor, count: int) -> Tensor:
    """Points of Gaussians around a circle: at distance 1 + N(0, 0.3^2) and N(0, 0.05^2) beside the spoke."""
    angle = component.float() * (2 * math.pi / count)
    along, across = (draws.normal(len(component), 2) * torch.tensor([0.3, 0.05], device=angle.device)).split(1, 1)
    along = along + 1
    return torch.cat([along * angle.cos() - across * angle.sin(), along * angle.sin() + across * angle.cos()], 1)


def roll(draws: Draws, place: Tensor) -> Tensor:
    """Points on a spiral of one and a half turns whose places in [0, 1] are given, with N(0, 0.02^2) beside it."""
    turn = place.sqrt() * (3 * math.pi)
    return torch.cat([turn.cos(), turn.sin()], 1) * (turn / (3 * math.pi)) + draws.normal(len(place), 2) * 0.02


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Rows of zeros with one 1."""
    return F.one_hot(labels, classes).float()


class UnitRange(nn.Module):
    """Pixels in [-1, 1] to [0, 1]."""

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x + 0.5


class CategoryEncoder(nn.Module):
    """q(y | x) and q(z | x): batch normalisation behind every linear layer, the last ones included (appendix A).

    `body`: 0 Flatten, 1 to [0, 1], 2 noise or dropout of the input, then Linear without bias, BatchNorm1d, ReLU for
    each width; `category`, `style`: Linear without bias, BatchNorm1d.
    """

    def __init__(self, image: Image, widths: Sequence[int], categories: int, style: int, corruption: nn.Module) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten(), UnitRange(), corruption]
        inputs = math.prod(image)
        for width in widths:
            layers += [nn.Linear(inputs, width, bias=False), nn.BatchNorm1d(width), nn.ReLU()]
            inputs = width
        self.body = nn.Sequential(*layers)
        self.category = nn.Sequential(nn.Linear(inputs, categories, bias=False), nn.BatchNorm1d(categories))
        self.style = nn.Sequential(nn.Linear(inputs, style, bias=False), nn.BatchNorm1d(style))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the logits of the categories and the styles."""
        features = self.body(x)
        return self.category(features), self.style(features)
