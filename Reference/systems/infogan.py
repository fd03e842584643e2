"""InfoGAN (Chen et al. 2016) with the networks and the order of the authors' code for MNIST."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..draws import Draws
from ..layers import SignedSigmoid
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..settings import Settings
from ..system import Rule, System, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer

LEAK = 0.1


class InfoDiscriminator(nn.Module):
    """D's trunk, which the recognition network shares, and its head.

    `trunk`: 0 Conv2d 4x4 s2 p1, 1 LeakyReLU, 2 Conv2d 4x4 s2 p1 without bias, 3 BatchNorm2d, 4 LeakyReLU, 5 Flatten, 6
    Linear without bias, 7 BatchNorm1d, 8 LeakyReLU; `head`: Linear to one logit. The slope is the paper's 0.1 (appendix
    C); the authors' code has 0.01.
    """

    def __init__(self, width: int, features: int, shape: Shape) -> None:
        super().__init__()
        channels, size, _ = shape.image
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(LEAK),
            nn.Flatten(),
            nn.Linear(2 * width * (size // 4) ** 2, features, bias=False),
            nn.BatchNorm1d(features),
            nn.LeakyReLU(LEAK),
        )
        self.head = nn.Linear(features, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the logits [N] and the trunk's features."""
        features = self.trunk(x)
        return self.head(features).flatten(), features


class Recognition(nn.Module):
    """Q(c | x) on the trunk's features: the category's logits and the codes' means, whose deviation is fixed at 1.

    `body`: 0 Linear without bias, 1 BatchNorm1d, 2 LeakyReLU; `categorical`, `continuous`: Linear.
    """

    def __init__(self, features: int, width: int, categories: int, codes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(features, width, bias=False), nn.BatchNorm1d(width), nn.LeakyReLU(LEAK))
        self.categorical = nn.Linear(width, categories)
        self.continuous = nn.Linear(width, codes)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(features)
        return self.categorical(h), self.continuous(h)


def info_generator(latent: int, features: int, width: int, shape: Shape) -> nn.Sequential:
    """The generator; its sigmoid is carried to [-1, 1].

    Sequential: 0 Linear, 1 BatchNorm1d, 2 ReLU, 3 Linear, 4 BatchNorm1d, 5 ReLU, 6 Unflatten, 7 ConvTranspose2d 4x4 s2
    p1, 8 BatchNorm2d, 9 ReLU, 10 ConvTranspose2d 4x4 s2 p1 with bias, 11 2 sigmoid - 1. Layers before a batch norm have no
    bias.
    """
    channels, size, _ = shape.image
    base = size // 4
    units = 2 * width * base * base
    return nn.Sequential(
        nn.Linear(latent, features, bias=False),
        nn.BatchNorm1d(features),
        nn.ReLU(),
        nn.Linear(features, units, bias=False),
        nn.BatchNorm1d(units),
        nn.ReLU(),
        nn.Unflatten(1, (2 * width, base, base)),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, channels, 4, 2, 1),
        SignedSigmoid(),
    )


def categorical_information(logits: Tensor, category: Tensor) -> Tensor:
    """H(c) + E log Q(c | x) of a uniform category (equation 4): log K minus the cross-entropy."""
    return math.log(logits.shape[1]) - F.cross_entropy(logits, category)


def continuous_information(means: Tensor, codes: Tensor) -> Tensor:
    """H(c) + E log N(c; mean, 1), summed over the codes, whose entropy under U(-1, 1) is log 2 each."""
    density = -0.5 * (codes - means).square() - 0.5 * math.log(2 * math.pi)
    return (math.log(2) + density).sum(1).mean()


def latent(settings: Settings, draws: Draws, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draws noise, category and codes; returns G's input, which is all of them, the categories and the codes."""
    noise = draws.uniform(count, settings["noiseSize"], low=-1, high=1)
    category = draws.integers(count, high=settings["categorical"])
    codes = draws.uniform(count, settings["continuous"], low=-1, high=1)
    return torch.cat([noise, F.one_hot(category, settings["categorical"]).float(), codes], 1), category, codes


class InfoGAN(System):
    """One categorical code; both information terms have the weight 1.

    The running statistics of D's trunk are of real images, those of Q, which sees no others, of generated ones.
    """

    name = "infogan"
    defaults = {
        "categorical": 10,
        "continuous": 2,
        "noiseSize": 62,
        "width": 64,
        "features": 1024,
        "recognitionWidth": 128,
        "generatorRate": 1e-3,
        "discriminatorRate": 2e-4,
        "beta1": 0.5,
    }

    def networks(self, task: Task) -> Networks:
        """The generator, the discriminator, and the recognition network on its trunk."""
        s, (width, features) = task.settings, (task.settings["width"], task.settings["features"])
        inputs = s["noiseSize"] + s["categorical"] + s["continuous"]
        return {
            "generator": info_generator(inputs, features, width, task.shape),
            "discriminator": InfoDiscriminator(width, features, task.shape),
            "recognition": Recognition(features, s["recognitionWidth"], s["categorical"], s["continuous"]),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """The recognition network belongs to D's variables."""
        return {
            ("discriminator", "recognition"): adam(settings["discriminatorRate"], settings["beta1"]),
            ("generator",): adam(settings["generatorRate"], settings["beta1"]),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """Noise, one-hot category and codes."""
        return latent(settings, draws, count)[0]

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D with Q, and one of G on fresh draws."""
        z, *codes = latent(trainer.settings, trainer.draws, trainer.count)
        fake = trainer.constant_fakes(z)
        trainer.minimize(("discriminator", "recognition"), self.discriminator_loss, batch["images"], fake, *codes)
        trainer.minimize("generator", self.generator_loss, *latent(trainer.settings, trainer.draws, trainer.count))

    def discriminator_loss(
        self, trainer: Trainer, real: Tensor, fake: Tensor, category: Tensor, codes: Tensor
    ) -> Losses:
        """The cross-entropy of D minus the information, whose parts are in nats."""
        real_values, _ = trainer["discriminator"](real)
        fake_values, features = trainer.on_generated("discriminator", fake)
        categorical, continuous = self.information(trainer, features, category, codes)
        loss = discriminator_cross_entropy(real_values, fake_values) - categorical - continuous
        return {"D": loss, "info/categorical": categorical, "info/continuous": continuous}

    def generator_loss(self, trainer: Trainer, z: Tensor, category: Tensor, codes: Tensor) -> Losses:
        """-E log D(G(z)) minus the information."""
        values, features = trainer.on_generated("discriminator", trainer["generator"](z))
        return {"G": generator_nonsaturating(values) - sum(self.information(trainer, features, category, codes))}

    def information(
        self, trainer: Trainer, features: Tensor, category: Tensor, codes: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The two parts of the bound."""
        logits, means = trainer["recognition"](features)
        return categorical_information(logits, category), continuous_information(means, codes)

    goldens = (
        Golden(
            "infogan",
            "InfoGAN with the authors' MNIST networks; the slope 0.1 is the paper's.",
            16,
            texts("categorical=4 continuous=2 noiseSize=10 width=4 features=16 recognitionWidth=12"),
            seed="systems/infogan-40",
        ),
    )
    benches = (Bench("infogan", "dcgan", 28, 1, texts("width=64 features=1024")),)


system = InfoGAN()
