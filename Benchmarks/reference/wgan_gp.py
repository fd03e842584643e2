"""WGAN-GP: five critic updates with a gradient penalty to one generator update."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

import common
from common import Options
from gan import mlp_discriminator, mlp_generator

PENALTY = 10.0
RATE, BETAS = 1e-4, (0.0, 0.9)


def conv3(inputs: int, outputs: int) -> nn.Conv2d:
    """A 3x3 convolution that keeps height and width."""
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Residual(nn.Module):
    """The sum of two branches."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, inputs: Tensor) -> Tensor:
        """Branch plus shortcut."""
        return self.branch(inputs) + self.shortcut(inputs)


def up_block(width: int) -> Residual:
    """Doubles height and width."""
    branch = nn.Sequential(
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
        conv3(width, width),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        conv3(width, width),
    )
    return Residual(branch, nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(width, width, 1)))


def first_block(channels: int, width: int) -> Residual:
    """Halves the image; no activation before the first convolution."""
    branch = nn.Sequential(
        conv3(channels, width), nn.ReLU(), conv3(width, width), nn.AvgPool2d(2)
    )
    return Residual(branch, nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(channels, width, 1)))


def plain_layers(width: int) -> list[nn.Module]:
    """The two pre-activated convolutions of a critic's block."""
    return [nn.ReLU(), conv3(width, width), nn.ReLU(), conv3(width, width)]


def down_block(width: int) -> Residual:
    """Halves height and width."""
    branch = nn.Sequential(*plain_layers(width), nn.AvgPool2d(2))
    return Residual(branch, nn.Sequential(nn.Conv2d(width, width, 1), nn.AvgPool2d(2)))


def plain_block(width: int) -> Residual:
    """Keeps height and width."""
    return Residual(nn.Sequential(*plain_layers(width)), nn.Identity())


def resnet_generator(options: Options, latent: int, width: int) -> nn.Sequential:
    """From a vector over 4x4 through up blocks to the image."""
    return nn.Sequential(
        nn.Linear(latent, width * 16),
        nn.Unflatten(1, (width, 4, 4)),
        *(up_block(width) for _ in range(options.doublings)),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        conv3(width, options.channels),
        nn.Tanh(),
    )


def resnet_critic(options: Options, width: int) -> nn.Sequential:
    """Two halving blocks, two plain ones, the mean over all positions, one number."""
    return nn.Sequential(
        first_block(options.channels, width),
        down_block(width),
        plain_block(width),
        plain_block(width),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, 1),
    )


class WassersteinTrainer:
    """Networks, optimisers and data."""

    period = 5

    def __init__(
        self, generator: nn.Module, critic: nn.Module, latent: int, options: Options
    ) -> None:
        self.options = options
        self.latent = latent
        self.generator = common.prepared(generator, options)
        self.critic = common.prepared(critic, options)
        self.networks = [self.generator, self.critic]
        self.generator_optimizer = common.adam(self.generator, options, RATE, BETAS)
        self.critic_optimizer = common.adam(self.critic, options, RATE, BETAS)
        channels_last = options.tuned and common.is_convolutional(critic)
        self.images = common.image_batches(options, channels_last)
        self.minibatch = 0

    def step(self) -> None:
        """One critic update, and at every fifth minibatch a generator update."""
        self.critic_step(next(self.images))
        self.minibatch += 1
        if self.minibatch % self.period == 0:
            self.generator_step()

    def critic_step(self, real: Tensor) -> None:
        """Trains the critic."""
        raise NotImplementedError

    def generator_step(self) -> None:
        """Trains the generator."""
        raise NotImplementedError

    def noise(self) -> Tensor:
        """A batch of latent vectors."""
        return torch.randn(self.options.batch_size, self.latent)

    def epsilon(self) -> Tensor:
        """One mixing weight for each example."""
        return torch.rand(self.options.batch_size, 1, 1, 1)


