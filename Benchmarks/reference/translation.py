"""Networks of image translation: U-Net, residual generator, discriminator of patches."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

Norm = Callable[[int], nn.Module]


class Level(nn.Module):
    """One level of a U-Net: what it makes of its input, beside the input itself."""

    def __init__(
        self,
        sizes: tuple[int, int, int],
        norm: Norm,
        inner: nn.Module | None,
        dropout: float = 0,
    ) -> None:
        super().__init__()
        inputs, inside, outputs = sizes
        layers = [nn.LeakyReLU(0.2), nn.Conv2d(inputs, inside, 4, 2, 1, bias=inner is None)]
        layers += [norm(inside), inner] if inner else []
        wide = 2 * inside if inner else inside
        layers += [nn.ReLU(), nn.ConvTranspose2d(wide, outputs, 4, 2, 1, bias=False)]
        layers += [norm(outputs)]
        layers += [nn.Dropout(dropout)] if dropout else []
        self.layers = nn.Sequential(*layers)

    def forward(self, maps: Tensor) -> Tensor:
        """`[N, inputs, H, W] -> [N, inputs + outputs, H, W]`."""
        return torch.cat([maps, self.layers(maps)], 1)


def unet(channels: int, widths: list[int], norm: Norm, dropout: float) -> nn.Sequential:
    """A level for each width but the first, one inside the other; dropout in the inner three."""
    level = None
    for index in reversed(range(1, len(widths))):
        share = dropout if index >= len(widths) - 3 else 0
        level = Level((widths[index - 1], widths[index], widths[index - 1]), norm, level, share)
    return nn.Sequential(
        nn.Conv2d(channels, widths[0], 4, 2, 1),
        level,
        nn.ReLU(),
        nn.ConvTranspose2d(2 * widths[0], channels, 4, 2, 1),
        nn.Tanh(),
    )


class ResidualBlock(nn.Module):
    """Two convolutions around which the maps pass."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=False)]
            layers += [nn.InstanceNorm2d(width), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, maps: Tensor) -> Tensor:
        """Same shape."""
        return maps + self.layers(maps)


def residual_translator(channels: int, width: int, blocks: int) -> nn.Sequential:
    """7x7, two halvings, residual blocks, two doublings, 7x7."""
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7, bias=False)]
    layers += [nn.InstanceNorm2d(width), nn.ReLU()]
    for maps in (2 * width, 4 * width):
        layers += [nn.Conv2d(maps // 2, maps, 3, 2, 1, bias=False)]
        layers += [nn.InstanceNorm2d(maps), nn.ReLU()]
    layers += [ResidualBlock(4 * width) for _ in range(blocks)]
    for maps in (2 * width, width):
        layers += [nn.ConvTranspose2d(2 * maps, maps, 3, 2, 1, 1, bias=False)]
        layers += [nn.InstanceNorm2d(maps), nn.ReLU()]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())


def patch_discriminator(channels: int, width: int, norm: Norm) -> nn.Sequential:
    """A logit for each patch of 70x70 pixels."""
    layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    for stride in (2, 2, 1):
        layers += [nn.Conv2d(width, 2 * width, 4, stride, 1, bias=False)]
        layers += [norm(2 * width), nn.LeakyReLU(0.2)]
        width *= 2
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 4, padding=1))
