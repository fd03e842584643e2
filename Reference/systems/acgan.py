"""Auxiliary classifier GAN (Odena et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..draws import Draws
from ..layers import Dropout, GaussianNoise
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..settings import Settings
from ..system import System
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=12 generatorWidths=16,8,4 discriminatorWidth=2"


class ClassGenerator(nn.Module):
    """The generators of tables 1 and 2: `body` on the noise and the one-hot class, side by side.

    Linear and ReLU to maps of the first width, whose side is the image's divided by 2 for every width; transposed 5x5
    convolutions of stride 2 with batch norm and ReLU to the other widths; one more to the image, Tanh.
    """

    def __init__(self, latent: int, widths: Sequence[int], shape: Shape) -> None:
        super().__init__()
        self.classes = shape.classes
        rows, columns = shape.height >> len(widths), shape.width >> len(widths)
        layers: list[nn.Module] = [
            nn.Linear(latent + shape.classes, widths[0] * rows * columns),
            nn.ReLU(),
            nn.Unflatten(1, (widths[0], rows, columns)),
        ]
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [self.doubling(inputs, outputs, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.body = nn.Sequential(*layers, self.doubling(widths[-1], shape.channels, bias=True), nn.Tanh())

    @staticmethod
    def doubling(inputs: int, outputs: int, bias: bool) -> nn.Module:
        """A transposed 5x5 convolution that doubles the size."""
        return nn.ConvTranspose2d(inputs, outputs, 5, 2, 2, output_padding=1, bias=bias)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([z, F.one_hot(labels, self.classes).float()], 1))


def halved(side: int) -> int:
    """The side of a map behind a 3x3 convolution of stride 2 with padding 1."""
    return (side + 1) // 2


def classifying_discriminator(width: int, shape: Shape, dropout: float, noise: float, draws: Draws) -> nn.Sequential:
    """The discriminator of both tables at any width: 3x3 convolutions of strides 2 and 1 in turn, widths doubling.

    All but the first have batch norm; LeakyReLU 0.2, activation noise and dropout follow each. The linear layer's first
    output is the logit of "real", the others are the classes' ("Linear 11" of the tables).
    """
    layers: list[nn.Module] = []
    inputs, outputs = shape.channels, width
    for i in range(6):
        layers.append(nn.Conv2d(inputs, outputs, 3, 2 - i % 2, 1, bias=i == 0))
        if i > 0:
            layers.append(nn.BatchNorm2d(outputs))
        layers += [nn.LeakyReLU(0.2), GaussianNoise(noise, draws), Dropout(dropout, draws)]
        inputs, outputs = outputs, 2 * outputs
    rows, columns = shape.height, shape.width
    for _ in range(3):
        rows, columns = halved(rows), halved(columns)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * rows * columns, 1 + shape.classes))


class ACGAN(System):
    """D tells real from generated and the class of both; G is to be taken for real and for the class asked for."""

    name = "acgan"
    parts = ("images", "labels")
    defaults = {
        "latentSize": 100,
        "generatorWidths": [384, 192, 96],
        "discriminatorWidth": 16,
        "dropout": 0.5,
        "activationNoise": 0.0,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        return {
            "generator": ClassGenerator(s["latentSize"], s["generatorWidths"], shape),
            "discriminator": classifying_discriminator(
                s["discriminatorWidth"], shape, s["dropout"], s["activationNoise"], task.draws
            ),
        }

    def conditional(self, settings: Settings) -> bool:
        """Always."""
        return True

    def sample(self, trainer: Trainer) -> Batch:
        """Four images and the logits of their classes, by running statistics."""
        drawn = super().sample(trainer)
        return drawn | {"logits": trainer["discriminator"].eval()(drawn["output"])[:, 1:]}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D, one of G on fresh noise; the classes asked for are those of the real images."""
        labels = batch["labels"]
        fake = trainer.constant_fakes(trainer.noise(), labels)
        trainer.minimize("discriminator", self.discriminator_loss, batch["images"], fake, labels)
        trainer.minimize("generator", self.generator_loss, trainer.noise(), labels)

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, labels: Tensor) -> Losses:
        """-(L_S + L_C): cross-entropies of source and class, of real and of generated images (equations 2 and 3)."""
        on_real, on_fake = trainer.outputs("discriminator", (real,), (fake,), generated=1)
        source = discriminator_cross_entropy(on_real[:, 0], on_fake[:, 0])
        classes = F.cross_entropy(on_real[:, 1:], labels) + F.cross_entropy(on_fake[:, 1:], labels)
        return {"D": source + classes, "class": classes}

    def generator_loss(self, trainer: Trainer, z: Tensor, labels: Tensor) -> Losses:
        """-E log P(real) - L_C of generated images."""
        outputs = trainer.on_generated("discriminator", trainer["generator"](z, labels))
        return {"G": generator_nonsaturating(outputs[:, 0]) + F.cross_entropy(outputs[:, 1:], labels)}

    goldens = (
        Golden(
            "acgan",
            "AC-GAN (Odena et al. 2016) with the networks of table 2, narrow.",
            16,
            texts(TINY),
            channels=3,
            seed="systems/acgan-0",
        ),
        Golden(
            "acgan-noise",
            "AC-GAN with activation noise and two doublings, on sides that are not a power of two.",
            12,
            texts("latentSize=12 generatorWidths=8,4 discriminatorWidth=2 activationNoise=0.1 dropout=0.25"),
            seed="systems/acgan-noise-0",
        ),
    )
    benches = (
        Bench(
            "acgan",
            "table-2",
            32,
            3,
            texts("generatorWidths=192,96,48 discriminatorWidth=16"),
        ),
    )


system = ACGAN()
