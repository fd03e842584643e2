"""Several discriminator updates to one generator update, without a penalty: WGAN and SN-GAN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import common
from common import Options


@dataclass
class Game:
    """Two networks and how the discriminator learns; the generator raises its output on fakes."""

    generator: nn.Module
    discriminator: nn.Module
    latent: int
    optimizer: Callable[[nn.Module], torch.optim.Optimizer]
    loss: Callable[[Tensor, Tensor], Tensor]
    """The discriminator's loss of its outputs for real and fake."""
    one_pass: bool
    """Whether real and fake share a pass also in the usual script: a power iteration counts passes."""
    clip: float | None = None
    """The bound of the discriminator's weights before each of its updates."""


def trainer(game: Game, options: Options) -> Alternating:
    """The trainer of the variant."""
    return (TunedAlternating if options.tuned else EagerAlternating)(game, options)


class Alternating:
    """Networks, optimisers and data of a game."""

    period = 5

    def __init__(self, game: Game, options: Options) -> None:
        self.options, self.game = options, game
        self.generator = common.prepared(game.generator, options)
        self.discriminator = common.prepared(game.discriminator, options)
        self.networks = [self.generator, self.discriminator]
        self.generator_optimizer = game.optimizer(self.generator)
        self.discriminator_optimizer = game.optimizer(self.discriminator)
        channels_last = options.tuned and common.is_convolutional(self.generator)
        self.images = common.image_batches(options, channels_last)
        self.minibatch = 0

    def step(self) -> None:
        """One discriminator update, and at every fifth minibatch a generator update."""
        if self.game.clip is not None:
            self.clip(self.game.clip)
        self.discriminator_step(next(self.images))
        self.minibatch += 1
        if self.minibatch % self.period == 0:
            self.generator_step()

    def noise(self) -> Tensor:
        """A batch of latent vectors."""
        return torch.randn(self.options.batch_size, self.game.latent)

    def clip(self, bound: float) -> None:
        """Moves the discriminator's weights into the bound."""
        raise NotImplementedError

    def discriminator_step(self, real: Tensor) -> None:
        """Trains the discriminator."""
        raise NotImplementedError

    def generator_step(self) -> None:
        """Trains the generator."""
        raise NotImplementedError


def outputs(network: nn.Module, real: Tensor, fake: Tensor, one_pass: bool) -> tuple[Tensor, ...]:
    """The discriminator's outputs for real and fake."""
    if one_pass:
        return network(torch.cat([real, fake])).chunk(2)
    return network(real), network(fake)


class EagerAlternating(Alternating):
    """The steps as the usual script writes them."""

    def clip(self, bound: float) -> None:
        """Moves the discriminator's weights into the bound, one after the other."""
        for parameter in self.discriminator.parameters():
            parameter.data.clamp_(-bound, bound)

    def discriminator_step(self, real: Tensor) -> None:
        """The loss on one minibatch."""
        self.discriminator_optimizer.zero_grad()
        with common.precision(self.options):
            fake = self.generator(self.noise()).detach()
            loss = self.game.loss(*outputs(self.discriminator, real, fake, self.game.one_pass))
        loss.backward()
        self.discriminator_optimizer.step()
        self.discriminator_loss = loss.item()

    def generator_step(self) -> None:
        """Raises the discriminator's output on fresh fakes."""
        self.generator_optimizer.zero_grad()
        with common.precision(self.options):
            loss = -self.discriminator(self.generator(self.noise())).mean()
        loss.backward()
        self.generator_optimizer.step()
        self.generator_loss = loss.item()


class TunedAlternating(Alternating):
    """The same steps by an expert: compiled, channels-last, nothing needless computed."""

    def __init__(self, game: Game, options: Options) -> None:
        super().__init__(game, options)
        self.one_pass = game.one_pass or not common.couples_examples(self.discriminator)
        self.clipped = [parameter.data for parameter in self.discriminator.parameters()]
        self.generate = common.compiled(self.generator, options)
        self.compiled_loss = common.compiled(self._discriminator_loss, options)
        self.compiled_generator_loss = common.compiled(self._generator_loss, options)

    def clip(self, bound: float) -> None:
        """Moves the discriminator's weights into the bound at once."""
        torch._foreach_clamp_min_(self.clipped, -bound)
        torch._foreach_clamp_max_(self.clipped, bound)

    def discriminator_step(self, real: Tensor) -> None:
        """The loss on one minibatch."""
        with common.precision(self.options):
            with torch.no_grad():
                fake = self.generate(self.noise())
            loss = self.compiled_loss(real, fake)
        loss.backward()
        self.discriminator_optimizer.step()
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        self.discriminator_loss = loss.detach()

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The loss, in one pass where the network allows it."""
        return self.game.loss(*outputs(self.discriminator, real, fake, self.one_pass))

    def generator_step(self) -> None:
        """Raises the discriminator's output on fresh fakes."""
        with common.frozen(self.discriminator):
            with common.precision(self.options):
                loss = self.compiled_generator_loss(self.noise())
            loss.backward()
        self.generator_optimizer.step()
        self.generator_optimizer.zero_grad(set_to_none=True)
        self.generator_loss = loss.detach()

    def _generator_loss(self, noise: Tensor) -> Tensor:
        """The negative output on the fakes."""
        return -self.discriminator(self.generator(noise)).mean()
