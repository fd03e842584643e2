"""Several critic updates to one of the generator."""

from __future__ import annotations

from torch import Tensor

from .losses import generator_mean
from .system import System
from .trainer import Batch, Losses, Trainer


class CriticSystem(System):
    """The critic learns from every minibatch, the generator after every `criticSteps`-th, from fresh noise."""

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of the critic, and the generator's where it is its turn."""
        self.critic_step(trainer, batch)
        if trainer.turn(trainer.settings["criticSteps"]):
            trainer.minimize("generator", self.generator_loss, *self.generator_inputs(trainer))

    def critic_step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of the critic."""
        raise NotImplementedError

    def generator_inputs(self, trainer: Trainer) -> tuple[Tensor, ...]:
        """What the generator is given: noise and, where there are classes, labels."""
        return (trainer.noise(),)

    def generator_loss(self, trainer: Trainer, z: Tensor, *labels: Tensor) -> Losses:
        """-E f(G(z))."""
        return {"G": generator_mean(trainer.on_generated("discriminator", trainer["generator"](z, *labels), *labels))}
