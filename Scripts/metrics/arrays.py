"""Arrays on which implementations are compared, from fixed seeds."""

from __future__ import annotations

import torch
from torch import Tensor


def sets(samples: int, features: int, seed: int = 3) -> dict[str, Tensor]:
    """Returns overlapping sets of correlated features, as different as a fair generator's, and logits."""
    generator = torch.Generator().manual_seed(seed)

    def randn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    mix = randn(features, features) / features**0.5
    real = (randn(samples, features) @ mix).relu()
    count = samples * 7 // 8  # sets of different sizes
    moved = mix + 0.2 * randn(features, features) / features**0.5
    fake = (1.05 * randn(count, features) @ moved + 0.05).relu()
    return {"real": real, "fake": fake, "logits": 2 * randn(count, 10)}


def images(count: int, channels: int, height: int, width: int, seed: int = 4) -> Tensor:
    """Returns smooth random pictures as uint8."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, channels, 8, 8, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")
    noisy = smooth + 0.05 * torch.randn(smooth.shape, generator=generator)
    return (noisy.clamp(0, 1) * 255).round().to(torch.uint8)


def degraded(pictures: Tensor, seed: int = 5) -> Tensor:
    """Returns the pictures blurred, darkened and with noise."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.nn.functional.avg_pool2d(pictures.float(), 3, 1, 1) * 0.95
    return (values + 6 * torch.randn(values.shape, generator=generator)).clamp(0, 255).round().to(torch.uint8)
