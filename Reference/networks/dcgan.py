"""The convolutional networks of DCGAN (Radford et al. 2016), from 4x4 to squares of any power of two."""

from __future__ import annotations

from torch import nn

from ..cases import Shape
from ..layers import UpsampleConv2d


def doubling(inputs: int, outputs: int, kernel: int, resize: bool, bias: bool) -> nn.Module:
    """A layer that doubles the resolution: a transposed convolution, or up-sampling and convolution."""
    if resize:
        return UpsampleConv2d(inputs, outputs, bias=bias)
    padding, extra = (2, 1) if kernel == 5 else (1, 0)
    return nn.ConvTranspose2d(inputs, outputs, kernel, 2, padding, output_padding=extra, bias=bias)


def dcgan_generator(latent: int, width: int, shape: Shape, kernel: int = 4, resize: bool = False) -> nn.Sequential:
    """The generator of figure 1; `width` is that of the maps before the image."""
    c = width << (shape.doublings - 1)
    layers: list[nn.Module] = [
        nn.Linear(latent, c * 16, bias=False),
        nn.Unflatten(1, (c, 4, 4)),
        nn.BatchNorm2d(c),
        nn.ReLU(),
    ]
    for _ in range(shape.doublings - 1):
        layers += [doubling(c, c // 2, kernel, resize, bias=False), nn.BatchNorm2d(c // 2), nn.ReLU()]
        c //= 2
    return nn.Sequential(*layers, doubling(c, shape.channels, kernel, resize, bias=True), nn.Tanh())


def strided_body(width: int, shape: Shape, kernel: int, outputs: int, norm: bool = True) -> list[nn.Module]:
    """Strided convolutions to 4x4, without batch norm on the first (or any), and a linear layer."""
    padding = kernel // 2 if kernel % 2 else kernel // 2 - 1
    layers: list[nn.Module] = [nn.Conv2d(shape.channels, width, kernel, 2, padding), nn.LeakyReLU(0.2)]
    for _ in range(shape.doublings - 1):
        layers += [nn.Conv2d(width, 2 * width, kernel, 2, padding, bias=not norm)]
        layers += [nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2)] if norm else [nn.LeakyReLU(0.2)]
        width *= 2
    return [*layers, nn.Flatten(), nn.Linear(width * 16, outputs)]


def dcgan_discriminator(width: int, shape: Shape, kernel: int = 4, norm: bool = True) -> nn.Sequential:
    """The discriminator with one logit; `width` is that of the first maps."""
    return nn.Sequential(*strided_body(width, shape, kernel, 1, norm), nn.Flatten(0))
