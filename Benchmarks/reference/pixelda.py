"""PixelDA: source images made to look like the target's, and a classifier that learns from both."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import common
import players
from adversarial import bce
from common import Options
from layers import GaussianNoise
from players import Tensors

CLASSES, NOISE = 10, 10
DOMAIN, TASK, STYLE, GENERATOR_TASK = 0.135603587834, 1.0, 0.0113173311334, 0.0100959947002


class Block(nn.Module):
    """Two convolutions around which the maps pass."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Same shape."""
        return maps + self.layers(maps)


class Generator(nn.Module):
    """The noise becomes one more channel; residual blocks keep the size."""

    def __init__(self, options: Options, width: int, blocks: int) -> None:
        super().__init__()
        pixels = options.size**2
        self.project = nn.Sequential(
            nn.Linear(NOISE, pixels, bias=False),
            nn.BatchNorm1d(pixels),
            nn.ReLU(),
            nn.Unflatten(1, (1, options.size, options.size)),
        )
        self.layers = nn.Sequential(
            nn.Conv2d(options.channels + 1, width, 3, padding=1),
            nn.ReLU(),
            *(Block(width) for _ in range(blocks)),
            nn.Conv2d(width, options.channels, 1),
            nn.Tanh(),
        )

    def forward(self, source: Tensor, noise: Tensor) -> Tensor:
        """Same shape as `source`."""
        return self.layers(torch.cat([source, self.project(noise)], 1))


def corruption() -> list[nn.Module]:
    """What follows every convolution of the discriminator."""
    return [nn.LeakyReLU(0.2), nn.Dropout(0.1), GaussianNoise(0.2)]


def discriminator(options: Options, width: int) -> nn.Sequential:
    """From the image down to 4x4 and one number; the width doubles with every halving."""
    layers = [nn.Conv2d(options.channels, width, 3, padding=1), *corruption()]
    for _ in range(options.doublings):
        layers += [nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False), nn.BatchNorm2d(2 * width)]
        layers += corruption()
        width *= 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * 16, 1))


def classifier(options: Options, first: int, second: int, hidden: int) -> nn.Sequential:
    """Two convolutions with max pooling, two hidden layers."""
    return nn.Sequential(
        nn.Conv2d(options.channels, first, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * (options.size // 4) ** 2, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, CLASSES),
    )


class PixelDA(players.System):
    """The critics are the discriminator and the classifier."""

    critic_rate, generator_rate = 1e-3, 1e-3
    decay, limit = 1e-5, 5.0

    def __init__(self, options: Options, generator: nn.Module, critics: list[nn.Module]) -> None:
        super().__init__(options, generator, critics)
        self.targets = self.image_batches()
        self.labels = common.label_batches(options, CLASSES)

    def batch(self) -> Tensors:
        """Source images, their labels, target images."""
        return next(self.images), next(self.labels), next(self.targets)

    def draw(self) -> Tensors:
        """Noise in [-1, 1)."""
        return (torch.rand(self.options.batch_size, NOISE) * 2 - 1,)

    def generate(self, batch: Tensors, drawn: Tensors) -> Tensor:
        """The source images as images of the target domain."""
        return self.generator(batch[0], drawn[0])

    def critic_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """Target against transferred images, and the labels of source and transferred ones."""
        source, labels, target = batch
        domain = bce(self.critics[0](target), 1) + bce(self.critics[0](fake), 0)
        return DOMAIN * domain + TASK * self.task(source, fake, labels)

    def task(self, source: Tensor, fake: Tensor, labels: Tensor) -> Tensor:
        """The classifier's loss on source and transferred images."""
        if self.options.tuned:
            logits = self.critics[1](torch.cat([source, fake]))
            return 2 * F.cross_entropy(logits, torch.cat([labels, labels]))
        source_loss = F.cross_entropy(self.critics[1](source), labels)
        return source_loss + F.cross_entropy(self.critics[1](fake), labels)

    def generator_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """Transferred images are to pass for the target's and to keep their class."""
        style = bce(self.critics[0](fake), 1)
        return STYLE * style + GENERATOR_TASK * F.cross_entropy(self.critics[1](fake), batch[1])


def build(options: Options) -> players.Players:
    """The PixelDA of the options."""
    defaults = {"generatorWidth": 64, "blocks": 6, "discriminatorWidth": 64}
    settings = options.settings_over({**defaults, "taskWidths": "32,48,100"})
    widths = map(int, settings["taskWidths"].split(","))
    generator = Generator(options, settings["generatorWidth"], settings["blocks"])
    critics = [
        discriminator(options, settings["discriminatorWidth"]),
        classifier(options, *widths),
    ]
    return players.trainer(PixelDA(options, generator, critics))
