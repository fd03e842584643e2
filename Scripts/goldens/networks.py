"""Generators and discriminators of the recipes; module paths give the keys of their state dictionaries."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .modules import (
    CriticBlock,
    Draws,
    FirstCriticBlock,
    GeneratorBlock,
    MaskedDropout,
    Maxout,
    PlainCriticBlock,
    SignedSigmoid,
    UpsampleConv2d,
)

Shape = tuple[int, int, int]


def mlp_generator(latent: int, widths: Sequence[int], image: Shape) -> nn.Sequential:
    """Linear, LeakyReLU; then Linear, BatchNorm1d, LeakyReLU per further width; Linear, Tanh, Unflatten."""
    layers: list[nn.Module] = [nn.Linear(latent, widths[0]), nn.LeakyReLU(0.2)]
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], math.prod(image)), nn.Tanh(), nn.Unflatten(1, image))


def mlp_body(inputs: int, widths: Sequence[int]) -> list[nn.Module]:
    """Linear, LeakyReLU per width; Linear to one logit, Flatten(0)."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.2)]
        inputs = width
    return [*layers, nn.Linear(inputs, 1), nn.Flatten(0)]


def mlp_discriminator(image: Shape, widths: Sequence[int]) -> nn.Sequential:
    """Flatten and the multilayer perceptron."""
    return nn.Sequential(nn.Flatten(), *mlp_body(math.prod(image), widths))


def rectified_body(inputs: int, widths: Sequence[int], outputs: int) -> list[nn.Module]:
    """Linear, ReLU per width; a linear output: the toy networks of Gulrajani et al. 2017, section 4."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return [*layers, nn.Linear(inputs, outputs)]


def maxout_generator(latent: int, width: int, image: Shape) -> nn.Sequential:
    """The MNIST generator of Goodfellow et al. 2014: two rectified layers and a sigmoid, in [-1, 1]."""
    return nn.Sequential(
        nn.Linear(latent, width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, math.prod(image)),
        SignedSigmoid(),
        nn.Unflatten(1, image),
    )


def maxout_discriminator(image: Shape, width: int, draws: Draws) -> nn.Sequential:
    """The MNIST discriminator of Goodfellow et al. 2014: two maxout layers with dropout."""
    return nn.Sequential(
        nn.Flatten(),
        MaskedDropout(0.2, draws),
        Maxout(math.prod(image), width, 5),
        MaskedDropout(0.5, draws),
        Maxout(width, width, 5),
        MaskedDropout(0.5, draws),
        nn.Linear(width, 1),
        nn.Flatten(0),
    )


def doubling(inputs: int, outputs: int, kernel: int, resize: bool, bias: bool) -> nn.Module:
    """A layer that doubles the resolution: a transposed convolution, or up-sampling and convolution."""
    if resize:
        return UpsampleConv2d(inputs, outputs, bias=bias)
    padding, extra = (2, 1) if kernel == 5 else (1, 0)
    return nn.ConvTranspose2d(inputs, outputs, kernel, 2, padding, output_padding=extra, bias=bias)


def dcgan_generator(latent: int, width: int, size: int, channels: int, kernel: int, resize: bool) -> nn.Sequential:
    """The generator of Radford et al. 2016, figure 1, from 4x4 to `size`."""
    stages = int(math.log2(size // 4))
    c = width * 2 ** (stages - 1)
    layers: list[nn.Module] = [
        nn.Linear(latent, c * 16, bias=False),
        nn.Unflatten(1, (c, 4, 4)),
        nn.BatchNorm2d(c),
        nn.ReLU(),
    ]
    for _ in range(stages - 1):
        layers += [doubling(c, c // 2, kernel, resize, bias=False), nn.BatchNorm2d(c // 2), nn.ReLU()]
        c //= 2
    return nn.Sequential(*layers, doubling(c, channels, kernel, resize, bias=True), nn.Tanh())


def dcgan_discriminator(width: int, size: int, channels: int, kernel: int) -> nn.Sequential:
    """The discriminator of Radford et al. 2016: strided convolutions to 4x4, no batch norm on the first."""
    padding = 2 if kernel == 5 else 1
    layers: list[nn.Module] = [nn.Conv2d(channels, width, kernel, 2, padding), nn.LeakyReLU(0.2)]
    c = width
    for _ in range(int(math.log2(size // 4)) - 1):
        layers += [nn.Conv2d(c, 2 * c, kernel, 2, padding, bias=False), nn.BatchNorm2d(2 * c), nn.LeakyReLU(0.2)]
        c *= 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(c * 16, 1), nn.Flatten(0))


class ResidualGenerator(nn.Module):
    """The CIFAR-10 generator of Gulrajani et al. 2017, appendix F, at any width."""

    def __init__(self, latent: int, width: int, size: int, channels: int) -> None:
        super().__init__()
        self.width = width
        self.project = nn.Linear(latent, width * 16)
        self.blocks = nn.ModuleList(GeneratorBlock(width, width) for _ in range(int(math.log2(size // 4))))
        self.norm = nn.BatchNorm2d(width)
        self.output = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.project(z).view(-1, self.width, 4, 4)
        for block in self.blocks:
            h = block(h)
        return torch.tanh(self.output(F.relu(self.norm(h))))


class ResidualCritic(nn.Module):
    """The CIFAR-10 critic of Gulrajani et al. 2017, appendix F, at any width."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.first = FirstCriticBlock(channels, width)
        self.blocks = nn.ModuleList([CriticBlock(width, width), PlainCriticBlock(width), PlainCriticBlock(width)])
        self.output = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(x)
        for block in self.blocks:
            h = block(h)
        return self.output(F.relu(h).mean((2, 3))).flatten()


