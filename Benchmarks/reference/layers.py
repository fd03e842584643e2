"""Layers that PyTorch lacks."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SignedSigmoid(nn.Module):
    """A sigmoid carried from [0, 1] to [-1, 1]."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Same shape."""
        return 2 * torch.sigmoid(inputs) - 1


class GaussianNoise(nn.Module):
    """Adds noise of the given deviation in training."""

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, inputs: Tensor) -> Tensor:
        """Same shape."""
        if not self.training or self.deviation == 0:
            return inputs
        return inputs + torch.randn_like(inputs) * self.deviation
