"""What systems of two domains without pairs share."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from .system import System
from .trainer import Batch, Trainer

TRANSLATORS = "generator_ab", "generator_ba"
DISCRIMINATORS = "discriminator_a", "discriminator_b"


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
