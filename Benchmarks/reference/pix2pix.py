"""pix2pix: a U-Net against a discriminator of patches, and the absolute error."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import players
import translation
from adversarial import bce
from common import Options
from players import Tensors

ERROR = 100.0


class Pix2Pix(players.System):
    """The discriminator judges pairs of input and image."""

    draws_afresh = False

    def __init__(self, options: Options, generator: nn.Module, discriminator: nn.Module) -> None:
        super().__init__(options, generator, [discriminator])
        self.targets = self.image_batches()

    def batch(self) -> Tensors:
        """Inputs and targets."""
        return next(self.images), next(self.targets)

    def draw(self) -> Tensors:
        """Nothing: dropout is the noise."""
        return ()

    def generate(self, batch: Tensors, drawn: Tensors) -> Tensor:
        """The translated inputs."""
        return self.generator(batch[0])

    def judged(self, inputs: Tensor, images: Tensor) -> Tensor:
        """The discriminator's map of logits."""
        return self.critics[0](torch.cat([inputs, images], 1))

    def critic_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """Halved, so that the discriminator learns at half the pace."""
        inputs, targets = batch
        return 0.5 * (bce(self.judged(inputs, targets), 1) + bce(self.judged(inputs, fake), 0))

    def generator_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """Fakes are to pass for real, and to be near the targets."""
        inputs, targets = batch
        return bce(self.judged(inputs, fake), 1) + ERROR * F.l1_loss(fake, targets)


def build(options: Options) -> players.Players:
    """The pix2pix of the options."""
    defaults = {"generatorWidths": "64,128,256,512,512,512,512,512", "dropout": 0.5}
    settings = options.settings_over({**defaults, "discriminatorWidth": 64})
    levels = options.doublings + 2
    widths = [int(width) for width in settings["generatorWidths"].split(",")][:levels]
    norm = nn.BatchNorm2d
    generator = translation.unet(options.channels, widths, norm, settings["dropout"])
    width = settings["discriminatorWidth"]
    discriminator = translation.patch_discriminator(2 * options.channels, width, norm)
    return players.trainer(Pix2Pix(options, generator, discriminator))
