"""DiscoGAN (Kim et al. 2017), by the authors' code."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..layers import SignedSigmoid
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..settings import Settings
from ..system import Rule, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer
from ..translating import DISCRIMINATORS, TRANSLATORS, TranslatingSystem

Judgement = tuple[Tensor, list[Tensor]]
"""Logits, and the features in front of them."""
TINY = "generatorWidth=4 discriminatorWidth=4"


class UnitRange(nn.Module):
    """Images from [-1, 1] to [0, 1], in which the authors have them."""

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x + 0.5


def halving(inputs: int, outputs: int, norm: bool = True) -> list[nn.Module]:
    """A strided convolution, batch norm and a leaky rectifier."""
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)]
    return layers + [nn.BatchNorm2d(outputs)] * norm + [nn.LeakyReLU(0.2)]


def doubling(inputs: int, outputs: int) -> list[nn.Module]:
    """A transposed convolution, batch norm and a rectifier."""
    return [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def translator(width: int, shape: Shape) -> nn.Sequential:
    """Halvings to maps of 4x4, four of them for 64x64, and as many doublings, without biases and without skips."""
    widths = [width << i for i in range(shape.doublings)]
    layers = [UnitRange(), *halving(shape.channels, width, norm=False)]
    for inputs, outputs in zip(widths, widths[1:]):
        layers += halving(inputs, outputs)
    for inputs, outputs in zip(widths[:0:-1], widths[-2::-1]):
        layers += doubling(inputs, outputs)
    return nn.Sequential(*layers, nn.ConvTranspose2d(width, shape.channels, 4, 2, 1, bias=False), SignedSigmoid())


class Discriminator(nn.Module):
    """Halvings to maps of 4x4 (`first`, `levels.<i>`), and one value of all of them (`last`)."""

    def __init__(self, width: int, shape: Shape) -> None:
        super().__init__()
        widths = [width << i for i in range(shape.doublings)]
        self.first = nn.Sequential(UnitRange(), *halving(shape.channels, width, norm=False))
        self.levels = nn.ModuleList(nn.Sequential(*halving(*pair)) for pair in zip(widths, widths[1:]))
        self.last = nn.Conv2d(widths[-1], 1, 4, bias=False)

    def forward(self, x: Tensor) -> Judgement:
        features = [self.first(x)]
        for level in self.levels:
            features.append(level(features[-1]))
        return self.last(features[-1]), features[1:]


def mismatch(real: list[Tensor], fake: list[Tensor]) -> Tensor:
    """The squared differences of features that are averaged over the batch, one mean for each level."""
    return torch.stack([(r.mean(0) - f.mean(0)).square().mean() for r, f in zip(real, fake)]).sum()


class DiscoGAN(TranslatingSystem):
    """Two autoencoders without skips; images there and back are compared, and features of fakes and real images."""

    name = "discogan"
    defaults = {
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "startingRate": 0.01,
        "reconstructionRate": 0.5,
        "curriculumSteps": 10_000,
        "featureWeight": 0.9,
        "discriminatorInterval": 3,
        "learningRate": 2e-4,
        "beta1": 0.5,
        "weightDecay": 1e-5,
    }

    def networks(self, task: Task) -> Networks:
        """Two translators and two discriminators."""
        s, shape = task.settings, task.shape
        translators = {name: translator(s["generatorWidth"], shape) for name in TRANSLATORS}
        return translators | {name: Discriminator(s["discriminatorWidth"], shape) for name in DISCRIMINATORS}

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Adam with weight decay."""
        rule = adam(settings["learningRate"], settings["beta1"], decay=settings["weightDecay"])
        return {TRANSLATORS: rule, DISCRIMINATORS: rule}

    def period(self, settings: Settings) -> int:
        """The turns of both players."""
        return settings["discriminatorInterval"]

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """The discriminators learn from the first of three minibatches, the translators from the other two."""
        s, (a, b) = trainer.settings, batch.values()
        if trainer.steps % s["discriminatorInterval"]:
            early = trainer.steps < s["curriculumSteps"]
            rate = s["startingRate" if early else "reconstructionRate"]
            trainer.minimize(TRANSLATORS, self.translator_loss, a, b, rate)
            return
        fake_b = trainer.constant_fakes(a, name="generator_ab")
        fake_a = trainer.constant_fakes(b, name="generator_ba")
        trainer.minimize(DISCRIMINATORS, self.discriminator_loss, a, b, fake_a, fake_b)

    def discriminator_loss(self, trainer: Trainer, a: Tensor, b: Tensor, fake_a: Tensor, fake_b: Tensor) -> Losses:
        """Half the cross-entropies of each."""
        (on_a, _), (on_fake_a, _) = trainer.outputs("discriminator_a", (a,), (fake_a,), generated=1)
        (on_b, _), (on_fake_b, _) = trainer.outputs("discriminator_b", (b,), (fake_b,), generated=1)
        loss = discriminator_cross_entropy(on_a, on_fake_a) + discriminator_cross_entropy(on_b, on_fake_b)
        return {"D": 0.5 * loss}

    def translator_loss(self, trainer: Trainer, a: Tensor, b: Tensor, rate: float) -> Losses:
        """(1 - r) (0.1 fooled + 0.9 features) + r reconstruction, in [0, 1], of both ways."""
        weight = trainer.settings["featureWeight"]
        fake_b, fake_a = trainer["generator_ab"](a), trainer["generator_ba"](b)
        (_, real_a), (on_a, features_a) = trainer.outputs("discriminator_a", (a,), (fake_a,), generated=1)
        (_, real_b), (on_b, features_b) = trainer.outputs("discriminator_b", (b,), (fake_b,), generated=1)
        back_a = trainer.on_generated("generator_ba", fake_b)
        back_b = trainer.on_generated("generator_ab", fake_a)
        fooled = generator_nonsaturating(on_a) + generator_nonsaturating(on_b)
        features = mismatch(real_a, features_a) + mismatch(real_b, features_b)
        cycle = (F.mse_loss(back_a, a) + F.mse_loss(back_b, b)) / 4
        loss = (1 - rate) * ((1 - weight) * fooled + weight * features) + rate * cycle
        return {"G": loss, "features": features, "cycle": cycle}

    goldens = (
        Golden(
            "discogan",
            "DiscoGAN after its curriculum; the discriminators learn from the first of three minibatches.",
            16,
            texts(f"{TINY} curriculumSteps=0"),
            channels=3,
            steps=3,
        ),
        Golden(
            "discogan-curriculum",
            "DiscoGAN whose curriculum ends between its two updates of the translators, at 32x32.",
            32,
            texts(f"{TINY} curriculumSteps=2"),
            channels=3,
            batch=4,
            steps=3,
        ),
    )
    benches = (
        Bench("discogan", "64x64", 64, 3, texts("generatorWidth=16 discriminatorWidth=16")),
    )


system = DiscoGAN()
