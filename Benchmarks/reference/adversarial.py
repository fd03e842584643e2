"""The two-player training step of GAN, DCGAN and CGAN, with the non-saturating loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import common
from common import Options

Labels = tuple[Tensor, ...]


@dataclass
class Game:
    """Two networks and how they are trained; `classes` is 0 when there are no labels."""

    generator: nn.Module
    discriminator: nn.Module
    noise: Callable[[], Tensor]
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    classes: int = 0


def trainer(game: Game, options: Options) -> Adversarial:
    """The trainer of the variant."""
    return (TunedAdversarial if options.tuned else EagerAdversarial)(game, options)


def bce(logits: Tensor, target: float) -> Tensor:
    """Binary cross entropy with logits against a constant target."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


class Adversarial:
    """Networks, optimisers and data of a game."""

    period = 1

    def __init__(self, game: Game, options: Options) -> None:
        self.options = options
        self.noise = game.noise
        self.classes = game.classes
        self.generator = common.prepared(game.generator, options)
        self.discriminator = common.prepared(game.discriminator, options)
        self.networks = [self.generator, self.discriminator]
        self.generator_optimizer = common.adam(
            self.generator, options, game.learning_rate, game.betas
        )
        self.discriminator_optimizer = common.adam(
            self.discriminator, options, game.learning_rate, game.betas
        )
        channels_last = options.tuned and common.is_convolutional(self.generator)
        self.images = common.image_batches(options, channels_last)
        self.labels: Iterator[Tensor] = common.label_batches(options, max(1, game.classes))

    def real_labels(self) -> Labels:
        """The next labels of the data, none for an unconditional game."""
        return (next(self.labels),) if self.classes else ()

    def fake_labels(self) -> Labels:
        """Labels drawn for the generator, none for an unconditional game."""
        count = self.options.batch_size
        return (torch.randint(self.classes, (count,)),) if self.classes else ()


class EagerAdversarial(Adversarial):
    """The step as the usual script writes it."""

    def step(self) -> None:
        """One discriminator update, then one generator update on the same fakes."""
        real, real_labels = next(self.images), self.real_labels()
        fake_labels = self.fake_labels()
        with common.precision(self.options):
            fake = self.generator(self.noise(), *fake_labels)

        self.discriminator_optimizer.zero_grad()
        with common.precision(self.options):
            real_loss = bce(self.discriminator(real, *real_labels), 1)
            fake_loss = bce(self.discriminator(fake.detach(), *fake_labels), 0)
            discriminator_loss = real_loss + fake_loss
        discriminator_loss.backward()
        self.discriminator_optimizer.step()

        self.generator_optimizer.zero_grad()
        with common.precision(self.options):
            generator_loss = bce(self.discriminator(fake, *fake_labels), 1)
        generator_loss.backward()
        self.generator_optimizer.step()

        self.losses = discriminator_loss.item(), generator_loss.item()


class TunedAdversarial(Adversarial):
    """The same step by an expert: compiled, channels-last, fused, nothing needless computed."""

    def __init__(self, game: Game, options: Options) -> None:
        super().__init__(game, options)
        self.one_pass = not common.couples_examples(self.discriminator)
        self.generate = common.compiled(self.generator, options)
        self.discriminator_loss = common.compiled(self._discriminator_loss, options)
        self.generator_loss = common.compiled(self._generator_loss, options)

    def step(self) -> None:
        """One discriminator update, then one generator update on the same fakes."""
        real, real_labels = next(self.images), self.real_labels()
        fake_labels = self.fake_labels()
        with common.precision(self.options):
            fake = self.generate(self.noise(), *fake_labels)
            loss = self.discriminator_loss(real, real_labels, fake.detach(), fake_labels)
        discriminator_loss = loss.detach()
        loss.backward()
        self.discriminator_optimizer.step()
        self.discriminator_optimizer.zero_grad(set_to_none=True)

        with common.frozen(self.discriminator):
            with common.precision(self.options):
                loss = self.generator_loss(fake, fake_labels)
            loss.backward()
        self.generator_optimizer.step()
        self.generator_optimizer.zero_grad(set_to_none=True)
        self.losses = discriminator_loss, loss.detach()

    def _discriminator_loss(
        self, real: Tensor, real_labels: Labels, fake: Tensor, fake_labels: Labels
    ) -> Tensor:
        """The loss on real and fake, in one pass where the network allows it."""
        if self.one_pass:
            labels = (torch.cat(pair) for pair in zip(real_labels, fake_labels))
            both = self.discriminator(torch.cat([real, fake]), *labels)
            real_logits, fake_logits = both.chunk(2)
        else:
            real_logits = self.discriminator(real, *real_labels)
            fake_logits = self.discriminator(fake, *fake_labels)
        return bce(real_logits, 1) + bce(fake_logits, 0)

    def _generator_loss(self, fake: Tensor, fake_labels: Labels) -> Tensor:
        """The loss of the generator's fakes."""
        return bce(self.discriminator(fake, *fake_labels), 1)
