"""What systems of two domains without pairs share."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from .draws import Draws
from .system import System
from .trainer import Batch, Trainer

TRANSLATORS = "generator_ab", "generator_ba"
DISCRIMINATORS = "discriminator_a", "discriminator_b"


class Pool:
    """A history of generated images (section 4; Shrivastava et al. 2017, section 2.3)."""

    def __init__(self, capacity: int, draws: Draws) -> None:
        self.capacity, self.draws = capacity, draws
        self.stored: list[Tensor] = []

    def query(self, image: Tensor) -> Tensor:
        """Returns the image, or one from the pool, which the image then replaces."""
        if len(self.stored) < self.capacity:
            self.stored.append(image)
            return image
        if self.draws.uniform(low=0, high=1) <= 0.5:
            return image
        index = int(self.draws.integers(high=self.capacity))
        old, self.stored[index] = self.stored[index], image
        return old


class TranslatingSystem(System):
    """`generator_ab` translates a to b, `generator_ba` b to a; each discriminator judges its own domain."""

    parts = ("a", "b")

    def sample(self, trainer: Trainer) -> Batch:
        """Translates both ways: `output` is b's version of `input`, `output_a` a's version of `input_b`."""
        a, b = self.batch(replace(trainer.task, batch=1)).values()
        ab, ba = (trainer[name].eval() for name in TRANSLATORS)
        return {"input": a, "output": ab(a), "input_b": b, "output_a": ba(b)}


def translations(trainer: Trainer, a: Tensor, b: Tensor, same: bool = False) -> tuple[Tensor, ...]:
    """Fakes of a and b, a and b there and back and, if asked for, a and b as they should stay."""
    fake_b = trainer["generator_ab"](a)
    fake_a, back_a, *same_a = trainer.outputs("generator_ba", (b,), (fake_b,), *[(a,)] * same)
    back_b, *same_b = trainer.outputs("generator_ab", (fake_a,), *[(b,)] * same)
    return fake_a, fake_b, back_a, back_b, *same_a, *same_b
