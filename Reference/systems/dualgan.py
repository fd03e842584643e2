"""DualGAN (Yi et al. 2017)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import RMSprop

from ..cases import Bench, Golden, texts
from ..layers import with_dropout
from ..losses import critic_wasserstein, generator_mean
from ..networks.translation import UNET_WIDTHS, UNet, levels, patch_discriminator
from ..settings import Settings
from ..system import Rule
from ..trainer import Batch, Losses, Networks, Task, Trainer
from ..translating import DISCRIMINATORS, TRANSLATORS, TranslatingSystem, translations


class DualGAN(TranslatingSystem):
    """Two U-Nets, whose noise is their dropout, against two critics of patches with clipped weights.

    Each image is normalised by itself, which the batches of one in the paper come to.
    """

    name = "dualgan"
    one_pass = True
    defaults = {
        "generatorWidths": UNET_WIDTHS,
        "discriminatorWidth": 64,
        "discriminatorLayers": 3,
        "dropout": 0.5,
        "cycleWeightA": 200.0,
        "cycleWeightB": 200.0,
        "clip": 0.01,
        "criticSteps": 3,
        "learningRate": 5e-5,
    }

    def networks(self, task: Task) -> Networks:
        """Two translators and two critics."""
        s, shape, norm = task.settings, task.shape, nn.InstanceNorm2d
        widths = levels(s["generatorWidths"], shape)
        translators = {name: UNet(shape.channels, widths, norm, task.draws, s["dropout"]) for name in TRANSLATORS}
        return translators | {
            name: patch_discriminator(shape.channels, s["discriminatorWidth"], s["discriminatorLayers"], norm)
            for name in DISCRIMINATORS
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """RMSProp for the translators and for the critics; TensorFlow's decay, which the authors keep, is 0.9."""
        rule = Rule(RMSprop, {"lr": settings["learningRate"], "alpha": 0.9})
        return {DISCRIMINATORS: rule, TRANSLATORS: rule}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """Algorithm 1: both critics learn and are clipped, the translators follow after every `criticSteps`-th."""
        a, b = batch["a"], batch["b"]
        fake_b = trainer.constant_fakes(a, name="generator_ab")
        fake_a = trainer.constant_fakes(b, name="generator_ba")
        trainer.minimize(DISCRIMINATORS, self.critic_loss, a, b, fake_a, fake_b)
        for name in DISCRIMINATORS:
            trainer.clamp(name, trainer.settings["clip"])
        if trainer.turn(trainer.settings["criticSteps"]):
            trainer.minimize(TRANSLATORS, self.translator_loss, a, b)

    def critic_loss(self, trainer: Trainer, a: Tensor, b: Tensor, fake_a: Tensor, fake_b: Tensor) -> Losses:
        """E f(G(u, z)) - E f(v) of the critic of b, and the same of the critic of a (equations 1 and 2)."""
        on_a = trainer.outputs("discriminator_a", (a,), (fake_a,))
        on_b = trainer.outputs("discriminator_b", (b,), (fake_b,))
        return {"D": critic_wasserstein(*on_a) + critic_wasserstein(*on_b)}

    def translator_loss(self, trainer: Trainer, a: Tensor, b: Tensor) -> Losses:
        """What the critics say of the fakes, and the absolute errors of the ways there and back (equation 3)."""
        s = trainer.settings
        fake_a, fake_b, back_a, back_b = translations(trainer, a, b)
        fooled = generator_mean(trainer["discriminator_a"](fake_a)) + generator_mean(trainer["discriminator_b"](fake_b))
        error_a, error_b = F.l1_loss(back_a, a), F.l1_loss(back_b, b)
        loss = fooled + s["cycleWeightA"] * error_a + s["cycleWeightB"] * error_b
        return {"G": loss, "cycle": error_a + error_b}

    def sample(self, trainer: Trainer) -> Batch:
        """Translates a to b with dropout, the noise, which is there in use as well (section 3)."""
        a, _ = self.batch(trainer.task).values()
        return {"input": a, "output": with_dropout(trainer["generator_ab"])(a)}

    goldens = (
        Golden(
            "dualgan",
            "DualGAN with U-Nets of three levels; the translators follow the second of three critic updates.",
            16,
            texts(
                "generatorWidths=4,8,8 discriminatorWidth=4 discriminatorLayers=2 clip=0.05 criticSteps=2"
                " cycleWeightA=20 cycleWeightB=30"
            ),
            channels=3,
            batch=2,
            rate=0.01,
            steps=3,
            without_gradient=("discriminator_a.8.bias", "discriminator_b.8.bias"),
            seed="systems/dualgan-1",
        ),
    )
    benches = (
        Bench(
            "dualgan",
            "unet",
            64,
            3,
            texts("generatorWidths=32,64,128,256,256,256 discriminatorWidth=32"),
            batch=4,
        ),
    )


system = DualGAN()
