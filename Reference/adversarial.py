"""The step that most two-player systems share."""

from __future__ import annotations

from torch import Tensor

from .losses import discriminator_cross_entropy, generator_nonsaturating
from .system import System
from .trainer import Batch, Losses, Trainer


class Adversarial(System):
    """Goodfellow et al. 2014, algorithm 1, with k = 1; a label, where a batch has any, goes to both players."""

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """D descends the cross-entropy of real and fake, G the non-saturating loss of the same fakes."""
        labels = (batch["labels"],) if "labels" in batch else ()
        fake = trainer.fakes(trainer.noise(), *labels)
        trainer.minimize("discriminator", self.discriminator_loss, batch["images"], fake.detach(), *labels)
        trainer.minimize("generator", self.generator_loss, fake, *labels)

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, *labels: Tensor) -> Losses:
        """-E log D(x) - E log(1 - D(G(z)))."""
        values = trainer.outputs("discriminator", (real, *labels), (fake, *labels), generated=1)
        return {"D": discriminator_cross_entropy(*values)}

    def generator_loss(self, trainer: Trainer, fake: Tensor, *labels: Tensor) -> Losses:
        """-E log D(G(z))."""
        return {"G": generator_nonsaturating(trainer.on_generated("discriminator", fake, *labels))}
