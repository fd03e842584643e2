"""Semi-supervised GANs: N + 1 classes (Odena 2016), and N classes with feature matching (Salimans et al. 2016)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..modules import Draws, SignedSigmoid, WeightNorm
from ..networks import dcgan_generator
from ..store import Case
from ..trainer import Networks, Trainer
from .common import BATCH, CLASSES, LATENT, Batch, GaussianNoise, Shape, evaluate, images, labels, system_case

COLOUR: Shape = (3, 16, 16)
GRAY: Shape = (1, 8, 8)
LogProbability = Callable[[Tensor], Tensor]
PASSES = "D on labeled, unlabeled and fake images in three passes, in this order; update D on labeled + unlabeled; "
SGAN_ORDER = (
    "Each minibatch: z ~ U(-1, 1); fake = G(z); " + PASSES + "fresh z; update G on -mean log(1 - p_fake(G(z))). "
    "labeled = cross-entropy of the labels over all N + 1 outputs, the last of which is the fake class; "
    "unlabeled = -mean log(1 - p_fake(x)) - mean log p_fake(G(z))."
)
MATCHING_ORDER = (
    "Each minibatch: z ~ U(0, 1); fake = G(z); " + PASSES + "fresh z; features of the unlabeled images, then of G(z), in "
    "two passes of D that stop at the features; update G on the mean squared difference of the features' means. "
    "labeled = cross-entropy of the labels over N outputs; with Z = sum exp outputs and D = Z / (Z + 1), "
    "unlabeled = -mean log D(x) / 2 - mean log(1 - D(G(z))) / 2. A pass draws its Gaussian noise layer by layer."
)


def sgan_discriminator(width: int, classes: int, shape: Shape) -> nn.Sequential:
    """Odena's D/C network: strided convolutions and a softmax over `classes` + 1 outputs, the last one "fake".

    Sequential: 0 Conv2d 4x4 s2 p1, 1 LeakyReLU 0.2, 2 Conv2d 4x4 s2 p1 without bias, 3 BatchNorm2d, 4 LeakyReLU 0.2, 5
    Flatten, 6 Linear.
    """
    channels, size, _ = shape
    return nn.Sequential(
        nn.Conv2d(channels, width, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(2 * width),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(2 * width * (size // 4) ** 2, classes + 1),
    )


def log_real(outputs: Tensor) -> Tensor:
    """log(1 - p_fake) under the softmax over N + 1 outputs."""
    return outputs[:, :-1].logsumexp(1) - outputs.logsumexp(1)


def log_fake(outputs: Tensor) -> Tensor:
    """log p_fake under the softmax over N + 1 outputs."""
    return outputs[:, -1] - outputs.logsumexp(1)


class MatchingDiscriminator(nn.Module):
    """The MNIST discriminator of Salimans et al. 2016 at any widths: noise, weight-normalised linear map, ReLU.

    `hidden.<i>` and `output`: {weight_g, weight_v, bias}. Noise of deviation 0.3 is added to the image and 0.5 to every
    hidden layer's output. The features are the last hidden layer's output before its noise, as in the authors' code.
    Their g is fixed at 1 in the hidden layers; here every g is trained, as in the paper on weight normalisation.
    """

    def __init__(self, widths: Sequence[int], classes: int, shape: Shape, draws: Draws) -> None:
        super().__init__()
        sizes = [math.prod(shape), *widths]
        self.hidden = nn.ModuleList(WeightNorm(nn.Linear(m, n)) for m, n in zip(sizes, sizes[1:]))
        for layer in self.hidden:
            nn.init.uniform_(layer.weight_g, 1, 2)  # keeps the features, and so the matching loss, from being tiny
        self.output = WeightNorm(nn.Linear(sizes[-1], classes))
        self.input_noise, self.hidden_noise = GaussianNoise(0.3, draws), GaussianNoise(0.5, draws)

    def features(self, x: Tensor) -> Tensor:
        """Returns the last hidden activations; draws the noise of the image and of the layers before."""
        h = self.input_noise(x.flatten(1))
        for i, layer in enumerate(self.hidden):
            h = F.relu(layer(h if i == 0 else self.hidden_noise(h)))
        return h

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.hidden_noise(self.features(x)))


def matching_generator(latent: int, width: int, shape: Shape) -> nn.Sequential:
    """The MNIST generator of Salimans et al. 2016 at any width, its sigmoid carried to [-1, 1].

    Sequential: 0 Linear without bias, 1 BatchNorm1d, 2 Softplus, 3 Linear without bias, 4 BatchNorm1d, 5 Softplus, 6
    weight-normalised Linear {weight_g, weight_v, bias}, 7 2 sigmoid - 1, 8 Unflatten. The authors' batch norm has no gain;
    this one has.
    """
    return nn.Sequential(
        nn.Linear(latent, width, bias=False),
        nn.BatchNorm1d(width),
        nn.Softplus(),
        nn.Linear(width, width, bias=False),
        nn.BatchNorm1d(width),
        nn.Softplus(),
        WeightNorm(nn.Linear(width, math.prod(shape))),
        SignedSigmoid(),
        nn.Unflatten(1, shape),
    )


def matching_log_real(outputs: Tensor) -> Tensor:
    """log D = log Z - log(Z + 1) (Salimans et al. 2016, section 5)."""
    return F.logsigmoid(outputs.logsumexp(1))


def matching_log_fake(outputs: Tensor) -> Tensor:
    """log(1 - D) = -log(Z + 1)."""
    return F.logsigmoid(-outputs.logsumexp(1))


def _train_discriminator(
    trainer: Trainer, batch: Batch, z: Tensor, log_d: LogProbability, log_not_d: LogProbability, weight: float
) -> None:
    """Updates D on the labels and on real against fake.

    Args:
        weight: of each of the two terms of the unlabeled loss.
    """
    discriminator = trainer["discriminator"]
    with torch.no_grad():
        fake = trainer["generator"](z)
    on_labeled, on_unlabeled, on_fake = (discriminator(x) for x in (batch["labeled"], batch["images"], fake))
    labeled = F.cross_entropy(on_labeled, batch["labels"])
    unlabeled = -weight * (log_d(on_unlabeled).mean() + log_not_d(on_fake).mean())
    for name, value in (("labeled", labeled), ("unlabeled", unlabeled), ("D", labeled + unlabeled)):
        trainer.keep_loss(name, value)
    trainer.update(labeled + unlabeled, "discriminator")


def _sgan_step(trainer: Trainer, batch: Batch) -> None:
    def noise() -> Tensor:
        return trainer.draws.uniform(BATCH, LATENT, low=-1, high=1)

    _train_discriminator(trainer, batch, noise(), log_real, log_fake, 1.0)
    loss = -log_real(trainer["discriminator"](trainer["generator"](noise()))).mean()
    trainer.keep_loss("G", loss)
    trainer.update(loss, "generator")


def _matching_step(trainer: Trainer, batch: Batch) -> None:
    def noise() -> Tensor:
        return trainer.draws.uniform(BATCH, LATENT, low=0, high=1)

    _train_discriminator(trainer, batch, noise(), matching_log_real, matching_log_fake, 0.5)
    discriminator = trainer["discriminator"]
    fake = trainer["generator"](noise())
    real_mean, fake_mean = (discriminator.features(x).mean(0) for x in (batch["images"], fake))
    loss = (fake_mean - real_mean).square().mean()
    trainer.keep_loss("G", loss)
    trainer.update(loss, "generator")


def _batch(shape: Shape) -> Callable[[], Batch]:
    return lambda: {"labeled": images(BATCH, shape), "labels": labels(BATCH), "images": images(BATCH, shape)}


def _sgan(_: Draws) -> Networks:
    return {
        "generator": dcgan_generator(LATENT, 4, 16, COLOUR[0], 4, resize=False),
        "discriminator": sgan_discriminator(4, CLASSES, COLOUR),
    }


def _matching(draws: Draws) -> Networks:
    return {
        "generator": matching_generator(LATENT, 16, GRAY),
        "discriminator": MatchingDiscriminator([16, 12], CLASSES, GRAY, draws),
    }


def cases() -> list[Case]:
    """Returns the case of N + 1 classes and that of feature matching."""
    common = dict(batch=BATCH, latent=LATENT, classes=CLASSES)
    return [
        system_case(
            "sgan",
            f"SGAN (Odena 2016) with the generator of DCGAN, kernel 4. {SGAN_ORDER}",
            common | dict(image=COLOUR, width=4, size=16, kernel=4, noise="uniform(-1, 1)"),
            _sgan,
            _batch(COLOUR),
            _sgan_step,
            lambda trainer: evaluate(trainer, torch.rand(4, LATENT) * 2 - 1),
        ),
        system_case(
            "sgan-matching",
            f"Semi-supervised GAN with feature matching (Salimans et al. 2016), perceptrons. {MATCHING_ORDER}",
            common
            | dict(
                image=GRAY,
                generator_width=16,
                discriminator_widths=[16, 12],
                input_noise=0.3,
                hidden_noise=0.5,
                noise="uniform(0, 1)",
            ),
            _matching,
            _batch(GRAY),
            _matching_step,
            lambda trainer: evaluate(trainer, torch.rand(4, LATENT)),
        ),
    ]
