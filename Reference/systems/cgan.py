"""Conditional GAN (Mirza & Osindero 2014)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..adversarial import Adversarial
from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..layers import Dropout, Maxout
from ..networks import perceptrons
from ..networks.perceptrons import Image
from ..settings import Settings
from ..trainer import Networks, Task


class ConditionalGenerator(nn.Module):
    """A perceptron on the noise and an embedding of the label (after Mirza & Osindero 2014)."""

    def __init__(self, latent: int, classes: int, widths: Sequence[int], image: Image) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, classes)
        self.body = perceptrons.mlp_generator(latent + classes, widths, image)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([z, self.embedding(labels)], 1))


class ConditionalDiscriminator(nn.Module):
    """A perceptron on the image and an embedding of the label (after Mirza & Osindero 2014)."""

    def __init__(self, classes: int, widths: Sequence[int], image: Image) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, classes)
        self.body = nn.Sequential(*perceptrons.mlp_body(math.prod(image) + classes, widths))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([x.flatten(1), self.embedding(labels)], 1))


class ConditionalMaxoutGenerator(nn.Module):
    """The MNIST generator of Mirza & Osindero 2014, section 4.1, with its output in [-1, 1]."""

    def __init__(self, latent: int, classes: int, widths: Sequence[int], image: Image, draws: Draws) -> None:
        super().__init__()
        noise, label, joint = widths
        self.noise = nn.Linear(latent, noise)
        self.label = nn.Linear(classes, label)
        self.joint = nn.Linear(noise + label, joint)
        self.dropout = Dropout(0.5, draws)
        self.output = nn.Linear(joint, math.prod(image))
        self.classes, self.image = classes, image

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        y = F.one_hot(labels, self.classes).float()
        h = torch.cat([F.relu(self.noise(z)), F.relu(self.label(y))], 1)
        h = self.dropout(F.relu(self.joint(h)))
        return (2 * torch.sigmoid(self.output(h)) - 1).view(-1, *self.image)


class ConditionalMaxoutDiscriminator(nn.Module):
    """The MNIST discriminator of Mirza & Osindero 2014, section 4.1."""

    def __init__(self, classes: int, widths: Sequence[int], image: Image, draws: Draws) -> None:
        super().__init__()
        inner, label, joint = widths
        self.image = Maxout(math.prod(image), inner, 5)
        self.label = Maxout(classes, label, 5)
        self.joint = Maxout(inner + label, joint, 4)
        self.output = nn.Linear(joint, 1)
        self.dropout = Dropout(0.5, draws)
        self.classes = classes

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        y = F.one_hot(labels, self.classes).float()
        h = self.dropout(torch.cat([self.image(x.flatten(1)), self.label(y)], 1))
        return self.output(self.dropout(self.joint(h))).flatten()


class CGAN(Adversarial):
    """The usual perceptrons beside an embedding of the label, or the paper's maxout networks."""

    name = "cgan"
    parts = ("images", "labels")
    defaults = {"architecture": "mlp", "latentSize": 100, **perceptrons.WIDTHS, "learningRate": 2e-4, "beta1": 0.5}
    choices = {
        "architecture": {
            "mlp": {},
            "maxout": {
                "generatorWidths": [200, 1000, 1200],
                "discriminatorWidths": [240, 50, 240],
                "learningRate": 0.1,
            },
        }
    }
    one_pass = True

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, image, classes = task.settings, task.shape.image, task.shape.classes
        latent, up, down = s["latentSize"], s["generatorWidths"], s["discriminatorWidths"]
        if s["architecture"] == "maxout":
            return {
                "generator": ConditionalMaxoutGenerator(latent, classes, up, image, task.draws),
                "discriminator": ConditionalMaxoutDiscriminator(classes, down, image, task.draws),
            }
        return {
            "generator": ConditionalGenerator(latent, classes, up, image),
            "discriminator": ConditionalDiscriminator(classes, down, image),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ N(0, 1), or U(0, 1) for the maxout networks."""
        if settings["architecture"] == "maxout":
            return draws.uniform(count, settings["latentSize"], low=0, high=1)
        return super().noise(settings, draws, count)

    def conditional(self, settings: Settings) -> bool:
        """Always."""
        return True

    goldens = (
        Golden(
            "cgan",
            "Conditional GAN (Mirza & Osindero 2014) with perceptrons on noise or image and a label embedding.",
            8,
            texts("latentSize=16 generatorWidths=16,32 discriminatorWidths=32,16"),
            cancelled=("generator.body.2.bias",),
            seed="recipes/cgan",
        ),
        Golden(
            "cgan-maxout",
            "Conditional GAN with the networks of Mirza & Osindero 2014; widths are noise or image, label, joint.",
            8,
            texts(
                "architecture=maxout latentSize=16 generatorWidths=12,10,24 discriminatorWidths=12,4,10"
            ),
            seed="systems/cgan-maxout-0",
        ),
    )
    benches = (Bench("cgan", "mlp", 28, 1, texts("architecture=mlp")),)


system = CGAN()
