"""The residual networks for CIFAR-10 (Gulrajani et al. 2017, appendix F; Miyato et al. 2018, table 4), at any width."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Shape
from ..layers import ConditionalGeneratorBlock, CriticBlock, FirstCriticBlock, GeneratorBlock, PlainCriticBlock


class ResidualGenerator(nn.Module):
    """`project` to 4x4, `blocks.<i>` up to the image's size, `norm`, ReLU, `output` (3x3), Tanh.

    Args:
        classes: how many the blocks' normalisations are told; 0 for networks without labels. `norm` is never
            conditional, as in the code of Miyato et al.
    """

    def __init__(self, latent: int, width: int, shape: Shape, classes: int = 0) -> None:
        super().__init__()
        self.width = width
        self.project = nn.Linear(latent, width * 16)
        self.blocks = nn.ModuleList(
            ConditionalGeneratorBlock(width, width, classes) if classes else GeneratorBlock(width, width)
            for _ in range(shape.doublings)
        )
        self.norm = nn.BatchNorm2d(width)
        self.output = nn.Conv2d(width, shape.channels, 3, padding=1)

    def forward(self, z: Tensor, *labels: Tensor) -> Tensor:
        h = self.project(z).view(-1, self.width, 4, 4)
        for block in self.blocks:
            h = block(h, *labels)
        return torch.tanh(self.output(F.relu(self.norm(h))))


class ResidualTrunk(nn.Module):
    """A critic without its output: `first` and `blocks.0` halve the image, two more blocks keep its size."""

    def __init__(self, width: int, shape: Shape) -> None:
        super().__init__()
        self.first = FirstCriticBlock(shape.channels, width)
        self.blocks = nn.ModuleList([CriticBlock(width, width), PlainCriticBlock(width), PlainCriticBlock(width)])

    def features(self, x: Tensor) -> Tensor:
        """The rectified maps of the last block."""
        h = self.first(x)
        for block in self.blocks:
            h = block(h)
        return F.relu(h)


class ResidualCritic(ResidualTrunk):
    """The trunk, the mean over positions, and `output`."""

    def __init__(self, width: int, shape: Shape) -> None:
        super().__init__(width, shape)
        self.output = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.features(x).mean((2, 3))).flatten()
