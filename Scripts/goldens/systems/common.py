"""What the systems share: the two recorded steps, random images, and samples of a generator.

Keys are those of `goldens.trainer`, and `sample/input`, `sample/labels`, `sample/random/<ii>` and
`sample/output` (final weights; evaluation mode unless a system says otherwise).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..modules import Draws
from ..store import Case, seed
from ..trainer import RATE, STEPS, Networks, Trainer

FAMILY = "systems"
BATCH, LATENT, CLASSES = 8, 16, 4
Shape = tuple[int, int, int]
Batch = dict[str, Tensor]


class GaussianNoise(nn.Module):
    """Adds N(0, deviation^2) in training; the unit normal values are drawn from `draws`."""

    def __init__(self, deviation: float, draws: Draws) -> None:
        super().__init__()
        self.deviation, self.draws = deviation, draws

    def forward(self, x: Tensor) -> Tensor:
        return x + self.deviation * self.draws.normal(*x.shape) if self.training else x


def images(count: int, shape: Shape) -> Tensor:
    """Returns images uniform in [-1, 1]."""
    return torch.rand(count, *shape) * 2 - 1


def labels(count: int) -> Tensor:
    """Returns uniform class indices."""
    return torch.randint(CLASSES, (count,))


def system_case(
    name: str,
    note: str,
    config: dict,
    make: Callable[[Draws], Networks],
    batch: Callable[[], Batch],
    step: Callable[[Trainer, Batch], None],
    sample: Callable[[Trainer], Batch],
    rate: float = RATE,
) -> Case:
    """Runs two steps of a system on random data and then samples it.

    Args:
        make: builds the networks; layers that draw in training keep the given record of draws.
        sample: returns the sample's tensors, whose keys get the prefix `sample/`.
        rate: of gradient descent, in every update.
    """
    seed(FAMILY, name)
    trainer = Trainer(make, rate)
    for _ in range(STEPS):
        data = batch()
        trainer.keep_batch(data)
        step(trainer, data)
        trainer.finish_step()
    trainer.keep_state("final")
    with torch.no_grad():
        trainer.tensors |= {f"sample/{key}": value for key, value in sample(trainer).items()}
    return Case(FAMILY, name, {"recipe": name, "rate": rate, "steps": STEPS} | config, note, trainer.tensors)


def evaluate(trainer: Trainer, z: Tensor, classes: Tensor | None = None) -> Batch:
    """Returns the generator's output in evaluation mode with its inputs."""
    generator = trainer["generator"].eval()
    if classes is None:
        return {"input": z, "output": generator(z)}
    return {"input": z, "labels": classes, "output": generator(z, classes)}
