"""UNIT (Liu et al. 2017): two variational autoencoders and GANs whose codes lie in one space."""

from __future__ import annotations

from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks.translation import ResidualBlock
from ..settings import Settings
from ..system import Rule, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer
from ..translating import DISCRIMINATORS, TranslatingSystem

TINY = "generatorWidth=4 blocks=1 discriminatorWidth=4 discriminatorLayers=2"
PLAYERS = "encoder", "generator"
"""What learns against the discriminators."""
SLOPE = 0.01
"""Of every LeakyReLU."""


class Encoders(nn.Module):
    """An encoder for each domain, `a` and `b`, whose last residual blocks, `shared`, are the same.

    `a` and `b`: 0 Conv2d 7x7, 2 and 4 Conv2d 3x3 s2, each with bias and followed by LeakyReLU, then residual blocks.
    """

    def __init__(self, settings: Settings, channels: int) -> None:
        super().__init__()
        self.a, self.b = (self.own(settings, channels) for _ in range(2))
        self.shared = blocks(settings["sharedBlocks"], settings)

    def own(self, settings: Settings, channels: int) -> nn.Sequential:
        """The layers of a domain."""
        width = settings["generatorWidth"]
        return nn.Sequential(
            nn.Conv2d(channels, width, 7, padding=3),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(width, 2 * width, 3, 2, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(2 * width, 4 * width, 3, 2, 1),
            nn.LeakyReLU(SLOPE),
            *blocks(settings["blocks"], settings),
        )

    def forward(self, x: Tensor, domain: str) -> Tensor:
        """Returns the means of the codes' distributions, whose variances are 1."""
        return self.shared((self.a if domain == "a" else self.b)(x))


class Generators(nn.Module):
    """A generator for each domain, `a` and `b`, whose first residual blocks, `shared`, are the same.

    `a` and `b`: residual blocks, then twice ConvTranspose2d 3x3 s2 and LeakyReLU, Conv2d 1x1 and Tanh.
    """

    def __init__(self, settings: Settings, channels: int) -> None:
        super().__init__()
        self.shared = blocks(settings["sharedBlocks"], settings)
        self.a, self.b = (self.own(settings, channels) for _ in range(2))

    def own(self, settings: Settings, channels: int) -> nn.Sequential:
        """The layers of a domain."""
        width = settings["generatorWidth"]
        return nn.Sequential(
            *blocks(settings["blocks"], settings),
            nn.ConvTranspose2d(4 * width, 2 * width, 3, 2, 1, output_padding=1),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose2d(2 * width, width, 3, 2, 1, output_padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(width, channels, 1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor, domain: str) -> Tensor:
        """Returns what codes are in a domain."""
        return (self.a if domain == "a" else self.b)(self.shared(z))


def blocks(count: int, settings: Settings) -> nn.Sequential:
    """Residual blocks at the width of the codes."""
    return nn.Sequential(*(ResidualBlock(4 * settings["generatorWidth"]) for _ in range(count)))


def halving_discriminator(channels: int, width: int, layers: int) -> nn.Sequential:
    """Strided 3x3 convolutions, each twice as wide, and a 1x1 one to a map of logits."""
    body: list[nn.Module] = []
    for _ in range(layers):
        body += [nn.Conv2d(channels, width, 3, 2, 1), nn.LeakyReLU(SLOPE)]
        channels, width = width, 2 * width
    return nn.Sequential(*body, nn.Conv2d(channels, 1, 1))


def divergence(mean: Tensor) -> Tensor:
    """KL(N(mu, 1) || N(0, 1)) of one number of a code, the mean over all."""
    return 0.5 * mean.square().mean()


class UNIT(TranslatingSystem):
    """Equations 2 to 5: autoencoders that also translate, there and back, against a discriminator for each domain."""

    name = "unit"
    defaults = {
        "blocks": 3,
        "sharedBlocks": 1,
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "discriminatorLayers": 6,
        "adversarialWeight": 10.0,
        "divergenceWeight": 0.1,
        "reconstructionWeight": 100.0,
        "cycleDivergenceWeight": 0.1,
        "cycleWeight": 100.0,
        "learningRate": 1e-4,
        "beta1": 0.5,
    }

    def networks(self, task: Task) -> Networks:
        """Encoders and generators with what they share, and two discriminators."""
        s, channels = task.settings, task.shape.channels
        networks: Networks = {"encoder": Encoders(s, channels), "generator": Generators(s, channels)}
        for name in DISCRIMINATORS:
            networks[name] = halving_discriminator(channels, s["discriminatorWidth"], s["discriminatorLayers"])
        return networks

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Adam with the same numbers for all."""
        rule = adam(settings["learningRate"], settings["beta1"])
        return {PLAYERS: rule, ("discriminator_a",): rule, ("discriminator_b",): rule}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of each discriminator, then one of encoders and generators by the same images."""
        a, b = batch["a"], batch["b"]
        shape = 4 * trainer.settings["generatorWidth"], a.shape[2] // 4, a.shape[3] // 4
        noises = [trainer.draws.normal(2 * trainer.count, *shape) for _ in range(2)]
        drawn = trainer.apply(self.drawn, a, b, *noises)
        for domain in self.parts:
            fake = drawn[f"fake_{domain}"].detach()
            trainer.minimize(f"discriminator_{domain}", self.discriminator_loss, domain, batch[domain], fake)
        trainer.minimize(PLAYERS, self.translator_loss, batch, drawn)

    def drawn(self, trainer: Trainer, a: Tensor, b: Tensor, noise: Tensor, back_noise: Tensor) -> dict[str, Tensor]:
        """Means of codes, reconstructions, translations, the means of the codes of these, and what comes back.

        Of the noises the first half belongs to images of a, real or translated ones.
        """
        encoder, generator = trainer["encoder"], trainer["generator"]
        mean_a, mean_b = encoder(a, "a"), encoder(b, "b")
        noise_a, noise_b = noise.chunk(2)
        fake_a, fake_b = generator(mean_b + noise_b, "a"), generator(mean_a + noise_a, "b")
        mean_fake_a, mean_fake_b = encoder(fake_a, "a"), encoder(fake_b, "b")
        noise_fake_a, noise_fake_b = back_noise.chunk(2)
        return {
            "mean_a": mean_a,
            "mean_b": mean_b,
            "same_a": generator(mean_a + noise_a, "a"),
            "same_b": generator(mean_b + noise_b, "b"),
            "fake_a": fake_a,
            "fake_b": fake_b,
            "mean_fake_a": mean_fake_a,
            "mean_fake_b": mean_fake_b,
            "back_a": generator(mean_fake_b + noise_fake_b, "a"),
            "back_b": generator(mean_fake_a + noise_fake_a, "b"),
        }

    def discriminator_loss(self, trainer: Trainer, domain: str, real: Tensor, fake: Tensor) -> Losses:
        """-lambda0 (E log D(x) + E log(1 - D(G(z)))) of translations alone (equation 4)."""
        values = trainer.outputs(f"discriminator_{domain}", (real,), (fake,))
        loss = trainer.settings["adversarialWeight"] * discriminator_cross_entropy(*values)
        return {f"D_{domain.upper()}": loss}

    def translator_loss(self, trainer: Trainer, batch: Batch, drawn: dict[str, Tensor]) -> Losses:
        """Equation 2 for both domains; the divergence of an image's code stands in L_VAE and in L_CC."""
        s, fakes = trainer.settings, {domain: drawn[f"fake_{domain}"] for domain in self.parts}
        fooled = sum(generator_nonsaturating(trainer[f"discriminator_{d}"](fake)) for d, fake in fakes.items())
        kl = sum(divergence(drawn[f"mean_{domain}"]) for domain in self.parts)
        cycle_kl = sum(divergence(drawn[f"mean_fake_{domain}"]) for domain in self.parts)
        same = sum(F.l1_loss(drawn[f"same_{domain}"], batch[domain]) for domain in self.parts)
        cycle = sum(F.l1_loss(drawn[f"back_{domain}"], batch[domain]) for domain in self.parts)
        vae = s["divergenceWeight"] * kl + s["reconstructionWeight"] * same
        cc = s["cycleDivergenceWeight"] * (kl + cycle_kl) + s["cycleWeight"] * cycle
        return {
            "G": s["adversarialWeight"] * fooled + vae + cc,
            "reconstruction": same,
            "cycle": cycle,
            "divergence": kl,
            "cycle-divergence": cycle_kl,
        }

    def sample(self, trainer: Trainer) -> Batch:
        """Translates the means of codes both ways, without noise."""
        a, b = self.batch(replace(trainer.task, batch=1)).values()
        encoder, generator = (trainer[name].eval() for name in PLAYERS)
        return {
            "input": a,
            "output": generator(encoder(a, "a"), "b"),
            "input_b": b,
            "output_a": generator(encoder(b, "b"), "a"),
        }

    goldens = (
        # Errors have weights of 100: longer steps would climb.
        Golden(
            "unit",
            "UNIT (Liu et al. 2017): shared codes, there and back.",
            16,
            texts(TINY),
            channels=3,
            batch=2,
            rate=0.0002,
            seed="systems/unit-25",
        ),
        Golden(
            "unit-tied",
            "UNIT whose encoders and generators share all residual blocks, weights all different.",
            16,
            texts(
                "generatorWidth=4 blocks=0 sharedBlocks=2 discriminatorWidth=4 discriminatorLayers=3 "
                "adversarialWeight=5 divergenceWeight=2 reconstructionWeight=20 cycleDivergenceWeight=3 cycleWeight=30"
            ),
            batch=3,
            rate=0.0005,
            seed="systems/unit-tied-9",
        ),
    )
    benches = (
        Bench(
            "unit",
            "resnet",
            64,
            3,
            texts("generatorWidth=32 discriminatorWidth=32 discriminatorLayers=5"),
            batch=4,
        ),
    )


system = UNIT()
