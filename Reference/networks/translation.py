"""Networks of image-to-image translation: U-Net, PatchGAN and the residual generator.

Convolutions that a normalisation follows have no bias, which it would cancel; the authors' code keeps some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Shape
from ..draws import Draws
from ..layers import Dropout

Norm = Callable[[int], nn.Module]
UNET_WIDTHS = [64, 128, 256, 512, 512, 512, 512, 512]


class Down(nn.Module):
    """One encoder level: LeakyReLU 0.2 (not on the image), `conv` 4x4 s2 p1, and `norm` where there is one."""

    def __init__(self, inputs: int, outputs: int, norm: Norm | None, first: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 4, 2, 1, bias=norm is None)
        self.norm = norm(outputs) if norm else nn.Identity()
        self.first = first

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x if self.first else F.leaky_relu(x, 0.2)))


class Up(nn.Module):
    """One decoder level: ReLU, `conv` (transposed 4x4 s2 p1), then `norm` and dropout where there are any."""

    def __init__(self, inputs: int, outputs: int, norm: Norm | None, dropout: nn.Module | None) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=norm is None)
        self.norm = norm(outputs) if norm else nn.Identity()
        self.dropout = dropout or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(self.norm(self.conv(F.relu(x))))


class UNet(nn.Module):
    """The U-Net of Isola et al. 2017, appendix 6.1.1, one level per width.

    `down.<i>.{conv, norm}`, finest first, without norm at the first and the innermost level; `up.<i>.{conv, norm}`,
    innermost first, the last without norm and followed by Tanh. The input of `up.<i>`, i > 0, is [skip, previous output]
    along channels, as in the authors' PyTorch code (their Torch code has the reverse).

    Args:
        norm: makes the normalisation of a number of channels.
        inputs: channels of what goes in, where they are others than those of what comes out.
        dropout: the rate of the first three decoder levels, whose masks come from `draws`. The last level never has
            any.
    """

    def __init__(
        self,
        channels: int,
        widths: Sequence[int],
        norm: Norm,
        draws: Draws,
        dropout: float = 0.0,
        inputs: int | None = None,
    ) -> None:
        super().__init__()
        depth, sizes = len(widths), [channels, *widths]
        self.down = nn.ModuleList(
            Down(
                (inputs or channels) if i == 0 else sizes[i],
                sizes[i + 1],
                None if i in (0, depth - 1) else norm,
                first=i == 0,
            )
            for i in range(depth)
        )
        self.up = nn.ModuleList()
        for i in range(depth):
            last = i == depth - 1
            masked = Dropout(dropout, draws) if dropout and i < 3 and not last else None
            below = sizes[depth - i] * (1 if i == 0 else 2)
            self.up.append(Up(below, sizes[depth - i - 1], None if last else norm, masked))

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for level in self.down:
            x = level(x)
            skips.append(x)
        x = self.up[0](skips.pop())
        for level in self.up[1:]:
            x = level(torch.cat([skips.pop(), x], 1))
        return torch.tanh(x)


def levels(widths: Sequence[int], shape: Shape) -> Sequence[int]:
    """The widths of the levels down to 1x1, as far as there are any."""
    return widths[: shape.doublings + 2]


def patch_discriminator(channels: int, width: int, layers: int, norm: Norm) -> nn.Sequential:
    """The PatchGAN of Isola et al. 2017, appendix 6.1.2: `layers` strided 4x4 convolutions, three for 70x70 patches.

    One more convolution with stride 1 follows, and one to a map of logits; the first has no norm.
    """
    body: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    for stride in [2] * (layers - 1) + [1]:
        body += [nn.Conv2d(width, 2 * width, 4, stride, 1, bias=False), norm(2 * width), nn.LeakyReLU(0.2)]
        width *= 2
    return nn.Sequential(*body, nn.Conv2d(width, 1, 4, 1, 1))


def reflect(x: Tensor, padding: int) -> Tensor:
    """Reflection padding on all four sides."""
    return F.pad(x, [padding] * 4, mode="reflect")


class ResidualBlock(nn.Module):
    """`conv1`, norm, ReLU, `conv2`, norm, plus the identity; 3x3 with reflection padding, InstanceNorm without affine."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(F.instance_norm(self.conv1(reflect(x, 1))))
        return x + F.instance_norm(self.conv2(reflect(h, 1)))


class ResidualTranslator(nn.Module):
    """The generator of Zhu et al. 2017, appendix 7.2: c7s1-w, d2w, d4w, R4w for each block, u2w, uw, c7s1-3.

    It has as many outputs as inputs unless another number is given.

    `input` (7x7, reflection padding), `down.0`, `down.1` (3x3 s2 p1), `blocks.<i>.{conv1, conv2}`, `up.0`, `up.1`
    (transposed 3x3 s2 p1, output padding 1) and `output` (7x7, reflection padding, bias, Tanh). InstanceNorm without
    affine and ReLU follow all but the blocks and `output`.
    """

    def __init__(self, channels: int, width: int, blocks: int, outputs: int | None = None) -> None:
        super().__init__()
        self.input = nn.Conv2d(channels, width, 7, bias=False)
        self.down = nn.ModuleList(nn.Conv2d(width * k, width * 2 * k, 3, 2, 1, bias=False) for k in (1, 2))
        self.blocks = nn.ModuleList(ResidualBlock(4 * width) for _ in range(blocks))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(width * 2 * k, width * k, 3, 2, 1, output_padding=1, bias=False) for k in (2, 1)
        )
        self.output = nn.Conv2d(width, outputs or channels, 7)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(F.instance_norm(self.input(reflect(x, 3))))
        for layer in self.down:
            h = F.relu(F.instance_norm(layer(h)))
        for block in self.blocks:
            h = block(h)
        for layer in self.up:
            h = F.relu(F.instance_norm(layer(h)))
        return torch.tanh(self.output(reflect(h, 3)))
