"""SGAN: a classifier that also learns from unlabelled and from generated images."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

import common
import dcgan
import players
from common import Options
from layers import GaussianNoise, SignedSigmoid
from players import Tensors

CLASSES, LATENT = 10, 100


class SGAN(players.System):
    """Data and the discriminator's loss; the objectives say what is real and what G wants."""

    share = 1.0
    """The weight of each term without labels."""

    def __init__(self, options: Options, generator: nn.Module, discriminator: nn.Module) -> None:
        super().__init__(options, generator, [discriminator])
        self.labeled = self.image_batches()
        self.labels = common.label_batches(options, CLASSES)

    def batch(self) -> Tensors:
        """Labelled images, their labels, unlabelled images."""
        return next(self.labeled), next(self.labels), next(self.images)

    def generate(self, batch: Tensors, drawn: Tensors) -> Tensor:
        """Images of noise."""
        return self.generator(drawn[0])

    def outputs(self, *images: Tensor) -> Tensors:
        """The discriminator's outputs for each set of images."""
        if self.options.tuned and not common.couples_examples(self.critics):
            return self.critics[0](torch.cat(images)).chunk(len(images))
        return tuple(self.critics[0](x) for x in images)

    def critic_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """The labels of the labelled, real against fake of the others."""
        labeled, labels, unlabeled = batch
        on_labeled, on_unlabeled, on_fake = self.outputs(labeled, unlabeled, fake)
        doubt = self.log_real(on_unlabeled).mean() + self.log_fake(on_fake).mean()
        return F.cross_entropy(on_labeled, labels) - self.share * doubt

    def log_real(self, outputs: Tensor) -> Tensor:
        """The logarithm of the probability that images are real."""
        raise NotImplementedError

    def log_fake(self, outputs: Tensor) -> Tensor:
        """The logarithm of the probability that images are generated."""
        raise NotImplementedError


class Odena(SGAN):
    """One more class, "generated", which the generator avoids (Odena 2016)."""

    def draw(self) -> Tensors:
        """Noise in [-1, 1)."""
        return (torch.rand(self.options.batch_size, LATENT) * 2 - 1,)

    def log_real(self, outputs: Tensor) -> Tensor:
        """All classes but the last."""
        return outputs[:, :-1].logsumexp(1) - outputs.logsumexp(1)

    def log_fake(self, outputs: Tensor) -> Tensor:
        """The last class."""
        return F.log_softmax(outputs, 1)[:, -1]

    def generator_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """Fakes are to be of any real class."""
        return -self.log_real(self.critics[0](fake)).mean()


class Classifier(nn.Module):
    """Noise, weight normalisation and ReLU in every layer (Salimans et al. 2016)."""

    def __init__(self, pixels: int, widths: list[int], input_noise: float, noise: float) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten(), GaussianNoise(input_noise)]
        for inputs, outputs in zip([pixels, *widths], widths):
            layers += [weight_norm(nn.Linear(inputs, outputs)), nn.ReLU(), GaussianNoise(noise)]
        self.features = nn.Sequential(*layers[:-1])
        self.head = nn.Sequential(layers[-1], weight_norm(nn.Linear(widths[-1], CLASSES)))

    def forward(self, images: Tensor) -> Tensor:
        """`[N, C, H, W]` to `[N, CLASSES]`."""
        return self.head(self.features(images))


class Matching(SGAN):
    """The mean features of fakes are to be those of real images (Salimans et al. 2016)."""

    share = 0.5
    critic_rate, generator_rate = 3e-3, 3e-3

    def draw(self) -> Tensors:
        """Noise in [0, 1)."""
        return (torch.rand(self.options.batch_size, LATENT),)

    def log_real(self, outputs: Tensor) -> Tensor:
        """log Z / (Z + 1), where Z is the sum of all exponentials."""
        return F.logsigmoid(outputs.logsumexp(1))

    def log_fake(self, outputs: Tensor) -> Tensor:
        """log 1 / (Z + 1)."""
        return F.logsigmoid(-outputs.logsumexp(1))

    def generator_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """The squared distance of the mean features."""
        features = self.critics[0].features
        with torch.set_grad_enabled(not self.options.tuned):
            target = features(batch[2]).mean(0)
        return F.mse_loss(features(fake).mean(0), target.detach())


def matching_generator(image_shape: tuple[int, int, int], width: int) -> nn.Sequential:
    """Two hidden layers with softplus, the last layer with weight normalisation."""
    return nn.Sequential(
        nn.Linear(LATENT, width, bias=False),
        nn.BatchNorm1d(width),
        nn.Softplus(),
        nn.Linear(width, width, bias=False),
        nn.BatchNorm1d(width),
        nn.Softplus(),
        weight_norm(nn.Linear(width, math.prod(image_shape))),
        SignedSigmoid(),
        nn.Unflatten(1, image_shape),
    )


def odena(options: Options) -> Odena:
    """DCGAN's networks with as many outputs as classes, and one more."""
    defaults = {"objective": "odena", "generatorWidth": 64, "discriminatorWidth": 64}
    settings = options.settings_over(defaults)
    generator = dcgan.generator(options, settings["generatorWidth"], 4, "transposed")
    width = settings["discriminatorWidth"]
    return Odena(options, generator, dcgan.discriminator(options, width, 4, CLASSES + 1))


def matching(options: Options) -> Matching:
    """Perceptrons."""
    defaults = {"objective": "matching", "generatorWidth": 500, "inputNoise": 0.3}
    defaults |= {"discriminatorWidths": "1000,500,250,250,250", "hiddenNoise": 0.5}
    settings = options.settings_over(defaults)
    widths = [int(width) for width in settings["discriminatorWidths"].split(",")]
    noise = settings["inputNoise"], settings["hiddenNoise"]
    discriminator = Classifier(math.prod(options.image_shape), widths, *noise)
    generator = matching_generator(options.image_shape, settings["generatorWidth"])
    return Matching(options, generator, discriminator)


def build(options: Options) -> players.Players:
    """The SGAN of the options."""
    objectives = {"matching": matching, "odena": odena}
    objective = options.settings.get("objective", "matching")
    return players.trainer(objectives[common.choice(objective, tuple(objectives))](options))
