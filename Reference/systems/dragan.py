"""DRAGAN (Kodali et al. 2017): the discriminator's gradient around real images is to have length one."""

from __future__ import annotations

import math

from torch import Tensor

from ..adversarial import Adversarial
from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks import perceptrons
from ..networks.dcgan import dcgan_discriminator, dcgan_generator
from ..penalties import beside, unit_norm
from ..settings import Settings
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=16 width=4"
TOY = "architecture=toy latentSize=16 generatorWidths=16,16,16 discriminatorWidths=16,16,16"


class DRAGAN(Adversarial):
    """DCGAN's networks with a discriminator that is not normalised, or those for points in the plane."""

    name = "dragan"
    defaults = {
        "architecture": "dcgan",
        "perturbation": "gaussian",
        "noiseVariance": 10.0,
        "penaltyWeight": 10.0,
        "width": 64,
        "generatorWidths": [512, 512, 512],
        "discriminatorWidths": [512, 512, 512],
        "latentSize": 100,
        "learningRate": 1e-4,
        "beta1": 0.5,
        "beta2": 0.9,
    }
    choices = {
        "architecture": {
            "dcgan": {},
            "toy": {"latentSize": 2, "perturbation": "one-sided", "penaltyWeight": 0.1},
        },
        "perturbation": {"gaussian": {}, "one-sided": {}},
    }
    one_pass = True

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        if s["architecture"] == "toy":
            return {
                "generator": perceptrons.toy_generator(s["latentSize"], s["generatorWidths"], shape.image),
                "discriminator": perceptrons.toy_discriminator(shape.image, s["discriminatorWidths"]),
            }
        return {
            "generator": dcgan_generator(s["latentSize"], s["width"], shape),
            "discriminator": dcgan_discriminator(s["width"], shape, norm=False),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(-1, 1) as in the authors' code; N(0, 1) for points."""
        if settings["architecture"] == "toy":
            return draws.normal(count, settings["latentSize"])
        return draws.uniform(count, settings["latentSize"], low=-1, high=1)

    def points(self, trainer: Trainer, real: Tensor) -> Tensor:
        """x + delta with delta ~ N(0, c I) (section 2.3), or what the authors' code takes."""
        if trainer.settings["perturbation"] == "gaussian":
            return real + math.sqrt(trainer.settings["noiseVariance"]) * trainer.draws.normal(*real.shape)
        noise = trainer.draws.uniform(*real.shape, low=0, high=1)
        return beside(real, noise, trainer.draws.uniform(len(real), 1, 1, 1, low=0, high=1))

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D on real and fake and on its gradient beside real, and one of G on fresh noise."""
        real, fake = batch["images"], trainer.constant_fakes(trainer.noise())
        points = self.points(trainer, real)
        trainer.minimize("discriminator", self.penalised_loss, real, fake, points)
        trainer.minimize("generator", self.fresh_loss, trainer.noise())

    def penalised_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, points: Tensor) -> Losses:
        """-E log D(x) - E log(1 - D(G(z))) + lambda E (||grad D|| - 1)^2, the gradient that of the logit."""
        values = trainer.outputs("discriminator", (real,), (fake,))
        penalty = unit_norm(trainer.input_gradient("discriminator", points))
        loss = discriminator_cross_entropy(*values) + trainer.settings["penaltyWeight"] * penalty
        return {"D": loss, "penalty": penalty}

    def fresh_loss(self, trainer: Trainer, z: Tensor) -> Losses:
        """-E log D(G(z))."""
        return {"G": generator_nonsaturating(trainer["discriminator"](trainer["generator"](z)))}

    goldens = (
        Golden(
            "dragan",
            "DRAGAN (Kodali et al. 2017) with Gaussian noise around real images, on the networks of DCGAN.",
            16,
            texts(f"{TINY} noiseVariance=0.5"),
            channels=3,
        ),
        Golden(
            "dragan-one-sided",
            "DRAGAN with the perturbation of its authors' code.",
            16,
            texts(f"perturbation=one-sided {TINY}"),
        ),
        Golden("dragan-toy", "DRAGAN with the rectified networks for points in the plane.", 1, texts(TOY), channels=2),
    )
    benches = (
        Bench("dragan", "dcgan", 32, 1, texts("width=32")),
        Bench("dragan-toy", "toy", 1, 2, texts("architecture=toy"), batch=256),
    )


system = DRAGAN()
