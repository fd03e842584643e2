"""Semi-supervised learning with N + 1 classes (Odena 2016)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..networks.dcgan import dcgan_generator, strided_body
from ..settings import Settings
from ..system import System
from ..trainer import Batch, Losses, Networks, Task, Trainer


def log_real(outputs: Tensor) -> Tensor:
    """log(1 - p_fake) under the softmax over N + 1 outputs."""
    return outputs[:, :-1].logsumexp(1) - outputs.logsumexp(1)


def log_fake(outputs: Tensor) -> Tensor:
    """log p_fake under the softmax over N + 1 outputs."""
    return outputs[:, -1] - outputs.logsumexp(1)


class SGAN(System):
    """The networks of DCGAN; D's running statistics are of real images, labelled and not."""

    name = "sgan"
    parts = ("labeled", "labels", "images")
    defaults = {
        "latentSize": 100,
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "unlabeledWeight": 1.0,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }

    def networks(self, task: Task) -> Networks:
        """The generator, and the discriminator, whose last output of N + 1 is "fake"."""
        s, shape = task.settings, task.shape
        return {
            "generator": dcgan_generator(s["latentSize"], s["generatorWidth"], shape),
            "discriminator": nn.Sequential(*strided_body(s["discriminatorWidth"], shape, 4, shape.classes + 1)),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(-1, 1)."""
        return draws.uniform(count, settings["latentSize"], low=-1, high=1)

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D on labelled, unlabelled and fake images, and one of G on fresh noise."""
        images = batch["labeled"], batch["images"], trainer.constant_fakes(trainer.noise())
        trainer.minimize("discriminator", self.discriminator_loss, batch["labels"], *images)
        trainer.minimize("generator", self.generator_loss, trainer.noise())

    def discriminator_loss(self, trainer: Trainer, labels: Tensor, *images: Tensor) -> Losses:
        """Cross-entropy over all N + 1 outputs; -E log(1 - p_fake(x)) - E log p_fake(G(z))."""
        on_labeled, on_unlabeled, on_fake = trainer.outputs("discriminator", *((x,) for x in images), generated=1)
        labeled = F.cross_entropy(on_labeled, labels)
        unlabeled = -(log_real(on_unlabeled).mean() + log_fake(on_fake).mean())
        loss = labeled + trainer.settings["unlabeledWeight"] * unlabeled
        return {"D": loss, "labeled": labeled, "unlabeled": unlabeled}

    def generator_loss(self, trainer: Trainer, z: Tensor) -> Losses:
        """-E log(1 - p_fake(G(z)))."""
        return {"G": -log_real(trainer.on_generated("discriminator", trainer["generator"](z))).mean()}

    goldens = (
        Golden(
            "sgan",
            "SGAN (Odena 2016) with the generator of DCGAN, kernel 4.",
            16,
            texts("latentSize=16 generatorWidth=4 discriminatorWidth=4"),
            channels=3,
        ),
    )
    benches = (Bench("sgan", "dcgan", 32, 1, texts("generatorWidth=32 discriminatorWidth=32")),)


system = SGAN()
