"""CoGAN for domain adaptation (Liu & Tuzel 2016, section 5): what is shared learns a task from the source's labels."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ..cases import Bench, Golden, texts
from ..trainer import Batch, Losses, Task, Trainer
from .cogan import NUMBERS, TINY, CoGAN, verdict


class AdaptingCoGAN(CoGAN):
    """The discriminators classify source images, too, and are to see the same in both images of a generated pair."""

    name = "cogan-adaptation"
    parts = ("source", "labels", "target")
    defaults = {**NUMBERS, "classWeight": 10.0, "featureWeight": 0.01}

    def classes(self, task: Task) -> int:
        """The source's."""
        return task.shape.classes

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, labels: Tensor) -> Losses:
        """The game, the classes of source images, and E ||f_1(G_1(z)) - f_2(G_2(z))||^2 of the shared features."""
        s, discriminator = trainer.settings, trainer["discriminator"]
        on_real, on_fake = trainer.outputs("discriminator", (real,), (fake,))
        game = verdict(discriminator.output(on_real), 1) + verdict(discriminator.output(on_fake), 0)
        classes = F.cross_entropy(discriminator.classes(on_real[:, 0]), labels)
        distance = (on_fake[:, 0] - on_fake[:, 1]).square().sum(1).mean()
        loss = game + s["classWeight"] * classes + s["featureWeight"] * distance
        return {"D": loss, "class": classes, "features": distance}

    def sample(self, trainer: Trainer) -> Batch:
        """The logits are those of the target's images."""
        pairs, discriminator = super().sample(trainer), trainer["discriminator"].eval()
        features = discriminator.shared(discriminator.input_b(0.5 + 0.5 * pairs["output"]))
        return {**pairs, "logits": discriminator.classes(features)}

    goldens = (
        Golden(
            "cogan-adaptation",
            "CoGAN for domain adaptation, of digits.",
            16,
            texts(f"{TINY} classWeight=0.8 featureWeight=0.6"),
            seed="systems/cogan-adaptation-2",
        ),
    )
    benches = (Bench("cogan-adaptation", "digits", 28, 1, texts("generatorWidth=32")),)


system = AdaptingCoGAN()
