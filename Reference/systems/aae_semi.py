"""Semi-supervised adversarial autoencoder (Makhzani et al. 2015, section 5)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ..cases import Bench, Golden, texts
from ..categorical import CategoricalAutoencoder
from ..layers import GaussianNoise
from ..networks import autoencoders
from ..trainer import Batch, Losses, Task, Trainer


class SemiAAE(CategoricalAutoencoder):
    """A third phase teaches the encoder the classes of a few labelled images.

    Here the optimizer of the second phase takes that update, too; as many are made as with one of its own.
    """

    name = "aae-semi"
    parts = ("labeled", "labels", "images")
    defaults = {
        "styleSize": 10,
        **autoencoders.WIDTHS,
        "inputNoise": 0.3,
        "unlabeledWeight": 1.0,
        "learningRate": 1e-3,
        "adversarialRate": 2e-4,
        "discriminatorRate": 2e-4,
        "beta1": 0.5,
    }

    def categories(self, task: Task) -> int:
        """The classes."""
        return task.shape.classes

    def corruption(self, task: Task) -> GaussianNoise:
        """Noise in the scale of [0, 1]."""
        return GaussianNoise(task.settings["inputNoise"], task.draws)

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """The phases of section 5."""
        self.autoencode(trainer, batch["images"])
        trainer.minimize("encoder", self.label_loss, batch["labeled"], batch["labels"])

    def label_loss(self, trainer: Trainer, images: Tensor, labels: Tensor) -> Losses:
        """The cross-entropy of q(y | x)."""
        return {"labeled": F.cross_entropy(trainer["encoder"](images)[0], labels)}

    goldens = (
        Golden(
            "aae-semi",
            "Semi-supervised adversarial autoencoder with the networks for MNIST.",
            8,
            texts("styleSize=3 unlabeledWeight=0.5 encoderWidths=16,12 generatorWidths=16,12 discriminatorWidths=16,12"),
            batch=32,
        ),
    )
    benches = (Bench("aae-semi", "mlp", 28, 1),)


system = SemiAAE()
