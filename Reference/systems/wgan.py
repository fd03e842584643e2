"""Wasserstein GAN with weight clipping (Arjovsky et al. 2017, algorithm 1)."""

from __future__ import annotations

from torch import Tensor
from torch.optim import RMSprop

from ..cases import Bench, Golden, texts
from ..critic import CriticSystem
from ..losses import critic_wasserstein
from ..networks import perceptrons
from ..networks.dcgan import dcgan_discriminator, dcgan_generator
from ..settings import Settings
from ..system import Rule
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=16 clip=0.05 criticSteps=2 longStart=0 longInterval=0"


class WGAN(CriticSystem):
    """The networks of DCGAN, or perceptrons, without the 100 critic updates now and then."""

    name = "wgan"
    defaults = {
        "architecture": "dcgan",
        "width": 64,
        "generatorWidths": perceptrons.WIDTHS["generatorWidths"],
        "criticWidths": perceptrons.WIDTHS["discriminatorWidths"],
        "latentSize": 100,
        "clip": 0.01,
        "criticSteps": 5,
        "longStart": 25,
        "longInterval": 500,
        "learningRate": 5e-5,
    }
    choices = {"architecture": {"dcgan": {}, "mlp": {}}}

    def networks(self, task: Task) -> Networks:
        """The generator and the critic."""
        s, image = task.settings, task.shape.image
        if s["longStart"] or s["longInterval"]:
            raise ValueError("only the periodic part of the schedule is here: longStart=0 longInterval=0")
        if s["architecture"] == "mlp":
            return {
                "generator": perceptrons.mlp_generator(s["latentSize"], s["generatorWidths"], image),
                "discriminator": perceptrons.mlp_discriminator(image, s["criticWidths"]),
            }
        return {
            "generator": dcgan_generator(s["latentSize"], s["width"], task.shape),
            "discriminator": dcgan_discriminator(s["width"], task.shape),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """RMSProp for both players."""
        rule = Rule(RMSprop, {"lr": settings["learningRate"]})
        return {("discriminator",): rule, ("generator",): rule}

    def critic_step(self, trainer: Trainer, batch: Batch) -> None:
        """Clips the critic and updates it.

        The paper clips after the update, the authors' code before the next one; this is the authors' order, which
        leaves the critic that G sees unclipped.
        """
        trainer.clamp("discriminator", trainer.settings["clip"])
        fake = trainer.constant_fakes(trainer.noise())
        trainer.minimize("discriminator", self.critic_loss, batch["images"], fake)

    def critic_loss(self, trainer: Trainer, real: Tensor, fake: Tensor) -> Losses:
        """E f(G(z)) - E f(x)."""
        return {"D": critic_wasserstein(*trainer.outputs("discriminator", (real,), (fake,), generated=1))}

    goldens = (
        Golden(
            "wgan",
            "WGAN with perceptrons; the generator follows every second critic update.",
            8,
            texts(f"{TINY} architecture=mlp generatorWidths=16,32 criticWidths=32,16"),
            cancelled=("discriminator.5.bias", "generator.2.bias"),
        ),
        Golden(
            "wgan-dcgan",
            "WGAN with the networks of DCGAN; the generator follows every second critic update.",
            16,
            texts(f"{TINY} architecture=dcgan width=4"),
            channels=3,
            without_gradient=("discriminator.6.bias",),
        ),
    )
    benches = (Bench("wgan", "dcgan", 32, 1, texts("architecture=dcgan width=32 longStart=0 longInterval=0")),)


system = WGAN()
