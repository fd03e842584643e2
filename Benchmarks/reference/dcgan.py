"""DCGAN: transposed or resize convolutions up, strided convolutions down."""

from __future__ import annotations

import torch
from torch import nn

import adversarial
import common
from common import Options

LATENT = 100


def upsampling(inputs: int, outputs: int, kind: str, kernel: int, bias: bool) -> list[nn.Module]:
    """Layers that double height and width."""
    if kind == "resize":
        return [nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)]
    padding, odd = (kernel - 1) // 2, kernel % 2
    return [nn.ConvTranspose2d(inputs, outputs, kernel, 2, padding, odd, bias=bias)]


def generator(options: Options, width: int, kernel: int, kind: str) -> nn.Sequential:
    """From a vector over 4x4 to the image; the width halves with every doubling."""
    width <<= options.doublings - 1
    layers = [
        nn.Linear(LATENT, width * 16, bias=False),
        nn.Unflatten(1, (width, 4, 4)),
        nn.BatchNorm2d(width),
        nn.ReLU(),
    ]
    for _ in range(options.doublings - 1):
        layers += upsampling(width, width // 2, kind, kernel, bias=False)
        width //= 2
        layers += [nn.BatchNorm2d(width), nn.ReLU()]
    layers += upsampling(width, options.channels, kind, kernel, bias=True)
    return nn.Sequential(*layers, nn.Tanh())


def discriminator(
    options: Options, width: int, kernel: int, outputs: int = 1
) -> nn.Sequential:
    """From the image down to 4x4 and its outputs; the width doubles with every halving."""
    padding = (kernel - 1) // 2
    layers = [nn.Conv2d(options.channels, width, kernel, 2, padding), nn.LeakyReLU(0.2)]
    for _ in range(options.doublings - 1):
        layers += [
            nn.Conv2d(width, 2 * width, kernel, 2, padding, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2),
        ]
        width *= 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * 16, outputs))


def build(options: Options) -> adversarial.Adversarial:
    """The DCGAN of the options."""
    defaults = {"generatorWidth": 64, "discriminatorWidth": 64, "kernelSize": 4}
    settings = options.settings_over({**defaults, "upsampling": "resize", "learningRate": 2e-4})
    kernel = settings["kernelSize"]
    kind = common.choice(settings["upsampling"], ("resize", "transposed"))
    game = adversarial.Game(
        generator=generator(options, settings["generatorWidth"], kernel, kind),
        discriminator=discriminator(options, settings["discriminatorWidth"], kernel),
        noise=lambda: torch.rand(options.batch_size, LATENT) * 2 - 1,
        learning_rate=settings["learningRate"],
    )
    return adversarial.trainer(game, options)
