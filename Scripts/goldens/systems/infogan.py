"""InfoGAN (Chen et al. 2016) with the networks and the order of the authors' code for MNIST."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..modules import Draws, SignedSigmoid
from ..store import Case
from ..trainer import Networks, Trainer
from .common import BATCH, LATENT, Batch, Shape, evaluate, images, system_case

SHAPE: Shape = (1, 16, 16)
CATEGORIES, CODES = 4, 2
NOISE = LATENT - CATEGORIES - CODES
LEAK = 0.1
ORDER = (
    "Latent draws, in this order: noise U(-1, 1), category, codes U(-1, 1); G's input is [noise, one-hot category, codes]. "
    "Each minibatch: draw; fake = G(latent); D on real, then on fake, in two passes; recognition on the fake's trunk "
    "features; update discriminator and recognition jointly on the cross-entropy of D minus the information; fresh draws; "
    "update G alone (recognition belongs to D's variables) on -mean log D(G) minus the information under the networks as "
    "updated. info/categorical and info/continuous are the two parts of the bound, in nats, on the fakes of D's pass."
)


class InfoDiscriminator(nn.Module):
    """D's trunk, which the recognition network shares, and its head.

    `trunk`: 0 Conv2d 4x4 s2 p1, 1 LeakyReLU, 2 Conv2d 4x4 s2 p1 without bias, 3 BatchNorm2d, 4 LeakyReLU, 5 Flatten, 6
    Linear without bias, 7 BatchNorm1d, 8 LeakyReLU; `head`: Linear to one logit. The slope is the paper's 0.1 (appendix
    C); the authors' code has 0.01.
    """

    def __init__(self, width: int, features: int, shape: Shape) -> None:
        super().__init__()
        channels, size, _ = shape
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

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(features, width, bias=False), nn.BatchNorm1d(width), nn.LeakyReLU(LEAK))
        self.categorical = nn.Linear(width, CATEGORIES)
        self.continuous = nn.Linear(width, CODES)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(features)
        return self.categorical(h), self.continuous(h)


def info_generator(features: int, width: int, shape: Shape) -> nn.Sequential:
    """The generator; its sigmoid is carried to [-1, 1].

    Sequential: 0 Linear, 1 BatchNorm1d, 2 ReLU, 3 Linear, 4 BatchNorm1d, 5 ReLU, 6 Unflatten, 7 ConvTranspose2d 4x4 s2
    p1, 8 BatchNorm2d, 9 ReLU, 10 ConvTranspose2d 4x4 s2 p1 with bias, 11 2 sigmoid - 1. Layers before a batch norm have no
    bias.
    """
    channels, size, _ = shape
    base = size // 4
    units = 2 * width * base * base
    return nn.Sequential(
        nn.Linear(LATENT, features, bias=False),
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


def latent(draws: Draws, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draws and returns G's input [N, latent], the categories [N] and the codes [N, 2]."""
    noise = draws.uniform(count, NOISE, low=-1, high=1)
    category = draws.integers(count, high=CATEGORIES)
    codes = draws.uniform(count, CODES, low=-1, high=1)
    return torch.cat([noise, F.one_hot(category, CATEGORIES).float(), codes], 1), category, codes


def categorical_information(logits: Tensor, category: Tensor) -> Tensor:
    """H(c) + E log Q(c | x) of a uniform category (equation 4): log K minus the cross-entropy."""
    return math.log(CATEGORIES) - F.cross_entropy(logits, category)


def continuous_information(means: Tensor, codes: Tensor) -> Tensor:
    """H(c) + E log N(c; mean, 1), summed over the codes, whose entropy under U(-1, 1) is log 2 each."""
    density = -0.5 * (codes - means).square() - 0.5 * math.log(2 * math.pi)
    return (math.log(2) + density).sum(1).mean()


def step(trainer: Trainer, batch: Batch) -> None:
    """One update of D with Q, and one of G."""

    def information(features: Tensor, category: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        logits, means = trainer["recognition"](features)
        return categorical_information(logits, category), continuous_information(means, codes)

    z, *codes = latent(trainer.draws, BATCH)
    with torch.no_grad():
        fake = trainer["generator"](z)
    real_values, _ = trainer["discriminator"](batch["images"])
    fake_values, features = trainer["discriminator"](fake)
    categorical, continuous = information(features, *codes)
    trainer.keep_loss("info/categorical", categorical)
    trainer.keep_loss("info/continuous", continuous)
    loss = discriminator_cross_entropy(real_values, fake_values) - categorical - continuous
    trainer.keep_loss("D", loss)
    trainer.update(loss, "discriminator", "recognition")

    z, *codes = latent(trainer.draws, BATCH)
    fake_values, features = trainer["discriminator"](trainer["generator"](z))
    loss = generator_nonsaturating(fake_values) - sum(information(features, *codes))
    trainer.keep_loss("G", loss)
    trainer.update(loss, "generator")


def _make(_: Draws) -> Networks:
    return {
        "generator": info_generator(16, 4, SHAPE),
        "discriminator": InfoDiscriminator(4, 16, SHAPE),
        "recognition": Recognition(16, 12),
    }


def cases() -> list[Case]:
    """Returns the one case."""
    config = dict(
        batch=BATCH,
        latent=LATENT,
        noise="uniform(-1, 1)",
        noise_size=NOISE,
        categories=CATEGORIES,
        codes=CODES,
        image=SHAPE,
        width=4,
        features=16,
        recognition_width=12,
        leak=LEAK,
        information_weight=1,
    )
    return [
        system_case(
            "infogan",
            f"InfoGAN with the authors' MNIST networks. {ORDER}",
            config,
            _make,
            lambda: {"images": images(BATCH, SHAPE)},
            step,
            lambda trainer: evaluate(trainer, latent(Draws(), 4)[0]),
        )
    ]
