"""Boundary-seeking GAN (Hjelm et al. 2018): continuous pixels, and pixels that are drawn from a few levels."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..losses import discriminator_cross_entropy
from ..networks.dcgan import dcgan_discriminator, dcgan_generator
from ..settings import Settings
from ..system import System
from ..trainer import Batch, Losses, Networks, Task, Trainer

DISCRETE: Settings = {"latentSize": 64, "generatorWidth": 64, "discriminatorWidth": 64}
"""The authors' numbers for binarised digits."""
TINY = "latentSize=16 generatorWidth=4 discriminatorWidth=4"


def level_count(settings: Settings) -> int:
    """How many levels a pixel may have."""
    return 2 if settings["pixels"] == "binary" else settings["levels"]


def quantised(images: Tensor, levels: int) -> Tensor:
    """The nearest of so many evenly spaced levels from -1 to 1."""
    return as_images(torch.round((images + 1) * ((levels - 1) / 2)), levels)


def as_images(indices: Tensor, levels: int) -> Tensor:
    """The levels of the indices 0 ..< levels, in [-1, 1]."""
    return indices * (2 / (levels - 1)) - 1


def draw(logits: Tensor, thresholds: Tensor, settings: Settings) -> Tensor:
    """Levels' indices [..., N, C, H, W] by inverting each pixel's distribution at a draw from U(-1, 1).

    Binary: logits of the bright level [N, C, H, W]. Categorical: the level k of the channel c is channel k C + c.
    """
    if settings["pixels"] == "binary":
        return (thresholds < 2 * logits.sigmoid() - 1).float()
    cumulative = 2 * by_level(logits, settings).softmax(1).cumsum(1) - 1
    return (thresholds.unsqueeze(-4) >= cumulative[:, :-1]).sum(-4).float()


def by_level(logits: Tensor, settings: Settings) -> Tensor:
    """Logits [N, K, C, H, W] of [N, K C, H, W]."""
    return logits.unflatten(1, (settings["levels"], -1))


def log_likelihood(indices: Tensor, logits: Tensor, settings: Settings) -> Tensor:
    """log g(x | z) [M, N] of draws [M, N, C, H, W]: the sum over the pixels."""
    if settings["pixels"] == "binary":
        of_pixels = indices * logits - F.softplus(logits)
    else:
        log_p = by_level(logits, settings).log_softmax(1).expand(len(indices), -1, -1, -1, -1, -1)
        of_pixels = log_p.gather(2, indices.long().unsqueeze(2)).squeeze(2)
    return of_pixels.sum((2, 3, 4))


def importance(logits: Tensor) -> Tensor:
    """w = D / (1 - D) = exp(logit) of the draws [M, N], normalised over the M of one noise."""
    return (logits - logits.logsumexp(0, keepdim=True)).exp()


