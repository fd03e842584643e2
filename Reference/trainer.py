"""What a step is written against: the networks, and the few things that recording and timing do differently."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .cases import Shape
from .draws import Draws
from .penalties import input_gradient
from .settings import Settings

if TYPE_CHECKING:
    from .system import System

Networks = dict[str, nn.Module]
Batch = dict[str, Tensor]
Losses = dict[str, Tensor]
"""The first is minimised; the others are parts of it, for the report."""


@dataclass(frozen=True)
class Objective:
    """What one of several networks minimises that learn from one forward pass."""

    losses: Losses
    moves: Tensor | None = None
    """0 where the network rests in this step, with all that its optimizer remembers; else 1, as where there is none."""


@dataclass(frozen=True)
class Task:
    """What a system is built for."""

    settings: Settings
    shape: Shape
    batch: int
    draws: Draws
    images_seen: int = 0


class Trainer(ABC):
    """The networks of a system, and what its step does with them."""

    def __init__(self, system: System, task: Task) -> None:
        self.system, self.task = system, task
        self.settings, self.draws, self.count = task.settings, task.draws, task.batch
        self.networks: Networks = {
            name: self.prepared(network.to(task.draws.device)) for name, network in system.networks(task).items()
        }
        self.merged: frozenset[str] = frozenset()
        """Networks that take several batches in one pass."""
        self.averages = {
            name: copy.deepcopy(self[name]).requires_grad_(False)
            for name, decay in system.averages(task.settings).items()
            if decay
        }
        self.memory: dict[str, Any] = {}
        """What a system keeps from step to step beside its networks."""
        self.steps = 0

    def __getitem__(self, name: str) -> nn.Module:
        return self.networks[name]

    @property
    def all_networks(self) -> list[nn.Module]:
        """The networks, and the averages of those that have one."""
        return [*self.networks.values(), *self.averages.values()]

    def prepared(self, network: nn.Module) -> nn.Module:
        """A new network as this trainer wants it."""
        return network

    def step(self, batch: Batch) -> None:
        """Trains on one minibatch."""
        self.system.step(self, batch)
        self.steps += 1

    def turn(self, every: int) -> bool:
        """Whether this is the last of `every` steps."""
        return (self.steps + 1) % every == 0

    def noise(self) -> Tensor:
        """Inputs of the generator, one for each image of a minibatch."""
        return self.system.noise(self.settings, self.draws, self.count)

    def outputs(self, name: str, *batches: tuple[Tensor, ...], generated: int = 0) -> list[Tensor]:
        """A network's output for each batch of inputs, in one pass or in as many as there are batches.

        Only for networks in which no layer couples the images of a batch is one pass the same mathematics.

        Args:
            generated: how many of the batches, at the end, go through `on_generated`.
        """
        if name not in self.merged:
            real, fake = batches[: len(batches) - generated], batches[len(batches) - generated :]
            return [self[name](*batch) for batch in real] + [self.on_generated(name, *batch) for batch in fake]
        return list(self[name](*(torch.cat(part) for part in zip(*batches))).chunk(len(batches)))

    def on_generated(self, name: str, *inputs: Tensor) -> Any:
        """A network's output for generated images, where its running statistics are to be those of real ones.

        Scripts let the statistics follow both.
        """
        return self[name](*inputs)

    def fakes(self, *inputs: Tensor, name: str = "generator") -> Tensor:
        """A generator's images, from which it is to learn."""
        return self[name](*inputs)

    def constant_fakes(self, *inputs: Tensor, name: str = "generator") -> Tensor:
        """A generator's images for others to learn from, detached as scripts write it."""
        return self.fakes(*inputs, name=name).detach()

    def apply(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A function of this trainer, which a variant may compile."""
        return function(self, *arguments)

    def input_gradient(self, name: str, x: Tensor) -> Tensor:
        """The gradient of each of a critic's values with respect to its own image, differentiable."""
        return input_gradient(self[name], x)

    def clamp(self, name: str, bound: float) -> None:
        """Moves a network's parameters, not its statistics, into [-bound, bound]."""
        for parameter in self[name].parameters():
            parameter.data.clamp_(-bound, bound)

    @torch.no_grad()
    def follow(self, name: str = "generator") -> None:
        """Moves a network's average towards the network, where there is one."""
        if name in self.averages:
            decay = self.system.averages(self.settings)[name]
            for average, value in zip(self.averages[name].parameters(), self[name].parameters()):
                average.mul_(decay).add_(value, alpha=1 - decay)

    @abstractmethod
    def minimize(self, names: str | tuple[str, ...], loss: Callable[..., Losses], *arguments: Any) -> None:
        """Builds a loss of this trainer and the arguments, and updates the named networks jointly."""

    @abstractmethod
    def minimize_jointly(self, objectives: Callable[..., dict[str, Objective]], *arguments: Any) -> None:
        """Builds every network's objective in one forward pass, and updates all networks by the gradients of theirs."""


def clipped(gradient: Tensor, limit: float) -> Tensor:
    """g min(1, c / ||g||)."""
    return gradient * (limit / gradient.norm().clamp_min(limit))


def joint(names: str | tuple[str, ...]) -> tuple[str, ...]:
    """The names of one or several networks that are updated together."""
    return (names,) if isinstance(names, str) else names
