"""InfoGAN: codes beside the noise that a network on the discriminator's trunk reads off images."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import players
from adversarial import bce
from common import Options
from layers import SignedSigmoid
from players import Tensors

LEAK = 0.1
CATEGORIES, CODES, NOISE, RECOGNITION = 10, 2, 62, 128


def generator(options: Options, width: int, features: int) -> nn.Sequential:
    """Two linear layers and two doublings."""
    base = options.size // 4
    units = 2 * width * base * base
    return nn.Sequential(
        nn.Linear(NOISE + CATEGORIES + CODES, features, bias=False),
        nn.BatchNorm1d(features),
        nn.ReLU(),
        nn.Linear(features, units, bias=False),
        nn.BatchNorm1d(units),
        nn.ReLU(),
        nn.Unflatten(1, (2 * width, base, base)),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, options.channels, 4, 2, 1),
        SignedSigmoid(),
    )


class Discriminator(nn.Module):
    """Logits and the trunk's features."""

    def __init__(self, options: Options, width: int, features: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(options.channels, width, 4, 2, 1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(LEAK),
            nn.Flatten(),
            nn.Linear(2 * width * (options.size // 4) ** 2, features, bias=False),
            nn.BatchNorm1d(features),
            nn.LeakyReLU(LEAK),
        )
        self.head = nn.Linear(features, 1)

    def forward(self, images: Tensor) -> Tensors:
        """`[N, C, H, W]` to `[N, 1]` and `[N, features]`."""
        features = self.trunk(images)
        return self.head(features), features


class Recognition(nn.Module):
    """Logits of the category and means of the codes."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, RECOGNITION, bias=False),
            nn.BatchNorm1d(RECOGNITION),
            nn.LeakyReLU(LEAK),
        )
        self.category = nn.Linear(RECOGNITION, CATEGORIES)
        self.codes = nn.Linear(RECOGNITION, CODES)

    def forward(self, features: Tensor) -> Tensors:
        """`[N, features]` to `[N, CATEGORIES]` and `[N, CODES]`."""
        hidden = self.body(features)
        return self.category(hidden), self.codes(hidden)


class InfoGAN(players.System):
    """The losses without the constants of the information's bound."""

    critic_rate, generator_rate = 2e-4, 1e-3

    def draw(self) -> Tensors:
        """Noise, category and codes."""
        count = self.options.batch_size
        noise, codes = torch.rand(count, NOISE) * 2 - 1, torch.rand(count, CODES) * 2 - 1
        return noise, torch.randint(CATEGORIES, (count,)), codes

    def generate(self, batch: Tensors, drawn: Tensors) -> Tensor:
        """Images of noise, one-hot category and codes."""
        noise, category, codes = drawn
        one_hot = F.one_hot(category, CATEGORIES).float()
        return self.generator(torch.cat([noise, one_hot, codes], 1))

    def surprise(self, features: Tensor, drawn: Tensors) -> Tensor:
        """How badly the codes are recognised."""
        _, category, codes = drawn
        logits, means = self.critics[1](features)
        distance = 0.5 * (codes - means).square().sum(1).mean()
        return F.cross_entropy(logits, category) + distance

    def critic_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """Discriminator and recognition network learn together."""
        real_logits, _ = self.critics[0](batch[0])
        fake_logits, features = self.critics[0](fake)
        return bce(real_logits, 1) + bce(fake_logits, 0) + self.surprise(features, drawn)

    def generator_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """Fakes are to pass for real, and their codes to be recognised."""
        logits, features = self.critics[0](fake)
        return bce(logits, 1) + self.surprise(features, drawn)


def build(options: Options) -> players.Players:
    """The InfoGAN of the options."""
    settings = options.settings_over({"width": 64, "features": 1024})
    width, features = settings["width"], settings["features"]
    critics = [Discriminator(options, width, features), Recognition(features)]
    return players.trainer(InfoGAN(options, generator(options, width, features), critics))
