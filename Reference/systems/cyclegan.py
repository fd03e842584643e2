"""CycleGAN (Zhu et al. 2017) with the residual generators or with U-Nets."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..losses import squared
from ..networks.translation import UNET_WIDTHS, ResidualTranslator, UNet, levels, patch_discriminator
from ..settings import Settings
from ..system import Rule, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer
from ..translating import TRANSLATORS, Pool, TranslatingSystem, translations

TINY = "discriminatorWidth=4 discriminatorLayers=2 poolSize=1 identityWeight=0.5"


class CycleGAN(TranslatingSystem):
    """Two translators against two discriminators, each of which has a pool of fakes."""

    name = "cyclegan"
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
        """Two translators and two discriminators of patches."""
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
        images = trainer.apply(translations, a, b, bool(trainer.settings["identityWeight"]))
        trainer.minimize(TRANSLATORS, self.translator_loss, a, b, *images)
        for domain, fakes in zip(self.parts, images):
            pool = trainer.memory.setdefault(domain, Pool(trainer.settings["poolSize"], trainer.draws))
            fake = torch.cat([pool.query(image[None]) for image in fakes.detach()])
            trainer.minimize(f"discriminator_{domain}", self.discriminator_loss, domain, batch[domain], fake)

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

    goldens = (
        # A cycle through the residual generators is deep enough to amplify rounding; a smaller rate and weight than
        # those of the U-Nets keep that in bounds.
        Golden(
            "cyclegan-resnet",
            "CycleGAN with residual generators of two blocks.",
            16,
            texts(f"generatorWidth=6 blocks=2 cycleWeight=2 {TINY}"),
            channels=3,
            batch=1,
            rate=0.0005,
            seed="systems/cyclegan-resnet-117",
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
