"""Recycle-GAN (Bansal et al. 2018): CycleGAN's networks and predictors of the next frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..losses import squared
from ..networks.translation import UNET_WIDTHS, ResidualTranslator, UNet, levels, patch_discriminator
from ..settings import Settings
from ..system import Rule, System, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer
from ..translating import Pool

TINY = "generatorWidth=6 blocks=1 predictorWidths=4,8 discriminatorWidth=4 discriminatorLayers=2 poolSize=2"
PLAYERS = "generator_ab", "generator_ba", "predictor_a", "predictor_b"
FRAMES = 3


def pair(first: Tensor, second: Tensor) -> Tensor:
    """Two frames along channels."""
    return torch.cat([first, second], 1)


def total(losses: Iterable[Tensor]) -> Tensor:
    """The sum of scalars."""
    return torch.stack(list(losses)).sum()


class RecycleGAN(System):
    """Two translators and two predictors against two discriminators with pools."""

    name = "recycle-gan"
    parts = ("a", "b")
    defaults = {
        "blocks": 0,
        "generatorWidth": 64,
        "predictorWidths": UNET_WIDTHS,
        "discriminatorWidth": 64,
        "discriminatorLayers": 3,
        "recycleWeight": 10.0,
        "recurrentWeight": 10.0,
        "cycleWeight": 0.0,
        "poolSize": 50,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }

    def networks(self, task: Task) -> Networks:
        """Translators both ways, and of each domain a predictor and a discriminator."""
        s, shape = task.settings, task.shape
        blocks = s["blocks"] or (9 if shape.height >= 256 else 6)
        result: Networks = {
            name: ResidualTranslator(shape.channels, s["generatorWidth"], blocks) for name in PLAYERS[:2]
        }
        for name in PLAYERS[2:]:
            widths = levels(s["predictorWidths"], shape)
            result[name] = UNet(shape.channels, widths, nn.InstanceNorm2d, task.draws, inputs=2 * shape.channels)
        for domain in self.parts:
            result[f"discriminator_{domain}"] = patch_discriminator(
                shape.channels, s["discriminatorWidth"], s["discriminatorLayers"], nn.InstanceNorm2d
            )
        return result

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """One Adam for translators and predictors, one for each discriminator."""
        rule = adam(settings["learningRate"], settings["beta1"])
        return {PLAYERS: rule, ("discriminator_a",): rule, ("discriminator_b",): rule}

    def batch(self, task: Task) -> Batch:
        """The first frames of all triplets, then the second, then the third."""
        count, image = FRAMES * task.batch, task.shape.image
        return {part: torch.rand(count, *image) * 2 - 1 for part in self.parts}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of translators and predictors, then one of each discriminator."""
        frames = {part: batch[part].chunk(FRAMES) for part in self.parts}
        a, b = frames["a"], frames["b"]
        images = trainer.apply(self.drawn, *a[:2], *b[:2])
        trainer.minimize(PLAYERS, self.player_loss, *a, *b, *images)
        for domain, fakes in zip(self.parts, (images[:4], images[4:8])):
            pool = trainer.memory.setdefault(domain, Pool(trainer.settings["poolSize"], trainer.draws))
            shown = [torch.cat([pool.query(image[None]) for image in fake.detach()]) for fake in fakes]
            trainer.minimize(f"discriminator_{domain}", self.discriminator_loss, domain, *frames[domain], *shown)

    def drawn(self, trainer: Trainer, a0: Tensor, a1: Tensor, b0: Tensor, b1: Tensor) -> tuple[Tensor, ...]:
        """In a then in b: two translations, the frame predicted from them and that predicted from real frames.

        Then the third frames of a and of b by way of the other domain and, where it counts, the first two there and back.
        """
        ab, ba = trainer["generator_ab"], trainer["generator_ba"]
        predict_a, predict_b = trainer["predictor_a"], trainer["predictor_b"]
        fake_b0, fake_b1, fake_a0, fake_a1 = ab(a0), ab(a1), ba(b0), ba(b1)
        fake_b2, fake_a2 = predict_b(pair(fake_b0, fake_b1)), predict_a(pair(fake_a0, fake_a1))
        in_a = fake_a0, fake_a1, fake_a2, predict_a(pair(a0, a1))
        in_b = fake_b0, fake_b1, fake_b2, predict_b(pair(b0, b1))
        back = ba(fake_b2), ab(fake_a2)
        if not trainer.settings["cycleWeight"]:
            return *in_a, *in_b, *back
        return *in_a, *in_b, *back, ba(fake_b0), ba(fake_b1), ab(fake_a0), ab(fake_a1)

    def player_loss(self, trainer: Trainer, *tensors: Tensor) -> Losses:
        """Least squares for three frames of each domain, recycle and recurrent losses."""
        s = trainer.settings
        a, b, images = tensors[:3], tensors[3:6], tensors[6:]
        in_a, in_b, (back_a, back_b), again = images[:4], images[4:8], images[8:10], images[10:]
        fooled = total(squared(trainer["discriminator_a"](image), 1) for image in in_a[:3])
        fooled = fooled + total(squared(trainer["discriminator_b"](image), 1) for image in in_b[:3])
        recycle = F.l1_loss(back_a, a[2]) + F.l1_loss(back_b, b[2])
        recurrent = F.l1_loss(in_a[3], a[2]) + F.l1_loss(in_b[3], b[2])
        loss = fooled + s["recycleWeight"] * recycle + s["recurrentWeight"] * recurrent
        if not again:
            return {"G": loss, "recycle": recycle, "recurrent": recurrent}
        cycle = total(F.l1_loss(image, real) for image, real in zip(again, (*a[:2], *b[:2])))
        loss = loss + s["cycleWeight"] * cycle
        return {"G": loss, "recycle": recycle, "recurrent": recurrent, "cycle": cycle}

    def discriminator_loss(self, trainer: Trainer, domain: str, *images: Tensor) -> Losses:
        """The sum over four pairs of half the squares; the last real frame is in two of them."""
        discriminator = trainer[f"discriminator_{domain}"]
        reals, fakes = (*images[:3], images[2]), images[3:]
        pairs = (0.5 * (squared(discriminator(x), 1) + squared(discriminator(y), 0)) for x, y in zip(reals, fakes))
        return {f"D_{domain.upper()}": total(pairs)}

    def sample(self, trainer: Trainer) -> Batch:
        """Translates both ways: `output` is b's version of `input`, `output_a` a's version of `input_b`."""
        a, b = (x[:1] for x in self.batch(replace(trainer.task, batch=1)).values())
        ab, ba = (trainer[name].eval() for name in PLAYERS[:2])
        return {"input": a, "output": ab(a), "input_b": b, "output_a": ba(b)}

    goldens = (
        # Deep enough to amplify rounding, as CycleGAN's: a small rate keeps that in bounds.
        Golden(
            "recycle-gan",
            "Recycle-GAN with residual translators of one block and predictors of two levels.",
            16,
            texts(TINY),
            channels=3,
            batch=2,
            rate=0.0005,
            seed="systems/recycle-gan-12",
        ),
        Golden(
            "recycle-gan-cycle",
            "The same where single frames count there and back, on grey images.",
            16,
            texts(f"{TINY} cycleWeight=2"),
            channels=1,
            batch=2,
            rate=0.0005,
            seed="systems/recycle-gan-cycle-17",
        ),
    )
    benches = (
        Bench(
            "recycle-gan",
            "resnet",
            64,
            3,
            texts("generatorWidth=32 blocks=6 predictorWidths=32,64,128,128 discriminatorWidth=32"),
            batch=1,
        ),
    )


system = RecycleGAN()
