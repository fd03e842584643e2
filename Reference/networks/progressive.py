"""Networks that grow (Karras et al. 2018), at the last stage, which is either being faded in or grown.

Earlier stages are not here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import Equalised, MinibatchStandardDeviation, PixelNorm
from ..settings import Settings


def activate(x: Tensor) -> Tensor:
    """LeakyReLU with slope 0.2."""
    return F.leaky_relu(x, 0.2)


def up(x: Tensor) -> Tensor:
    """Nearest-neighbour up-sampling by 2."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def fade(old: Tensor, new: Tensor, alpha: float) -> Tensor:
    """(1 - alpha) old + alpha new."""
    return old + alpha * (new - old)


def shown(images: Tensor, alpha: float) -> Tensor:
    """Real images as much like those of the stage before as generated ones."""
    return images if alpha == 1 else fade(up(F.avg_pool2d(images, 2)), images, alpha)


def convolution(
    inputs: int, outputs: int, kernel: int = 3, gain: float = math.sqrt(2), bias: bool = True
) -> nn.Module:
    """A convolution that keeps the resolution, with equalised learning rate: N(0, 1) weights."""
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias)
    nn.init.normal_(layer.weight)
    return Equalised(layer, gain)


def dense(inputs: int, outputs: int, gain: float = math.sqrt(2), bias: bool = True) -> nn.Module:
    """A linear map with equalised learning rate: N(0, 1) weights."""
    layer = nn.Linear(inputs, outputs, bias=bias)
    nn.init.normal_(layer.weight)
    return Equalised(layer, gain)


class FirstBlock(nn.Module):
    """Latent to 4x4: pixel norm of z, `dense` (gain sqrt(2)/4, no bias), `bias` (one per channel), `conv` 3x3.

    The paper's first layer is a 4x4 convolution of the 1x1 latent, whence one bias per channel; the weight is stored as
    [channels * 16, latent] with rows ordered (channel, row, column), and the gain is that of the authors' code.
    LeakyReLU and then pixel norm follow both layers.
    """

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        self.dense = dense(latent, width * 16, math.sqrt(2) / 4, bias=False)
        self.bias = nn.Parameter(0.1 * torch.randn(width))
        self.conv = convolution(width, width)
        self.norm = PixelNorm()

    def forward(self, z: Tensor) -> Tensor:
        h = self.dense(self.norm(z)).view(len(z), -1, 4, 4) + self.bias[:, None, None]
        h = self.norm(activate(h))
        return self.norm(activate(self.conv(h)))


class UpBlock(nn.Module):
    """Nearest up-sampling, then `conv1` and `conv2` (3x3), each followed by LeakyReLU and pixel norm."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = convolution(inputs, outputs)
        self.conv2 = convolution(outputs, outputs)
        self.norm = PixelNorm()

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(activate(self.conv1(up(x))))
        return self.norm(activate(self.conv2(h)))


class ProgressiveGenerator(nn.Module):
    """`first`, `blocks.<i>` (4x4 -> 8x8 is 0) and `to_rgb.<i>` (stage 4x4 is 0; 1x1, gain 1, linear output).

    Every `to_rgb` exists from the start; outside a fade only the last is used and the others' gradients are zero.
    """

    def __init__(self, latent: int, widths: Sequence[int], channels: int, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.first = FirstBlock(latent, widths[0])
        self.blocks = nn.ModuleList(UpBlock(m, n) for m, n in zip(widths, widths[1:]))
        self.to_rgb = nn.ModuleList(convolution(width, channels, 1, 1.0) for width in widths)

    def forward(self, z: Tensor) -> Tensor:
        low = self.first(z)
        for block in self.blocks[:-1]:
            low = block(low)
        new = self.to_rgb[-1](self.blocks[-1](low))
        return new if self.alpha == 1 else fade(up(self.to_rgb[-2](low)), new, self.alpha)


class DownBlock(nn.Module):
    """`conv1` (3x3) and LeakyReLU; `conv2` (3x3), 2x2 average pooling and LeakyReLU.

    This is the authors' code with `fused_scale`, their default, where one strided convolution stands for `conv2` and the
    pooling, and bias and activation follow it; pooling commutes with adding the bias. Table 2 of the paper pools last.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = convolution(inputs, inputs)
        self.conv2 = convolution(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return activate(F.avg_pool2d(self.conv2(activate(self.conv1(x))), 2))


class LastBlock(nn.Module):
    """At 4x4: minibatch deviation (groups of 4), `conv` 3x3, `dense` (from 16 positions), `output` (gain 1).

    LeakyReLU follows `conv` and `dense`.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.deviation = MinibatchStandardDeviation(4)
        self.conv = convolution(width + 1, width)
        self.dense = dense(width * 16, width)
        self.output = dense(width, 1, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        h = activate(self.conv(self.deviation(x)))
        return self.output(activate(self.dense(h.flatten(1)))).flatten()


class ProgressiveDiscriminator(nn.Module):
    """`from_rgb.<i>` (1x1 and LeakyReLU; stage 4x4 is 0), `blocks.<i>` (8x8 -> 4x4 is 0) and `last`."""

    def __init__(self, widths: Sequence[int], channels: int, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.from_rgb = nn.ModuleList(convolution(channels, width, 1) for width in widths)
        self.blocks = nn.ModuleList(DownBlock(n, m) for m, n in zip(widths, widths[1:]))
        self.last = LastBlock(widths[0])

    def forward(self, x: Tensor) -> Tensor:
        h = self.blocks[-1](activate(self.from_rgb[-1](x)))
        if self.alpha != 1:
            h = fade(activate(self.from_rgb[-2](F.avg_pool2d(x, 2))), h, self.alpha)
        for block in reversed(self.blocks[:-1]):
            h = block(h)
        return self.last(h)


def last_alpha(settings: Settings, stages: int, images_seen: int) -> float:
    """How much of the last stage there is after so many images (section 2); earlier stages are an error."""
    stable, fading = settings["stableImages"], settings["fadeImages"]
    into = images_seen - (stages - 1) * stable - (stages - 2) * fading
    if into < 0:
        raise ValueError("only the last stage is here, and it has not been reached")
    return 1.0 if into >= fading else into / fading


def stage_widths(settings: Settings, stages: int) -> list[int]:
    """Channels of each stage, from 4x4 on."""
    return [min(max(settings["channelBase"] >> n, 1), settings["maxChannels"]) for n in range(1, stages + 1)]