class ConditionalGenerator(nn.Module):
    """A perceptron on the noise and an embedding of the label (after Mirza & Osindero 2014)."""

    def __init__(self, latent: int, classes: int, widths: Sequence[int], image: Shape) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, classes)
        self.body = mlp_generator(latent + classes, widths, image)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([z, self.embedding(labels)], 1))


class ConditionalDiscriminator(nn.Module):
    """A perceptron on the image and an embedding of the label (after Mirza & Osindero 2014)."""

    def __init__(self, classes: int, widths: Sequence[int], image: Shape) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, classes)
        self.body = nn.Sequential(*mlp_body(math.prod(image) + classes, widths))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([x.flatten(1), self.embedding(labels)], 1))


class ConditionalMaxoutGenerator(nn.Module):
    """The MNIST generator of Mirza & Osindero 2014, section 4.1, with its output in [-1, 1]."""

    def __init__(self, latent: int, classes: int, widths: tuple[int, int, int], image: Shape, draws: Draws) -> None:
        super().__init__()
        noise, label, joint = widths
        self.noise = nn.Linear(latent, noise)
        self.label = nn.Linear(classes, label)
        self.joint = nn.Linear(noise + label, joint)
        self.dropout = MaskedDropout(0.5, draws)
        self.output = nn.Linear(joint, math.prod(image))
        self.classes, self.image = classes, image

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        y = F.one_hot(labels, self.classes).float()
        h = torch.cat([F.relu(self.noise(z)), F.relu(self.label(y))], 1)
        h = self.dropout(F.relu(self.joint(h)))
        return (2 * torch.sigmoid(self.output(h)) - 1).view(-1, *self.image)


class ConditionalMaxoutDiscriminator(nn.Module):
    """The MNIST discriminator of Mirza & Osindero 2014, section 4.1."""

    def __init__(self, classes: int, widths: tuple[int, int, int], image: Shape, draws: Draws) -> None:
        super().__init__()
        inner, label, joint = widths
        self.image = Maxout(math.prod(image), inner, 5)
        self.label = Maxout(classes, label, 5)
        self.joint = Maxout(inner + label, joint, 4)
        self.output = nn.Linear(joint, 1)
        self.dropout = MaskedDropout(0.5, draws)
        self.classes = classes

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        y = F.one_hot(labels, self.classes).float()
        h = self.dropout(torch.cat([self.image(x.flatten(1)), self.label(y)], 1))
        return self.output(self.dropout(self.joint(h))).flatten()
