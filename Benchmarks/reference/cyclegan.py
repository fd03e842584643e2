"""CycleGAN: two translators against two discriminators, each of which has a pool of fakes."""

from __future__ import annotations

import random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import common
import translation
from common import Options

CYCLE = 10.0
RATE, BETAS = 2e-4, (0.5, 0.999)


class Pool:
    """A history of fakes; once full, half of the time an image is exchanged for an earlier one."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.images: list[Tensor] = []

    def exchange(self, fresh: Tensor) -> Tensor:
        """The images to show in place of fresh ones."""
        return torch.cat([self._exchange(image) for image in fresh.split(1)])

    def _exchange(self, image: Tensor) -> Tensor:
        if len(self.images) < self.capacity:
            self.images.append(image)
        elif random.random() > 0.5:
            index = random.randrange(self.capacity)
            image, self.images[index] = self.images[index], image
        return image


def squared(outputs: Tensor, target: float) -> Tensor:
    """The mean square to a constant."""
    return F.mse_loss(outputs, torch.full_like(outputs, target))


class CycleGAN:
    """Networks, optimisers, data and pools; identityWeight is 0, as in the paper's main results."""

    period = 1

    def __init__(self, options: Options, networks: list[nn.Module], pool: int) -> None:
        self.options = options
        self.networks = [common.prepared(network, options) for network in networks]
        self.to_a, self.to_b, self.judge_a, self.judge_b = self.networks
        self.translators = nn.ModuleList([self.to_a, self.to_b])
        self.judges = nn.ModuleList([self.judge_a, self.judge_b])
        self.translator_optimizer = common.adam(self.translators, options, RATE, BETAS)
        self.judge_a_optimizer = common.adam(self.judge_a, options, RATE, BETAS)
        self.judge_b_optimizer = common.adam(self.judge_b, options, RATE, BETAS)
        self.images_a = common.image_batches(options, options.tuned)
        self.images_b = common.image_batches(options, options.tuned)
        self.pool_a, self.pool_b = Pool(pool), Pool(pool)

    def fooling_loss(self, fake_a: Tensor, fake_b: Tensor) -> Tensor:
        """How far the discriminators see through the fakes."""
        return squared(self.judge_a(fake_a), 1) + squared(self.judge_b(fake_b), 1)


class EagerCycleGAN(CycleGAN):
    """The step as the usual script writes it."""

    def step(self) -> None:
        """One update of both translators, then one of each discriminator."""
        a, b = next(self.images_a), next(self.images_b)
        self.translator_optimizer.zero_grad()
        with common.precision(self.options):
            fake_b, fake_a = self.to_b(a), self.to_a(b)
            cycle = F.l1_loss(self.to_a(fake_b), a) + F.l1_loss(self.to_b(fake_a), b)
            loss = self.fooling_loss(fake_a, fake_b) + CYCLE * cycle
        loss.backward()
        self.translator_optimizer.step()

        loss_a = self.train_judge(self.judge_a, self.judge_a_optimizer, a, fake_a, self.pool_a)
        loss_b = self.train_judge(self.judge_b, self.judge_b_optimizer, b, fake_b, self.pool_b)
        self.losses = loss.item(), loss_a, loss_b

    def train_judge(
        self,
        judge: nn.Module,
        optimizer: torch.optim.Optimizer,
        real: Tensor,
        fake: Tensor,
        pool: Pool,
    ) -> float:
        """One update of a discriminator on its domain and the pool of fakes."""
        optimizer.zero_grad()
        with common.precision(self.options):
            fake = pool.exchange(fake.detach())
            loss = 0.5 * (squared(judge(real), 1) + squared(judge(fake), 0))
        loss.backward()
        optimizer.step()
        return loss.item()


class TunedCycleGAN(CycleGAN):
    """The same step by an expert: merged passes, both discriminators' losses in one graph."""

    def __init__(self, options: Options, networks: list[nn.Module], pool: int) -> None:
        super().__init__(options, networks, pool)
        self.translator_loss = common.compiled(self._translator_loss, options)
        self.judge_loss = common.compiled(self._judge_loss, options)

    def step(self) -> None:
        """One update of both translators, then one of each discriminator."""
        a, b = next(self.images_a), next(self.images_b)
        with common.frozen(self.judges):
            with common.precision(self.options):
                loss, fake_a, fake_b = self.translator_loss(a, b)
            loss.backward()
        self.translator_optimizer.step()
        self.translator_optimizer.zero_grad(set_to_none=True)

        fake_a = self.pool_a.exchange(fake_a.detach())
        fake_b = self.pool_b.exchange(fake_b.detach())
        with common.precision(self.options):
            judge_loss = self.judge_loss(a, fake_a, b, fake_b)
        judge_loss.backward()
        for optimizer in (self.judge_a_optimizer, self.judge_b_optimizer):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.losses = loss.detach(), judge_loss.detach()

    def _translator_loss(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The loss and the fakes; instance normalisation couples no images, so passes merge."""
        fake_b = self.to_b(a)
        fake_a, cycled_a = self.to_a(torch.cat([b, fake_b])).chunk(2)
        cycle = F.l1_loss(cycled_a, a) + F.l1_loss(self.to_b(fake_a), b)
        return self.fooling_loss(fake_a, fake_b) + CYCLE * cycle, fake_a, fake_b

    def _judge_loss(self, a: Tensor, fake_a: Tensor, b: Tensor, fake_b: Tensor) -> Tensor:
        """The sum of the discriminators' losses, whose gradients do not mix."""
        loss = torch.zeros(())
        for judge, real, fake in ((self.judge_a, a, fake_a), (self.judge_b, b, fake_b)):
            on_real, on_fake = judge(torch.cat([real, fake])).chunk(2)
            loss = loss + 0.5 * (squared(on_real, 1) + squared(on_fake, 0))
        return loss


def build(options: Options) -> CycleGAN:
    """The CycleGAN of the options, with residual translators."""
    defaults = {"blocks": 6, "generatorWidth": 64, "discriminatorWidth": 64, "poolSize": 50}
    settings = options.settings_over(defaults)
    channels, norm = options.channels, nn.InstanceNorm2d
    networks: list[nn.Module] = [
        translation.residual_translator(channels, settings["generatorWidth"], settings["blocks"])
        for _ in "ab"
    ]
    networks += [
        translation.patch_discriminator(channels, settings["discriminatorWidth"], norm)
        for _ in "ab"
    ]
    trainer = TunedCycleGAN if options.tuned else EagerCycleGAN
    return trainer(options, networks, settings["poolSize"])