class BGAN(System):
    """DCGAN's networks; the discriminator of discrete pixels has no batch norm, as in the authors' code.

    Both players draw noise of their own.
    """

    name = "bgan"
    defaults = {
        "pixels": "continuous",
        "levels": 16,
        "samples": 20,
        "latentSize": 128,
        "generatorWidth": 128,
        "discriminatorWidth": 128,
        "learningRate": 1e-4,
        "beta1": 0.5,
    }
    choices = {"pixels": {"continuous": {}, "binary": DISCRETE, "categorical": DISCRETE}}

    def networks(self, task: Task) -> Networks:
        """The generator, which ends with logits where pixels are discrete, and the discriminator."""
        s, shape = task.settings, task.shape
        continuous = s["pixels"] == "continuous"
        outputs = level_count(s) if s["pixels"] == "categorical" else 1
        generator = dcgan_generator(
            s["latentSize"], s["generatorWidth"], replace(shape, channels=outputs * shape.channels)
        )
        return {
            "generator": generator if continuous else nn.Sequential(*list(generator)[:-1]),
            "discriminator": dcgan_discriminator(s["discriminatorWidth"], shape, norm=continuous),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(-1, 1)."""
        return draws.uniform(count, settings["latentSize"], low=-1, high=1)

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D, and one of G on fresh draws."""
        if trainer.settings["pixels"] == "continuous":
            fake = trainer.constant_fakes(trainer.noise())
            trainer.minimize("discriminator", self.discriminator_loss, batch["images"], fake)
            trainer.minimize("generator", self.boundary_loss, trainer.noise())
            return
        levels = level_count(trainer.settings)
        logits = trainer.constant_fakes(trainer.noise())
        fake = as_images(draw(logits, self.thresholds(trainer), trainer.settings), levels).flatten(0, 1)
        real = quantised(batch["images"], levels)
        trainer.minimize("discriminator", self.discriminator_loss, real, fake)
        trainer.minimize("generator", self.policy_loss, trainer.noise(), self.thresholds(trainer))

    def thresholds(self, trainer: Trainer) -> Tensor:
        """What decides the pixels of every draw, [M, N, C, H, W]."""
        return trainer.draws.uniform(
            trainer.settings["samples"], trainer.count, *trainer.task.shape.image, low=-1, high=1
        )

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor) -> Losses:
        """-E log D(x) - E log(1 - D(x~)), over all draws where pixels are discrete."""
        on_real, on_fake = trainer["discriminator"](real), trainer.on_generated("discriminator", fake)
        return {"D": discriminator_cross_entropy(on_real, on_fake)}

    def boundary_loss(self, trainer: Trainer, z: Tensor) -> Losses:
        """E (log D - log(1 - D))^2, the square of the logit."""
        return {"G": trainer.on_generated("discriminator", trainer["generator"](z)).square().mean()}

    def policy_loss(self, trainer: Trainer, z: Tensor, thresholds: Tensor) -> Losses:
        """-E sum_m w~_m log g(x_m | z), whose weights are constants."""
        s, logits = trainer.settings, trainer["generator"](z)
        with torch.no_grad():
            indices = draw(logits, thresholds, s)
            judged = trainer["discriminator"](as_images(indices, level_count(s)).flatten(0, 1))
            weights = importance(judged.view(indices.shape[:2]))
        return {"G": -(weights * log_likelihood(indices, logits, s)).sum(0).mean()}

    def sample(self, trainer: Trainer) -> Batch:
        """Four images; of discrete pixels the noise is followed by what decides each pixel."""
        s, image = trainer.settings, trainer.task.shape.image
        if s["pixels"] == "continuous":
            return super().sample(trainer)
        pixels = image[0] * image[1] * image[2]
        z, thresholds = Draws().uniform(4, s["latentSize"] + pixels, low=-1, high=1).split([s["latentSize"], pixels], 1)
        indices = draw(trainer["generator"].eval()(z), thresholds.unflatten(1, image), s)
        return {"input": torch.cat([z, thresholds], 1), "output": as_images(indices, level_count(s))}

    goldens = (
        Golden("bgan", "BGAN (Hjelm et al. 2018) on continuous pixels.", 16, texts(TINY), channels=3),
        Golden(
            "bgan-binary",
            "BGAN on black and white pixels, by the policy gradient of weighted draws.",
            16,
            texts(f"pixels=binary samples=3 learningRate=0.1 {TINY}"),
            rate=0.005,
        ),
        Golden(
            "bgan-categorical",
            "BGAN on pixels of five levels, by the policy gradient of weighted draws.",
            16,
            texts(f"pixels=categorical levels=5 samples=3 learningRate=0.1 {TINY}"),
            channels=3,
            rate=0.005,
        ),
    )
    benches = (
        Bench("bgan", "dcgan", 32, 1, texts("generatorWidth=32 discriminatorWidth=32")),
        Bench(
            "bgan-binary",
            "dcgan-binary",
            32,
            1,
            texts("pixels=binary samples=5 generatorWidth=32 discriminatorWidth=16"),
        ),
    )


system = BGAN()
