"""pix2pix (Isola et al. 2017)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..layers import with_dropout
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks.translation import UNET_WIDTHS, UNet, levels, patch_discriminator
from ..system import System, random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer


def pairs(inputs: Tensor, images: Tensor) -> Tensor:
    """What D sees: input and image along channels."""
    return torch.cat([inputs, images], 1)


class Pix2Pix(System):
    """A U-Net, whose noise is its dropout, against a discriminator of patches, and the absolute error."""

    name = "pix2pix"
    parts = ("input", "target")
    defaults = {
        "generatorWidths": UNET_WIDTHS,
        "discriminatorWidth": 64,
        "discriminatorLayers": 3,
        "dropout": 0.5,
        "l1Weight": 100.0,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator, both with batch norm."""
        s, shape, norm = task.settings, task.shape, nn.BatchNorm2d
        widths = levels(s["generatorWidths"], shape)
        return {
            "generator": UNet(shape.channels, widths, norm, task.draws, s["dropout"]),
            "discriminator": patch_discriminator(
                2 * shape.channels, s["discriminatorWidth"], s["discriminatorLayers"], norm
            ),
        }

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D and one of G with the same fake."""
        inputs, target = batch["input"], batch["target"]
        fake = trainer.fakes(inputs)
        trainer.minimize("discriminator", self.discriminator_loss, inputs, target, fake.detach())
        trainer.minimize("generator", self.generator_loss, inputs, target, fake)

    def discriminator_loss(self, trainer: Trainer, inputs: Tensor, target: Tensor, fake: Tensor) -> Losses:
        """Half the cross-entropy, so that D learns at half the pace."""
        values = trainer.outputs("discriminator", (pairs(inputs, target),), (pairs(inputs, fake),))
        return {"D": 0.5 * discriminator_cross_entropy(*values)}

    def generator_loss(self, trainer: Trainer, inputs: Tensor, target: Tensor, fake: Tensor) -> Losses:
        """-E log D(x, G(x)) + lambda E |y - G(x)|."""
        distance = F.l1_loss(fake, target)
        adversarial = generator_nonsaturating(trainer["discriminator"](pairs(inputs, fake)))
        return {"G": adversarial + trainer.settings["l1Weight"] * distance, "L1": distance}

    def sample(self, trainer: Trainer) -> Batch:
        """Translates with dropout, the noise of section 3.3, and by running statistics."""
        (x,) = random_batch(trainer.task, ("input",)).values()
        return {"input": x, "output": with_dropout(trainer["generator"])(x)}

    goldens = (
        Golden(
            "pix2pix",
            "pix2pix with a U-Net of four levels and a PatchGAN of two strided levels; the sample is by running statistics, with dropout.",
            16,
            texts("generatorWidths=4,8,8,8 discriminatorWidth=4 discriminatorLayers=2"),
            channels=3,
            batch=2,
            seed="systems/pix2pix-2",
        ),
    )
    benches = (
        Bench(
            "pix2pix",
            "unet",
            128,
            3,
            texts("generatorWidths=32,64,128,256,256,256,256 discriminatorWidth=32"),
            batch=1,
            over_eager=1.3,
        ),
    )


system = Pix2Pix()
