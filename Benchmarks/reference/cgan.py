"""CGAN: the perceptrons of GAN with an embedded label beside the input."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

import adversarial
import common
from common import Options
from gan import LATENT, mlp_discriminator, mlp_generator

CLASSES = 10


class Conditional(nn.Module):
    """A network on its flattened input beside an embedding of the label."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.embedding = nn.Embedding(CLASSES, CLASSES)
        self.network = network

    def forward(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """The network's output for inputs of the given classes."""
        return self.network(torch.cat([inputs.flatten(1), self.embedding(labels)], dim=1))


def build(options: Options) -> adversarial.Adversarial:
    """The CGAN of the options."""
    settings = options.settings_over({"architecture": "mlp"})
    common.choice(settings["architecture"], ("mlp",))
    pixels = math.prod(options.image_shape)
    game = adversarial.Game(
        generator=Conditional(mlp_generator(LATENT + CLASSES, options.image_shape)),
        discriminator=Conditional(mlp_discriminator(pixels + CLASSES)),
        noise=lambda: torch.randn(options.batch_size, LATENT),
        classes=CLASSES,
    )
    return adversarial.trainer(game, options)
