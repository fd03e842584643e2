"""CycleGAN (Zhu et al. 2017) with the residual generators or with U-Nets."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..losses import squared
from ..networks.translation import UNET_WIDTHS, Pool, ResidualTranslator, UNet, levels, patch_discriminator
from ..settings import Settings
from ..system import Rule, System, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "discriminatorWidth=4 discriminatorLayers=2 poolSize=1 identityWeight=0.5"
TRANSLATORS = "generator_ab", "generator_ba"


class CycleGAN(System):
    """Two translators against two discriminators, each of which has a pool of fakes."""

    name = "cyclegan"
    parts = ("a", "b")
    defaults = {
        "architecture": "resnet",
        "blocks": 0,
        "generatorWidth": 64,
        "unetWidths": UNET_WIDTHS,
        "discriminatorWidth": 64,
        "discriminatorLayers": 3,
        "cycleWeight": 10.0,
        "identityWeight": 0.0,
        "poolSize": 50,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }
    choices = {"architecture": {"resnet": {}, "unet": {}}}

    def networks(self, task: Task) -> Networks:
        """`generator_ab` translates a to b, `generator_ba` b to a; each discriminator judges its own domain."""
        s, channels = task.settings, task.shape.channels
        translators = {name: self.translator(task) for name in TRANSLATORS}
        return translators | {
            f"discriminator_{domain}": patch_discriminator(
                channels, s["discriminatorWidth"], s["discriminatorLayers"], nn.InstanceNorm2d
            )
            for domain in self.parts
        }

    def translator(self, task: Task) -> nn.Module:
        """A U-Net without dropout, or a residual generator of six blocks, or nine from 256x256 on."""
        s, shape = task.settings, task.shape
        if s["architecture"] == "unet":
            return UNet(shape.channels, levels(s["unetWidths"], shape), nn.InstanceNorm2d, task.draws)
        blocks = s["blocks"] or (9 if shape.height >= 256 else 6)
        return ResidualTranslator(shape.channels, s["generatorWidth"], blocks)

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """One Adam of the authors' code updates both discriminators; their gradients do not mix."""
        rule = adam(settings["learningRate"], settings["beta1"])
        return {TRANSLATORS: rule, ("discriminator_a",): rule, ("discriminator_b",): rule}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of both translators, then one of each discriminator on a query of its pool."""
        a, b = batch["a"], batch["b"]
        images = trainer.apply(self.translations, a, b)
        trainer.minimize(TRANSLATORS, self.translator_loss, a, b, *images)
        for domain, fakes in zip(self.parts, images):
            pool = trainer.memory.setdefault(domain, Pool(trainer.settings["poolSize"], trainer.draws))
            fake = torch.cat([pool.query(image[None]) for image in fakes.detach()])
            trainer.minimize(f"discriminator_{domain}", self.discriminator_loss, domain, batch[domain], fake)

    def translations(self, trainer: Trainer, a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
        """Fakes of a and b, a and b there and back and, where they have a weight, a and b as they should stay."""
        same = bool(trainer.settings["identityWeight"])
        fake_b = trainer["generator_ab"](a)
        fake_a, back_a, *same_a = trainer.outputs("generator_ba", (b,), (fake_b,), *[(a,)] * same)
        back_b, *same_b = trainer.outputs("generator_ab", (fake_a,), *[(b,)] * same)
        return fake_a, fake_b, back_a, back_b, *same_a, *same_b

    def translator_loss(
        self,
        trainer: Trainer,
        a: Tensor,
        b: Tensor,
        fake_a: Tensor,
        fake_b: Tensor,
        back_a: Tensor,
        back_b: Tensor,
        *same: Tensor,
    ) -> Losses:
        """Least squares against both discriminators, cycle consistency and, where it has a weight, identity."""
        s = trainer.settings
        fooled = squared(trainer["discriminator_b"](fake_b), 1) + squared(trainer["discriminator_a"](fake_a), 1)
        cycle = F.l1_loss(back_a, a) + F.l1_loss(back_b, b)
        if not same:
            return {"G": fooled + s["cycleWeight"] * cycle, "cycle": cycle}
        identity = F.l1_loss(same[0], a) + F.l1_loss(same[1], b)
        loss = fooled + s["cycleWeight"] * (cycle + s["identityWeight"] * identity)
        return {"G": loss, "cycle": cycle, "identity": identity}

    def discriminator_loss(self, trainer: Trainer, domain: str, real: Tensor, fake: Tensor) -> Losses:
        """(E (D(x) - 1)^2 + E D(G(y))^2) / 2."""
        on_real, on_fake = trainer.outputs(f"discriminator_{domain}", (real,), (fake,))
        return {f"D_{domain.upper()}": 0.5 * (squared(on_real, 1) + squared(on_fake, 0))}

    def sample(self, trainer: Trainer) -> Batch:
        """Translates both ways: `output` is b's version of `input`, `output_a` a's version of `input_b`."""
        a, b = self.batch(replace(trainer.task, batch=1)).values()
        ab, ba = (trainer[name].eval() for name in TRANSLATORS)
        return {"input": a, "output": ab(a), "input_b": b, "output_a": ba(b)}

    goldens = (
        # A cycle through the residual generators is deep enough to amplify rounding; larger images and a smaller
        # rate than those of the U-Nets keep that in bounds.
        Golden(
            "cyclegan-resnet",
            "CycleGAN with residual generators of two blocks.",
            32,
            texts(f"generatorWidth=6 blocks=2 {TINY}"),
            channels=3,
            batch=1,
            rate=0.005,
        ),
        Golden(
            "cyclegan-unet",
            "CycleGAN with U-Nets of three levels, InstanceNorm and no dropout.",
            16,
            texts(f"architecture=unet unetWidths=4,8,8 {TINY}"),
            channels=3,
            batch=1,
        ),
    )
    benches = (
        Bench(
            "cyclegan",
            "resnet",
            64,
            3,
            texts("generatorWidth=32 blocks=6 discriminatorWidth=32"),
            batch=1,
            over_eager=1.3,
        ),
    )


system = CycleGAN()
