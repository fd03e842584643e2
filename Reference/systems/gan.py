"""Generative adversarial networks (Goodfellow et al. 2014)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from ..adversarial import Adversarial
from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..layers import Dropout, Maxout, SignedSigmoid
from ..networks import perceptrons
from ..settings import Settings
from ..trainer import Networks, Task


def maxout_generator(latent: int, widths: Sequence[int], image: perceptrons.Image) -> nn.Sequential:
    """The MNIST generator of the paper: rectified layers and a sigmoid, in [-1, 1]."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip([latent, *widths], widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(
        *layers, nn.Linear(widths[-1], math.prod(image)), SignedSigmoid(), nn.Unflatten(1, image)
    )


def maxout_discriminator(image: perceptrons.Image, widths: Sequence[int], draws: Draws) -> nn.Sequential:
    """The MNIST discriminator of the paper: maxout layers of five pieces with dropout."""
    layers: list[nn.Module] = [nn.Flatten(), Dropout(0.2, draws)]
    for inputs, outputs in zip([math.prod(image), *widths], widths):
        layers += [Maxout(inputs, outputs, 5), Dropout(0.5, draws)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1), nn.Flatten(0))


class GAN(Adversarial):
    """The usual perceptrons, or the paper's maxout networks."""

    name = "gan"
    defaults = {"architecture": "mlp", "latentSize": 100, **perceptrons.WIDTHS, "learningRate": 2e-4, "beta1": 0.5}
    choices = {
        "architecture": {
            "mlp": {},
            "maxout": {"generatorWidths": [1200, 1200], "discriminatorWidths": [240, 240], "learningRate": 0.1},
        }
    }
    one_pass = True

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, image = task.settings, task.shape.image
        latent, up, down = s["latentSize"], s["generatorWidths"], s["discriminatorWidths"]
        if s["architecture"] == "maxout":
            players = maxout_generator(latent, up, image), maxout_discriminator(image, down, task.draws)
        else:
            players = perceptrons.mlp_generator(latent, up, image), perceptrons.mlp_discriminator(image, down)
        return dict(zip(("generator", "discriminator"), players))

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ N(0, 1), or uniform of variance 1 for the maxout networks, as the authors' code draws it."""
        if settings["architecture"] == "maxout":
            return draws.uniform(count, settings["latentSize"], low=-(3**0.5), high=3**0.5)
        return super().noise(settings, draws, count)

    goldens = (
        Golden(
            "gan",
            "GAN (Goodfellow et al. 2014) with a perceptron generator and discriminator.",
            8,
            texts("latentSize=16 generatorWidths=16,32 discriminatorWidths=32,16"),
            cancelled=("generator.2.bias",),
            seed="recipes/gan",
        ),
        Golden(
            "gan-maxout",
            "GAN with the maxout and dropout networks of Goodfellow et al. 2014.",
            8,
            texts("architecture=maxout latentSize=16 generatorWidths=24,24 discriminatorWidths=12,12"),
            seed="recipes/gan-maxout",
        ),
    )
    benches = (Bench("gan", "mlp", 28, 1, texts("architecture=mlp"), over_eager=1.6),)


system = GAN()