class EagerWassersteinTrainer(WassersteinTrainer):
    """The steps as the usual script writes them."""

    def critic_step(self, real: Tensor) -> None:
        """Wasserstein loss and penalty on one minibatch."""
        self.critic_optimizer.zero_grad()
        with common.precision(self.options):
            fake = self.generator(self.noise()).detach()
            distance = self.critic(fake).mean() - self.critic(real).mean()
            loss = distance + PENALTY * self.penalty(real, fake)
        loss.backward()
        self.critic_optimizer.step()
        self.critic_loss = loss.item()

    def penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        """How far the gradient's norm between real and fake is from 1."""
        epsilon = self.epsilon()
        mixed = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
        scores = self.critic(mixed)
        (gradient,) = torch.autograd.grad(
            outputs=scores,
            inputs=mixed,
            grad_outputs=torch.ones_like(scores),
            create_graph=True,
            retain_graph=True,
        )
        norm = gradient.float().flatten(1).norm(2, dim=1)
        return ((norm - 1) ** 2).mean()

    def generator_step(self) -> None:
        """Raises the critic's score of fresh fakes."""
        self.generator_optimizer.zero_grad()
        with common.precision(self.options):
            loss = -self.critic(self.generator(self.noise())).mean()
        loss.backward()
        self.generator_optimizer.step()
        self.generator_loss = loss.item()


class TunedWassersteinTrainer(WassersteinTrainer):
    """The same steps by an expert: compiled, fused, nothing needless computed."""

    def __init__(
        self, generator: nn.Module, critic: nn.Module, latent: int, options: Options
    ) -> None:
        super().__init__(generator, critic, latent, options)
        self.generate = common.compiled(self.generator, options)
        self.compiled_critic_loss = common.compiled(self._critic_loss, options)
        self.compiled_generator_loss = common.compiled(self._generator_loss, options)

    def critic_step(self, real: Tensor) -> None:
        """Wasserstein loss and penalty on one minibatch."""
        with common.precision(self.options):
            with torch.no_grad():
                fake = self.generate(self.noise())
            loss = self.compiled_critic_loss(real, fake, self.epsilon())
        loss.backward()
        self.critic_optimizer.step()
        self.critic_optimizer.zero_grad(set_to_none=True)
        self.critic_loss = loss.detach()

    def _critic_loss(self, real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
        """Real and fake in one pass; the penalty's gradient inside the compiled function."""
        real_scores, fake_scores = self.critic(torch.cat([real, fake])).chunk(2)
        mixed = epsilon * real + (1 - epsilon) * fake
        gradient = torch.func.grad(lambda images: self.critic(images).sum())(mixed)
        norm = gradient.float().flatten(1).norm(2, dim=1)
        return fake_scores.mean() - real_scores.mean() + PENALTY * ((norm - 1) ** 2).mean()

    def generator_step(self) -> None:
        """Raises the critic's score of fresh fakes."""
        with common.frozen(self.critic):
            with common.precision(self.options):
                loss = self.compiled_generator_loss(self.noise())
            loss.backward()
        self.generator_optimizer.step()
        self.generator_optimizer.zero_grad(set_to_none=True)
        self.generator_loss = loss.detach()

    def _generator_loss(self, noise: Tensor) -> Tensor:
        """The negative score of the fakes."""
        return -self.critic(self.generator(noise)).mean()


def build(options: Options) -> WassersteinTrainer:
    """The WGAN-GP of the options."""
    settings = options.settings_over({"architecture": "mlp", "width": 128, "latentSize": 100})
    width, latent = settings["width"], settings["latentSize"]
    trainer = TunedWassersteinTrainer if options.tuned else EagerWassersteinTrainer
    if common.choice(settings["architecture"], ("mlp", "resnet")) == "mlp":
        generator = mlp_generator(latent, options.image_shape)
        return trainer(generator, mlp_discriminator(math.prod(options.image_shape)), latent, options)
    generator = resnet_generator(options, latent, width)
    return trainer(generator, resnet_critic(options, width), latent, options)
