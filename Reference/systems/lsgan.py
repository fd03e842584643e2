"""Least squares GAN (Mao et al. 2017)."""

from __future__ import annotations

from torch import Tensor

from ..adversarial import Adversarial
from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..losses import squared
from ..networks.dcgan import dcgan_discriminator, dcgan_generator
from ..settings import Settings
from ..trainer import Losses, Networks, Task, Trainer

TARGETS = {"zero-one": (0.0, 1.0, 1.0), "pearson": (-1.0, 1.0, 0.0)}
"""a, b and c: what D is to say of fake and of real images, and what G wants D to say of fake ones.

The second has b - c = 1 and b - a = 2, with which G minimises a Pearson chi-squared divergence.
"""
TINY = "latentSize=16 generatorWidth=4 discriminatorWidth=4"


class LSGAN(Adversarial):
    """The networks of DCGAN, kernel 4; both players see the same fakes."""

    name = "lsgan"
    defaults = {
        "target": "zero-one",
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "latentSize": 100,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }
    choices = {"target": {target: {} for target in TARGETS}}

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        return {
            "generator": dcgan_generator(s["latentSize"], s["generatorWidth"], shape),
            "discriminator": dcgan_discriminator(s["discriminatorWidth"], shape),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(-1, 1)."""
        return draws.uniform(count, settings["latentSize"], low=-1, high=1)

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor) -> Losses:
        """E (D(x) - b)^2 / 2 + E (D(G(z)) - a)^2 / 2 (equation 2)."""
        a, b, _ = TARGETS[trainer.settings["target"]]
        on_real, on_fake = trainer.outputs("discriminator", (real,), (fake,), generated=1)
        return {"D": 0.5 * squared(on_real, b) + 0.5 * squared(on_fake, a)}

    def generator_loss(self, trainer: Trainer, fake: Tensor) -> Losses:
        """E (D(G(z)) - c)^2 / 2 (equation 2)."""
        _, _, c = TARGETS[trainer.settings["target"]]
        return {"G": 0.5 * squared(trainer.on_generated("discriminator", fake), c)}

    goldens = (
        Golden("lsgan", "LSGAN (Mao et al. 2017) with the targets 0, 1 and 1.", 16, texts(TINY), channels=3),
        Golden(
            "lsgan-pearson",
            "LSGAN (Mao et al. 2017) with the targets -1, 1 and 0.",
            16,
            texts(f"target=pearson {TINY}"),
        ),
    )
    benches = (Bench("lsgan", "dcgan", 32, 1, texts("generatorWidth=32 discriminatorWidth=32")),)


system = LSGAN()
