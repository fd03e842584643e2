"""pix2pix (Isola et al. 2017)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..modules import Draws
from ..store import Case
from ..trainer import Networks, Trainer
from .common import Batch, Shape, images, system_case
from .translation import UNet, patch_discriminator

SHAPE: Shape = (3, 16, 16)
BATCH, WIDTH, WIDTHS, L1 = 2, 4, (4, 8, 8, 8), 100.0
ORDER = (
    "Each minibatch: fake = G(input), drawing its dropout masks; D on [input, target], then on [input, fake] detached, in two "
    "passes; update D on half the sum of both cross-entropies; D as updated on [input, fake]; update G on -mean log D + 100 L1 "
    "of the same fake, L1 = mean |target - fake|. The sample is drawn in training mode: batch statistics and dropout, whose "
    "masks are sample/random."
)


def step(trainer: Trainer, batch: Batch) -> None:
    """One update of D and one of G with the same fake. D sees the pairs [input, image] along channels."""
    discriminator = trainer["discriminator"]

    def judge(image: Tensor) -> Tensor:
        return discriminator(torch.cat([batch["input"], image], 1))

    fake = trainer["generator"](batch["input"])
    loss = 0.5 * discriminator_cross_entropy(judge(batch["target"]), judge(fake.detach()))
    trainer.keep_loss("D", loss)
    trainer.update(loss, "discriminator")

    distance = F.l1_loss(fake, batch["target"])
    loss = generator_nonsaturating(judge(fake)) + L1 * distance
    trainer.keep_loss("L1", distance)
    trainer.keep_loss("G", loss)
    trainer.update(loss, "generator")


def _make(draws: Draws) -> Networks:
    return {
        "generator": UNet(SHAPE[0], WIDTHS, nn.BatchNorm2d, draws),
        "discriminator": patch_discriminator(2 * SHAPE[0], WIDTH, nn.BatchNorm2d),
    }


def _sample(trainer: Trainer) -> Batch:
    """Translates as in training, as the authors do at test time."""
    x = images(BATCH, SHAPE)
    tensors = {"input": x, "output": trainer["generator"](x)}
    return tensors | {f"random/{i:02d}": mask for i, mask in enumerate(trainer.draws.values)}


def cases() -> list[Case]:
    """Returns the one case."""
    config = dict(
        batch=BATCH,
        image=SHAPE,
        generator_widths=WIDTHS,
        discriminator_width=WIDTH,
        dropout=0.5,
        l1_weight=L1,
        sample_mode="training",
    )
    return [
        system_case(
            "pix2pix",
            f"pix2pix with a U-Net of four levels and a PatchGAN of two strided levels. {ORDER}",
            config,
            _make,
            lambda: {"input": images(BATCH, SHAPE), "target": images(BATCH, SHAPE)},
            step,
            _sample,
        )
    ]
