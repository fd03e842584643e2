"""CoGAN (Liu & Tuzel 2016): a pair of GANs that share layers, and so draw pairs from two domains without pairs."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..networks.coupled import CoupledDiscriminator, CoupledGenerator
from ..settings import Settings
from ..system import Rule, System, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=12 generatorWidth=4 discriminatorWidths=3,4,6"
NUMBERS: Settings = {
    "latentSize": 100,
    "generatorWidth": 128,
    "discriminatorWidths": [20, 50, 500],
    "learningRate": 2e-4,
    "beta1": 0.5,
    "weightDecay": 5e-4,
}


def verdict(outputs: Tensor, real: int) -> Tensor:
    """The cross-entropy of outputs `[N, 2, 2]` for pairs, and all of one kind: 1 is real, 0 generated."""
    return F.cross_entropy(outputs.flatten(0, 1), torch.full((2 * len(outputs),), real, device=outputs.device))


class CoGAN(System):
    """One update of both discriminators, then one of both generators with noise of its own."""

    name = "cogan"
    parts = ("a", "b")
    defaults = NUMBERS
    one_pass = True

    def classes(self, task: Task) -> int:
        """How many classes the discriminator tells apart."""
        return 0

    def networks(self, task: Task) -> Networks:
        """One network holds what both domains share and what each has of its own."""
        s, shape = task.settings, task.shape
        return {
            "generator": CoupledGenerator(s["latentSize"], s["generatorWidth"], shape),
            "discriminator": CoupledDiscriminator(s["discriminatorWidths"], shape, self.classes(task)),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Adam with weight decay as part of the gradient."""
        rule = adam(settings["learningRate"], settings["beta1"], decay=settings["weightDecay"])
        return {("discriminator",): rule, ("generator",): rule}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """The discriminators learn from images of the batch and generated pairs, then the generators from them."""
        first, *labels, second = (batch[part] for part in self.parts)
        fake = trainer.constant_fakes(trainer.noise())
        trainer.minimize("discriminator", self.discriminator_loss, torch.stack([first, second], 1), fake, *labels)
        trainer.minimize("generator", self.generator_loss, trainer.noise())

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor) -> Losses:
        """-E log D_i(x_i) - E log(1 - D_i(G_i(z))), the mean of both domains (equation 3)."""
        judge = trainer["discriminator"].output
        on_real, on_fake = trainer.outputs("discriminator", (real,), (fake,))
        return {"D": verdict(judge(on_real), 1) + verdict(judge(on_fake), 0)}

    def generator_loss(self, trainer: Trainer, z: Tensor) -> Losses:
        """-E log D_i(G_i(z))."""
        discriminator = trainer["discriminator"]
        return {"G": verdict(discriminator.output(discriminator(trainer["generator"](z))), 1)}

    def sample(self, trainer: Trainer) -> Batch:
        """Four pairs in evaluation mode: `output` are the second domain's images, `partner` the first's."""
        z = self.noise(trainer.settings, Draws(), 4)
        partner, output = trainer["generator"].eval()(z).unbind(1)
        return {"input": z, "output": output, "partner": partner}

    goldens = (
        Golden(
            "cogan",
            "CoGAN (Liu & Tuzel 2016) with the networks for digits.",
            16,
            texts(TINY),
            channels=3,
            seed="systems/cogan-6",
        ),
        Golden("cogan-odd", "CoGAN with maps of even sides and pooling that leaves a row out.", 19, texts(TINY)),
    )
    benches = (Bench("cogan", "digits", 28, 1, texts("generatorWidth=32")),)


system = CoGAN()
