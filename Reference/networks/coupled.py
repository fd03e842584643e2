"""The networks for digits of CoGAN (Liu & Tuzel 2016, appendix A), whose two domains share layers.

A pair is `[N, 2, C, H, W]`, an image of either domain. Shared are the layers near the noise of the generators, and
those near the decision of the discriminators; there is one network of each kind for both domains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..cases import Shape
from ..layers import SignedSigmoid


def sides(side: int) -> list[int]:
    """Sides of the generator's maps before its last layer: 4, 7, 13 and 25 for images of 28, each half of the next."""
    maps = [side - 3]
    while maps[0] > 4:
        maps.insert(0, math.ceil(maps[0] / 2))
    return maps


def started(network: nn.Module) -> nn.Module:
    """The authors' initial values: Glorot's uniform ones with a gain of sqrt 2, and biases of 0.1."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight, math.sqrt(2))
            if layer.bias is not None:
                nn.init.constant_(layer.bias, 0.1)
    return network


class CoupledGenerator(nn.Module):
    """Noise to a pair: `shared` layers, then `output_a` and `output_b`, each a 6x6 kernel and a sigmoid.

    The shared ones are transposed convolutions (the first to the smallest maps, then 3x3 of stride 2), each with batch
    norm without gain and offset, which takes away any bias, and PReLU with one slope.
    """

    def __init__(self, latent: int, width: int, shape: Shape) -> None:
        super().__init__()
        maps = sides(shape.height)
        widths = [width << i for i in reversed(range(len(maps)))]
        layers = [nn.Unflatten(1, (latent, 1, 1)), nn.ConvTranspose2d(latent, widths[0], maps[0], bias=False)]
        for inputs, outputs, side in zip(widths, widths[1:], maps[1:]):
            even = int(side % 2 == 0)
            layers += [nn.BatchNorm2d(inputs, affine=False), nn.PReLU()]
            layers += [nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=even, bias=False)]
        self.shared = nn.Sequential(*layers, nn.BatchNorm2d(width, affine=False), nn.PReLU())
        self.output_a, self.output_b = (
            nn.Sequential(nn.ConvTranspose2d(width, shape.channels, 6, padding=1), SignedSigmoid()) for _ in "ab"
        )
        started(self)

    def forward(self, z: Tensor) -> Tensor:
        h = self.shared(z)
        return torch.stack([self.output_a(h), self.output_b(h)], 1)


class CoupledDiscriminator(nn.Module):
    """Pairs to features `[N, 2, widths[2]]`: `input_a` and `input_b` (5x5), then `shared` layers.

    The shared ones are max pooling, 5x5, max pooling, a kernel as large as what is left, and PReLU with one slope. They
    see pixels in [0, 1]. `output` says of features how likely they are of a generated and of a real image, `classes`,
    where there are any, of each class.
    """

    def __init__(self, widths: Sequence[int], shape: Shape, classes: int = 0) -> None:
        super().__init__()
        first, second, features = widths
        left = ((shape.height - 4) // 2 - 4) // 2
        self.input_a, self.input_b = (nn.Conv2d(shape.channels, first, 5) for _ in "ab")
        self.shared = nn.Sequential(
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 5),
            nn.MaxPool2d(2),
            nn.Conv2d(second, features, left),
            nn.PReLU(),
            nn.Flatten(),
        )
        self.output = nn.Linear(features, 2)
        self.classes = nn.Linear(features, classes) if classes else None
        started(self)

    def forward(self, pairs: Tensor) -> Tensor:
        a, b = (0.5 + 0.5 * pairs).unbind(1)
        h = self.shared(torch.cat([self.input_a(a), self.input_b(b)]))
        return torch.stack(h.chunk(2), 1)
