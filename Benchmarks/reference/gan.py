"""GAN: the multilayer perceptrons of PyTorch-GAN, with BatchNorm's eps at 1e-5."""

from __future__ import annotations

import math

import torch
from torch import nn

import adversarial
import common
from common import Options

LATENT = 100


def mlp_generator(inputs: int, image_shape: tuple[int, int, int]) -> nn.Sequential:
    """A perceptron from a vector to an image in [-1, 1]."""
    layers: list[nn.Module] = [nn.Linear(inputs, 128), nn.LeakyReLU(0.2)]
    width = 128
    for wider in (256, 512, 1024):
        layers += [nn.Linear(width, wider), nn.BatchNorm1d(wider), nn.LeakyReLU(0.2)]
        width = wider
    layers += [nn.Linear(width, math.prod(image_shape)), nn.Tanh(), nn.Unflatten(1, image_shape)]
    return nn.Sequential(*layers)


def mlp_discriminator(inputs: int) -> nn.Sequential:
    """A perceptron from an image to one number, without normalisation."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(inputs, 512),
        nn.LeakyReLU(0.2),
        nn.Linear(512, 256),
        nn.LeakyReLU(0.2),
        nn.Linear(256, 1),
    )


def build(options: Options) -> adversarial.Adversarial:
    """The GAN of the options."""
    settings = options.settings_over({"architecture": "mlp"})
    common.choice(settings["architecture"], ("mlp",))
    game = adversarial.Game(
        generator=mlp_generator(LATENT, options.image_shape),
        discriminator=mlp_discriminator(math.prod(options.image_shape)),
        noise=lambda: torch.randn(options.batch_size, LATENT),
    )
    return adversarial.trainer(game, options)
