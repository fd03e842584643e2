"""Spectral normalisation (Miyato et al. 2018) with the projection discriminator (Miyato & Koyama 2018)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..critic import CriticSystem
from ..layers import spectrally_normalised
from ..losses import discriminator_hinge, generator_mean
from ..networks.residual import ResidualGenerator, ResidualTrunk
from ..settings import Settings
from ..system import random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=16 criticSteps=1"


def standard_generator(latent: int, width: int, shape: Shape) -> nn.Sequential:
    """The standard CNN's generator (table 3a): widths 8w-4w-2w-w for w = `width`, from size/8 to size.

    As in the table, neither batch norm nor ReLU follows the dense layer.
    """
    base, c = shape.height // 8, 8 * width
    layers: list[nn.Module] = [nn.Linear(latent, c * base * base), nn.Unflatten(1, (c, base, base))]
    for _ in range(3):
        layers += [nn.ConvTranspose2d(c, c // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(c // 2), nn.ReLU()]
        c //= 2
    return nn.Sequential(*layers, nn.Conv2d(c, shape.channels, 3, padding=1), nn.Tanh())


def standard_discriminator(width: int, shape: Shape) -> nn.Module:
    """The standard CNN's discriminator (table 3b): widths w, w, 2w, 2w, 4w, 4w, 8w for w = `width`.

    3x3 s1 p1 and 4x4 s2 p1 in turn, each followed by LeakyReLU 0.1, and one linear layer.
    """
    layers: list[nn.Module] = []
    inputs = shape.channels
    for i, outputs in enumerate([width, width, 2 * width, 2 * width, 4 * width, 4 * width, 8 * width]):
        kernel, stride = (3, 1) if i % 2 == 0 else (4, 2)
        layers += [nn.Conv2d(inputs, outputs, kernel, stride, 1), nn.LeakyReLU(0.1)]
        inputs = outputs
    head = [nn.Flatten(), nn.Linear(inputs * (shape.height // 8) ** 2, 1), nn.Flatten(0)]
    return spectrally_normalised(nn.Sequential(*layers, *head))


class ResidualDiscriminator(ResidualTrunk):
    """The CIFAR-10 ResNet discriminator (table 4b), D(x) = w h, or with a projection of the label, w h + e_y h.

    h is the sum over positions of the rectified last features. `output` has no bias, as in the authors' code.
    """

    def __init__(self, width: int, shape: Shape, classes: int) -> None:
        super().__init__(width, shape)
        self.output = nn.Linear(width, 1, bias=False)
        if classes:
            self.embedding = nn.Embedding(classes, width)
        spectrally_normalised(self)

    def forward(self, x: Tensor, *labels: Tensor) -> Tensor:
        h = self.features(x).sum((2, 3))
        value = self.output(h).flatten()
        return value + sum((self.embedding(y) * h).sum(1) for y in labels) if labels else value


class SNGAN(CriticSystem):
    """The standard CNN, or the residual networks with or without classes; hinge loss."""

    name = "sn-gan"
    defaults = {
        "architecture": "cnn",
        "conditional": False,
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "latentSize": 128,
        "criticSteps": 5,
        "learningRate": 2e-4,
        "beta1": 0.0,
        "beta2": 0.9,
    }
    choices = {"architecture": {"cnn": {}, "resnet": {"generatorWidth": 256, "discriminatorWidth": 128}}}

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        if s["architecture"] == "cnn":
            return {
                "generator": standard_generator(s["latentSize"], s["generatorWidth"], shape),
                "discriminator": standard_discriminator(s["discriminatorWidth"], shape),
            }
        classes = shape.classes if s["conditional"] else 0
        return {
            "generator": ResidualGenerator(s["latentSize"], s["generatorWidth"], shape, classes),
            "discriminator": ResidualDiscriminator(s["discriminatorWidth"], shape, classes),
        }

    def batch(self, task: Task) -> Batch:
        """Images, and labels where the networks are conditional."""
        return random_batch(task, ("images", "labels") if self.conditional(task.settings) else self.parts)

    def conditional(self, settings: Settings) -> bool:
        """Whether the residual networks are told the class."""
        return settings["conditional"]

    def critic_step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of the discriminator; the labels of the fakes are uniform."""
        z, *labels = self.generator_inputs(trainer)
        fake = trainer.constant_fakes(z, *labels)
        joint = [torch.cat([batch["labels"], *labels])] if labels else []
        trainer.minimize("discriminator", self.critic_loss, batch["images"], fake, *joint)

    def critic_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, *labels: Tensor) -> Losses:
        """The hinge loss of one pass over real and fake: every pass is a power iteration."""
        values = trainer["discriminator"](torch.cat([real, fake]), *labels)
        return {"D": discriminator_hinge(*values.chunk(2))}

    def generator_loss(self, trainer: Trainer, z: Tensor, *labels: Tensor) -> Losses:
        """-E D(G(z)); as in the authors' code this pass is a power iteration, too."""
        return {"G": generator_mean(trainer["discriminator"](trainer["generator"](z, *labels), *labels))}

    def generator_inputs(self, trainer: Trainer) -> tuple[Tensor, ...]:
        """Noise and, where the networks are conditional, uniform labels."""
        z = trainer.noise()
        if not trainer.settings["conditional"]:
            return (z,)
        return z, trainer.draws.integers(trainer.count, high=trainer.task.shape.classes)

    goldens = (
        Golden(
            "sn-gan-cnn",
            "SN-GAN with the standard CNN, hinge loss.",
            16,
            texts(f"architecture=cnn {TINY} generatorWidth=4 discriminatorWidth=4"),
            channels=3,
            without_gradient=("discriminator.15.bias",),
        ),
        Golden(
            "sn-gan-unconditional",
            "SN-GAN with the CIFAR-10 ResNet, hinge loss.",
            8,
            texts(f"architecture=resnet {TINY} generatorWidth=8 discriminatorWidth=8"),
            channels=3,
            cancelled=tuple(f"generator.blocks.0.{layer}.bias" for layer in ("conv1", "conv2", "shortcut")),
            seed="systems/sn-gan-unconditional-0",
        ),
        Golden(
            "sn-gan-resnet",
            "SN-GAN with the conditional CIFAR-10 ResNet and a projection discriminator, hinge loss.",
            8,
            texts(f"architecture=resnet conditional=true {TINY} generatorWidth=8 discriminatorWidth=8"),
            channels=3,
            cancelled=tuple(f"generator.blocks.0.{layer}.bias" for layer in ("conv1", "conv2", "shortcut")),
        ),
    )
    benches = (
        Bench("sn-gan-cnn", "cnn", 32, 1, texts("architecture=cnn generatorWidth=32 discriminatorWidth=32")),
        Bench("sn-gan-resnet", "resnet", 32, 3, texts("architecture=resnet generatorWidth=32 discriminatorWidth=32")),
    )


system = SNGAN()
