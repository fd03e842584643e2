"""Semi-supervised GANs: N + 1 classes (Odena 2016), and N classes with feature matching (Salimans et al. 2016)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..draws import Draws
from ..layers import FusedWeightNorm, GaussianNoise, SignedSigmoid
from ..networks.dcgan import dcgan_generator, strided_body
from ..settings import Settings
from ..system import System
from ..trainer import Batch, Losses, Networks, Task, Trainer


def log_real(outputs: Tensor) -> Tensor:
    """log(1 - p_fake) under the softmax over N + 1 outputs."""
    return outputs[:, :-1].logsumexp(1) - outputs.logsumexp(1)


def log_fake(outputs: Tensor) -> Tensor:
    """log p_fake under the softmax over N + 1 outputs."""
    return outputs[:, -1] - outputs.logsumexp(1)


class MatchingDiscriminator(nn.Module):
    """The MNIST discriminator of Salimans et al. 2016 at any widths: noise, weight-normalised linear map, ReLU.

    `hidden.<i>` and `output`: {weight_g, weight_v, bias}. Noise of the first deviation is added to the image, of
    the second to every hidden layer's output. The features are the last hidden layer's output before its noise, as in the authors' code.
    Their g is fixed at 1 in the hidden layers; here every g is trained, as in the paper on weight normalisation.
    """

    def __init__(self, widths: Sequence[int], shape: Shape, noise: tuple[float, float], draws: Draws) -> None:
        super().__init__()
        sizes = [math.prod(shape.image), *widths]
        self.hidden = nn.ModuleList(FusedWeightNorm(nn.Linear(m, n)) for m, n in zip(sizes, sizes[1:]))
        for layer in self.hidden:
            nn.init.uniform_(layer.weight_g, 1, 2)  # keeps the features, and so the matching loss, from being tiny
        self.output = FusedWeightNorm(nn.Linear(sizes[-1], shape.classes))
        self.input_noise, self.hidden_noise = (GaussianNoise(deviation, draws) for deviation in noise)

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

    The authors' batch norm has no gain; this one has.
    """
    return nn.Sequential(
        nn.Linear(latent, width, bias=False),
        nn.BatchNorm1d(width),
        nn.Softplus(),
        nn.Linear(width, width, bias=False),
        nn.BatchNorm1d(width),
        nn.Softplus(),
        FusedWeightNorm(nn.Linear(width, math.prod(shape.image))),
        SignedSigmoid(),
        nn.Unflatten(1, shape.image),
    )


def matching_log_real(outputs: Tensor) -> Tensor:
    """log D = log Z - log(Z + 1) (Salimans et al. 2016, section 5)."""
    return F.logsigmoid(outputs.logsumexp(1))


def matching_log_fake(outputs: Tensor) -> Tensor:
    """log(1 - D) = -log(Z + 1)."""
    return F.logsigmoid(-outputs.logsumexp(1))


class SGAN(System):
    """The objective decides on networks, losses and the weight of the terms without labels."""

    name = "sgan"
    parts = ("labeled", "labels", "images")
    defaults = {
        "objective": "matching",
        "latentSize": 100,
        "generatorWidth": 500,
        "discriminatorWidth": 64,
        "discriminatorWidths": [1000, 500, 250, 250, 250],
        "inputNoise": 0.3,
        "hiddenNoise": 0.5,
        "learningRate": 3e-3,
        "beta1": 0.5,
    }
    choices = {"objective": {"matching": {}, "odena": {"generatorWidth": 64, "learningRate": 2e-4}}}

    def networks(self, task: Task) -> Networks:
        """The generator, and the discriminator, whose last output of N + 1 is "fake"."""
        s, shape = task.settings, task.shape
        if s["objective"] == "odena":
            return {
                "generator": dcgan_generator(s["latentSize"], s["generatorWidth"], shape),
                "discriminator": nn.Sequential(*strided_body(s["discriminatorWidth"], shape, 4, shape.classes + 1)),
            }
        noise = s["inputNoise"], s["hiddenNoise"]
        return {
            "generator": matching_generator(s["latentSize"], s["generatorWidth"], shape),
            "discriminator": MatchingDiscriminator(s["discriminatorWidths"], shape, noise, task.draws),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(-1, 1), or U(0, 1) for feature matching."""
        low = -1 if settings["objective"] == "odena" else 0
        return draws.uniform(count, settings["latentSize"], low=low, high=1)

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D on labelled, unlabelled and fake images, and one of G on fresh noise."""
        fake = trainer.constant_fakes(trainer.noise())
        images = batch["labeled"], batch["images"], fake
        if trainer.settings["objective"] == "odena":
            trainer.minimize("discriminator", self.odena_loss, batch["labels"], *images)
            trainer.minimize("generator", self.escaping_loss, trainer.noise())
        else:
            trainer.minimize("discriminator", self.matching_loss, batch["labels"], *images)
            trainer.minimize("generator", self.feature_loss, batch["images"], trainer.noise())

    def odena_loss(self, trainer: Trainer, labels: Tensor, *images: Tensor) -> Losses:
        """Cross-entropy over all N + 1 outputs; -E log(1 - p_fake(x)) - E log p_fake(G(z))."""
        on_labeled, on_unlabeled, on_fake = trainer.outputs("discriminator", *((x,) for x in images), generated=1)
        labeled = F.cross_entropy(on_labeled, labels)
        unlabeled = -(log_real(on_unlabeled).mean() + log_fake(on_fake).mean())
        return {"D": labeled + unlabeled, "labeled": labeled, "unlabeled": unlabeled}

    def matching_loss(self, trainer: Trainer, labels: Tensor, *images: Tensor) -> Losses:
        """Cross-entropy over N outputs; -E log D(x) / 2 - E log(1 - D(G(z))) / 2 with D = Z / (Z + 1)."""
        on_labeled, on_unlabeled, on_fake = trainer.outputs("discriminator", *((x,) for x in images))
        labeled = F.cross_entropy(on_labeled, labels)
        unlabeled = -0.5 * (matching_log_real(on_unlabeled).mean() + matching_log_fake(on_fake).mean())
        return {"D": labeled + unlabeled, "labeled": labeled, "unlabeled": unlabeled}

    def escaping_loss(self, trainer: Trainer, z: Tensor) -> Losses:
        """-E log(1 - p_fake(G(z)))."""
        return {"G": -log_real(trainer.on_generated("discriminator", trainer["generator"](z))).mean()}

    def feature_loss(self, trainer: Trainer, real: Tensor, z: Tensor) -> Losses:
        """The mean squared difference of the features' means of unlabelled images and fakes."""
        fake = trainer["generator"](z)
        real_mean, fake_mean = (trainer["discriminator"].features(x).mean(0) for x in (real, fake))
        return {"G": (fake_mean - real_mean.detach()).square().mean()}

    goldens = (
        Golden(
            "sgan",
            "SGAN (Odena 2016) with the generator of DCGAN, kernel 4.",
            16,
            texts("objective=odena latentSize=16 generatorWidth=4 discriminatorWidth=4"),
            channels=3,
        ),
        Golden(
            "sgan-matching",
            "Semi-supervised GAN with feature matching (Salimans et al. 2016), perceptrons.",
            8,
            texts("objective=matching latentSize=16 generatorWidth=16 discriminatorWidths=16,12"),
        ),
    )
    benches = (
        Bench("sgan-matching", "mlp", 28, 1, texts("objective=matching")),
        Bench("sgan-odena", "dcgan", 32, 1, texts("objective=odena generatorWidth=32 discriminatorWidth=32")),
    )


system = SGAN()
