"""What a file in `systems` declares: networks, training step, and the configurations that are compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

from .cases import Bench, Golden, Shape
from .draws import Draws
from .settings import Choices, Settings, parsed
from .trainer import Batch, Networks, Task, Trainer


@dataclass(frozen=True)
class Rule:
    """How networks are updated jointly."""

    optimizer: type[Optimizer]
    options: dict[str, Any]
    limit: float = 0.0
    """The longest gradient of each parameter; 0 for no limit."""


def adam(rate: float, beta1: float, beta2: float = 0.999, limit: float = 0.0, decay: float = 0.0) -> Rule:
    """Adam, with a limit of the length of each parameter's gradient, and weight decay as part of the gradient."""
    return Rule(Adam, dict(lr=rate, betas=(beta1, beta2), weight_decay=decay), limit)


class System(ABC):
    """One system of the zoo."""

    name: str
    parts: tuple[str, ...] = ("images",)
    """The parts of a batch, in the order in which goldens draw them; all but `labels` are images."""
    defaults: Settings
    """The fields of the Swift configuration that are used here, with their defaults."""
    choices: Choices = {}
    one_pass = False
    """Whether SwiftGAN shows a network of this system several batches in one pass, so that goldens do."""
    goldens: Sequence[Golden] = ()
    benches: Sequence[Bench] = ()

    @abstractmethod
    def networks(self, task: Task) -> Networks:
        """New networks; layers that draw in training keep the task's draws."""

    @abstractmethod
    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One minibatch of the paper's algorithm."""

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """Inputs of the generator: z ~ N(0, 1)."""
        return draws.normal(count, settings["latentSize"])

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """How each set of networks that `minimize` names is updated."""
        rule = adam(settings["learningRate"], settings["beta1"], settings.get("beta2", 0.999))
        return {("discriminator",): rule, ("generator",): rule}

    def averages(self, settings: Settings) -> dict[str, float]:
        """The decay of each network's moving average; 0 for none."""
        return {"generator": settings.get("ema", 0)}

    def conditional(self, settings: Settings) -> bool:
        """Whether the generator is told the class."""
        return False

    def settings(self, given: Mapping[str, str]) -> Settings:
        """The values of all fields."""
        return parsed(self.name, given, self.defaults, self.choices)

    def period(self, settings: Settings) -> int:
        """Steps after which the work repeats."""
        return settings.get("criticSteps", 1)

    def shape(self, channels: int, side: int, classes: int) -> Shape:
        """The shape of square data; pairs and two domains without labels have no classes."""
        twofold = "labeled" not in self.parts and len(self.parts) - ("labels" in self.parts) == 2
        labels = 0 if twofold and "labels" not in self.parts else classes
        return Shape(channels, side, side, labels, channels if twofold else None)

    def batch(self, task: Task) -> Batch:
        """Random data: images uniform in [-1, 1], uniform labels."""
        return random_batch(task, self.parts)

    def sample(self, trainer: Trainer) -> Batch:
        """What goldens keep of the trained networks: four images in evaluation mode, of classes if there are any."""
        z, labels = self.noise(trainer.settings, Draws(), 4), torch.arange(4) % trainer.task.shape.classes
        generate = trainer["generator"].eval()
        if not self.conditional(trainer.settings):
            return {"input": z, "output": generate(z)}
        return {"input": z, "labels": labels, "output": generate(z, labels)}


def random_batch(task: Task, parts: Sequence[str]) -> Batch:
    """Images uniform in [-1, 1] and uniform labels."""
    count, shape = task.batch, task.shape
    return {
        part: torch.randint(shape.classes, (count,)) if part == "labels" else torch.rand(count, *shape.image) * 2 - 1
        for part in parts
    }
