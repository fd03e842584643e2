"""One update of all critics, then one of the generator, with losses that a system defines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor, nn

import common
from common import Options

Tensors = tuple[Tensor, ...]


class System(ABC):
    """Networks and losses. What both variants compute alike is written once; where the tuned one
    merges passes, a loss asks `options.tuned`."""

    draws_afresh = True
    """Whether the generator draws anew for its update, or learns from the fakes the critics saw."""
    critic_rate, generator_rate = 2e-4, 2e-4
    betas = (0.5, 0.999)
    decay = 0.0
    """Adam's weight decay (L2)."""
    limit = 0.0
    """The longest gradient of an update; 0 for no limit."""

    def __init__(self, options: Options, generator: nn.Module, critics: list[nn.Module]) -> None:
        self.options = options
        self.generator = common.prepared(generator, options)
        self.critics = nn.ModuleList(common.prepared(critic, options) for critic in critics)
        self.images = self.image_batches()

    def image_batches(self) -> Iterator[Tensor]:
        """Cycles over image batches in the memory format of the variant."""
        channels_last = self.options.tuned and common.is_convolutional(self.generator)
        return common.image_batches(self.options, channels_last)

    def batch(self) -> Tensors:
        """The next minibatch."""
        return (next(self.images),)

    @abstractmethod
    def draw(self) -> Tensors:
        """What is random in one update."""

    @abstractmethod
    def generate(self, batch: Tensors, drawn: Tensors) -> Tensor:
        """The generator's images."""

    @abstractmethod
    def critic_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """What the critics minimise; no gradient flows through `fake`."""

    @abstractmethod
    def generator_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """What the generator minimises."""

    def finish(self) -> None:
        """Follows every step."""


def trainer(system: System) -> Players:
    """The trainer of the variant."""
    return (TunedPlayers if system.options.tuned else EagerPlayers)(system)


class Players:
    """A system with its optimisers."""

    period = 1

    def __init__(self, system: System) -> None:
        self.system, self.options = system, system.options
        self.networks = [system.generator, *system.critics]
        self.critic_optimizer = self._adam(system.critics, system.critic_rate)
        self.generator_optimizer = self._adam(system.generator, system.generator_rate)

    def _adam(self, network: nn.Module, rate: float) -> torch.optim.Adam:
        return common.adam(network, self.options, rate, self.system.betas, self.system.decay)

    def descend(self, loss: Tensor, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """One update of a network."""
        loss.backward()
        if self.system.limit:
            nn.utils.clip_grad_norm_(network.parameters(), self.system.limit)
        optimizer.step()


class EagerPlayers(Players):
    """The step as the usual script writes it."""

    def step(self) -> None:
        """One update of the critics, then one of the generator."""
        system = self.system
        batch, drawn = system.batch(), system.draw()
        with common.precision(self.options):
            fake = system.generate(batch, drawn)

        self.critic_optimizer.zero_grad()
        with common.precision(self.options):
            critic_loss = system.critic_loss(batch, drawn, fake.detach())
        self.descend(critic_loss, system.critics, self.critic_optimizer)

        self.generator_optimizer.zero_grad()
        with common.precision(self.options):
            if system.draws_afresh:
                drawn = system.draw()
                fake = system.generate(batch, drawn)
            generator_loss = system.generator_loss(batch, drawn, fake)
        self.descend(generator_loss, system.generator, self.generator_optimizer)

        system.finish()
        self.losses = critic_loss.item(), generator_loss.item()


class TunedPlayers(Players):
    """The same step by an expert: compiled, channels-last, fused, nothing needless computed."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.generate = common.compiled(system.generate, self.options)
        self.critic_loss = common.compiled(system.critic_loss, self.options)
        loss = self._fresh_generator_loss if system.draws_afresh else system.generator_loss
        self.generator_loss = common.compiled(loss, self.options)

    def _fresh_generator_loss(self, batch: Tensors, drawn: Tensors) -> Tensor:
        """The loss of images made here, so that one graph holds both networks."""
        return self.system.generator_loss(batch, drawn, self.system.generate(batch, drawn))

    def step(self) -> None:
        """One update of the critics, then one of the generator."""
        system = self.system
        batch, drawn = system.batch(), system.draw()
        with common.precision(self.options):
            with torch.set_grad_enabled(not system.draws_afresh):
                fake = self.generate(batch, drawn)
            critic_loss = self.critic_loss(batch, drawn, fake.detach())
        self.descend(critic_loss, system.critics, self.critic_optimizer)
        self.critic_optimizer.zero_grad(set_to_none=True)

        with common.frozen(system.critics):
            made = (system.draw(),) if system.draws_afresh else (drawn, fake)
            with common.precision(self.options):
                generator_loss = self.generator_loss(batch, *made)
            self.descend(generator_loss, system.generator, self.generator_optimizer)
        self.generator_optimizer.zero_grad(set_to_none=True)

        system.finish()
        self.losses = critic_loss.detach(), generator_loss.detach()
