"""WGAN with clipped weights: five critic updates to one generator update."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

import alternating
import common
import dcgan
from common import Options
from gan import LATENT, mlp_discriminator, mlp_generator

RATE, CLIP = 5e-5, 0.01


def distance(real: Tensor, fake: Tensor) -> Tensor:
    """The negative of the critic's estimate of the distance."""
    return fake.mean() - real.mean()


def networks(options: Options, architecture: str, width: int) -> tuple[nn.Module, nn.Module]:
    """The generator and the critic."""
    if architecture == "mlp":
        pixels = math.prod(options.image_shape)
        return mlp_generator(LATENT, options.image_shape), mlp_discriminator(pixels)
    generator = dcgan.generator(options, width, 4, "transposed")
    return generator, dcgan.discriminator(options, width, 4)


def build(options: Options) -> alternating.Alternating:
    """The WGAN of the options, without the 100 critic updates now and then."""
    defaults = {"architecture": "dcgan", "width": 64, "longStart": 0, "longInterval": 0}
    settings = options.settings_over(defaults)
    if settings["longStart"] or settings["longInterval"]:
        raise ValueError("only the periodic part of the schedule is timed")
    architecture = common.choice(settings["architecture"], ("mlp", "dcgan"))
    generator, critic = networks(options, architecture, settings["width"])
    game = alternating.Game(
        generator=generator,
        discriminator=critic,
        latent=LATENT,
        optimizer=lambda network: torch.optim.RMSprop(network.parameters(), lr=RATE),
        loss=distance,
        one_pass=False,
        clip=CLIP,
    )
    return alternating.trainer(game, options)
