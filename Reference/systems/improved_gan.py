"""Semi-supervised learning with N classes and feature matching (Salimans et al. 2016), for MNIST."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..draws import Draws
from ..layers import FusedWeightNorm, GaussianNoise, OffsetBatchNorm, SignedSigmoid
from ..settings import Settings
from ..system import Rule, System
from ..trainer import Batch, Losses, Networks, Task, Trainer


class MatchingDiscriminator(nn.Module):
    """The paper's discriminator at any widths, on images in [0, 1]: noise, weight-normalised linear map, ReLU.

    `hidden.<i>` and `output`: {weight_g, weight_v, bias}. Noise of the first deviation is added to the image, of the
    second to every hidden layer's output. The features are the last hidden layer's output before its noise, and g is
    trained in the last layer only, both as in the authors' code.
    """

    def __init__(self, widths: Sequence[int], shape: Shape, noise: tuple[float, float], draws: Draws) -> None:
        super().__init__()
        sizes = [math.prod(shape.image), *widths]
        self.hidden = nn.ModuleList(FusedWeightNorm(nn.Linear(m, n), trained=False) for m, n in zip(sizes, sizes[1:]))
        self.output = FusedWeightNorm(nn.Linear(sizes[-1], shape.classes))
        self.input_noise, self.hidden_noise = (GaussianNoise(deviation, draws) for deviation in noise)

    def corrupted(self, x: Tensor) -> Tensor:
        """The pixels of images in [-1, 1], in [0, 1] and with noise."""
        return self.input_noise((x.flatten(1) + 1) / 2)

    def features(self, x: Tensor) -> Tensor:
        """Returns the last hidden activations; draws the noise of the image and of the layers before."""
        h = self.corrupted(x)
        for i, layer in enumerate(self.hidden):
            h = F.relu(layer(h if i == 0 else self.hidden_noise(h)))
        return h

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.hidden_noise(self.features(x)))

    @torch.no_grad()
    def initialise(self, x: Tensor) -> None:
        """Sets every g and bias so that the layer's outputs for x have mean 0 and variance 1.

        Salimans & Kingma 2016, equations 5 and 6, layer by layer, with the noise of training.
        """
        h = self.corrupted(x)
        for layer in (*self.hidden, self.output):
            t = h @ (layer.weight_v / layer.weight_v.norm(dim=1, keepdim=True)).t()
            mean = t.mean(0)
            scale = 1 / torch.sqrt((t - mean).square().mean(0) + 1e-10)
            layer.weight_g.copy_(scale[:, None])
            layer.bias.copy_(-mean * scale)
            if layer is not self.output:
                h = self.hidden_noise(F.relu((t - mean) * scale))


def matching_generator(latent: int, width: int, shape: Shape) -> nn.Sequential:
    """The paper's generator at any width, its sigmoid carried to [-1, 1].

    Sequential: 0 Linear without bias, 1 batch norm without gain, 2 Softplus, 3 to 5 likewise, 6 weight-normalised
    Linear, 7 2 sigmoid - 1, 8 Unflatten.
    """
    return nn.Sequential(
        nn.Linear(latent, width, bias=False),
        OffsetBatchNorm(width, eps=1e-6),
        nn.Softplus(),
        nn.Linear(width, width, bias=False),
        OffsetBatchNorm(width, eps=1e-6),
        nn.Softplus(),
        FusedWeightNorm(nn.Linear(width, math.prod(shape.image))),
        SignedSigmoid(),
        nn.Unflatten(1, shape.image),
    )


def log_real(outputs: Tensor) -> Tensor:
    """log D = log Z - log(Z + 1) (section 5)."""
    return F.logsigmoid(outputs.logsumexp(1))


def log_fake(outputs: Tensor) -> Tensor:
    """log(1 - D) = -log(Z + 1)."""
    return F.logsigmoid(-outputs.logsumexp(1))


class ImprovedGAN(System):
    """D goes through labelled, unlabelled and fake images at once; it starts from data-dependent scales."""

    name = "improved-gan"
    parts = ("labeled", "labels", "images")
    defaults = {
        "latentSize": 100,
        "generatorWidth": 500,
        "discriminatorWidths": [1000, 500, 250, 250, 250],
        "inputNoise": 0.3,
        "hiddenNoise": 0.5,
        "unlabeledWeight": 1.0,
        "learningRate": 3e-3,
        "beta1": 0.5,
        "epsilon": 1e-4,
        "discriminatorEma": 0.9999,
    }
    one_pass = True

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        noise = s["inputNoise"], s["hiddenNoise"]
        return {
            "generator": matching_generator(s["latentSize"], s["generatorWidth"], shape),
            "discriminator": MatchingDiscriminator(s["discriminatorWidths"], shape, noise, task.draws),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(0, 1)."""
        return draws.uniform(count, settings["latentSize"], low=0, high=1)

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Adam with the epsilon that the authors' 1e-8 under the root comes to."""
        options = dict(lr=settings["learningRate"], betas=(settings["beta1"], 0.999), eps=settings["epsilon"])
        return {("discriminator",): Rule(torch.optim.Adam, options), ("generator",): Rule(torch.optim.Adam, options)}

    def averages(self, settings: Settings) -> dict[str, float]:
        """The average of D is what classifies."""
        return {"discriminator": settings["discriminatorEma"]}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D on labelled, unlabelled and fake images, and one of G on fresh noise."""
        if trainer.steps == 0:
            trainer["discriminator"].initialise(batch["images"])
            if "discriminator" in trainer.averages:
                trainer.averages["discriminator"].load_state_dict(trainer["discriminator"].state_dict())
        images = batch["labeled"], batch["images"], trainer.constant_fakes(trainer.noise())
        trainer.minimize("discriminator", self.discriminator_loss, batch["labels"], *images)
        trainer.minimize("generator", self.generator_loss, batch["images"], trainer.noise())
        trainer.follow("discriminator")

    def discriminator_loss(self, trainer: Trainer, labels: Tensor, *images: Tensor) -> Losses:
        """Cross-entropy over N outputs; -E log D(x) / 2 - E log(1 - D(G(z))) / 2 with D = Z / (Z + 1)."""
        on_labeled, on_unlabeled, on_fake = trainer.outputs("discriminator", *((x,) for x in images))
        labeled = F.cross_entropy(on_labeled, labels)
        unlabeled = -0.5 * (log_real(on_unlabeled).mean() + log_fake(on_fake).mean())
        loss = labeled + trainer.settings["unlabeledWeight"] * unlabeled
        return {"D": loss, "labeled": labeled, "unlabeled": unlabeled}

    def generator_loss(self, trainer: Trainer, real: Tensor, z: Tensor) -> Losses:
        """The mean squared difference of the features' means of unlabelled images and fakes."""
        features = trainer["discriminator"].features
        with torch.no_grad():
            real_mean = features(real).mean(0)
        return {"G": (features(trainer["generator"](z)).mean(0) - real_mean).square().mean()}

    goldens = (
        Golden(
            "improved-gan",
            "Semi-supervised GAN with feature matching (Salimans et al. 2016), perceptrons.",
            8,
            texts("latentSize=16 generatorWidth=16 discriminatorWidths=16,12 unlabeledWeight=0.5"),
        ),
    )
    benches = (Bench("improved-gan", "mlp", 28, 1),)


system = ImprovedGAN()
