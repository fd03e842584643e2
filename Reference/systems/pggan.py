"""Progressive growing (Karras et al. 2018): WGAN-GP with equalised learning rates, at the last stage."""

from __future__ import annotations

from torch import Tensor

from ..cases import Bench, Golden, texts
from ..losses import critic_wasserstein, generator_mean
from ..networks.progressive import (
    ProgressiveDiscriminator,
    ProgressiveGenerator,
    last_alpha,
    shown,
    stage_widths,
)
from ..penalties import interpolate, unit_norm
from ..system import System
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=16 channelBase=32 maxChannels=12 ema=0"


class PGGAN(System):
    """One update of each player a minibatch, and a moving average of the generator."""

    name = "pggan"
    defaults = {
        "latentSize": 512,
        "channelBase": 8192,
        "maxChannels": 512,
        "stableImages": 800_000,
        "fadeImages": 800_000,
        "penaltyWeight": 10.0,
        "driftWeight": 0.001,
        "learningRate": 1e-3,
        "beta1": 0.0,
        "beta2": 0.99,
        "ema": 0.999,
    }

    def networks(self, task: Task) -> Networks:
        """The generator and the critic of the last stage."""
        s, stages = task.settings, task.shape.doublings + 1
        widths = stage_widths(s, stages)
        alpha = last_alpha(s, stages, task.images_seen)
        return {
            "generator": ProgressiveGenerator(s["latentSize"], widths, task.shape.channels, alpha),
            "discriminator": ProgressiveDiscriminator(widths, task.shape.channels, alpha),
        }

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """Real images are faded like generated ones; G learns from fresh noise."""
        real = shown(batch["images"], trainer["generator"].alpha)
        fake = trainer.constant_fakes(trainer.noise())
        epsilon = trainer.draws.uniform(trainer.count, 1, 1, 1, low=0, high=1)
        trainer.minimize("discriminator", self.critic_loss, real, fake, epsilon)
        trainer.minimize("generator", self.generator_loss, trainer.noise())
        trainer.follow()

    def critic_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, epsilon: Tensor) -> Losses:
        """The loss of WGAN-GP, and a little of E f(x)^2 against drifting."""
        s, (on_real, on_fake) = trainer.settings, trainer.outputs("discriminator", (real,), (fake,))
        penalty = unit_norm(trainer.input_gradient("discriminator", interpolate(real, fake, epsilon)))
        drift = on_real.square().mean()
        loss = critic_wasserstein(on_real, on_fake) + s["penaltyWeight"] * penalty + s["driftWeight"] * drift
        return {"D": loss, "penalty": penalty, "drift": drift}

    def generator_loss(self, trainer: Trainer, z: Tensor) -> Losses:
        """-E f(G(z))."""
        return {"G": generator_mean(trainer["discriminator"](trainer["generator"](z)))}

    goldens = (
        Golden(
            "pggan-stable",
            "Progressive growing at 8x8, stable (alpha 1).",
            8,
            texts(f"{TINY} stableImages=1 fadeImages=1"),
            channels=3,
            images_seen=2,
            without_gradient=tuple(
                f"{layer}.0.{key}" for layer in ("generator.to_rgb", "discriminator.from_rgb") for key in ("weight", "bias")
            ),
        ),
        Golden(
            "pggan-fade",
            "Progressive growing at 8x8, fading in (alpha 0.5).",
            8,
            texts(f"{TINY} stableImages=1 fadeImages=1000000000"),
            channels=3,
            images_seen=500_000_001,
        ),
    )
    benches = (
        # Fully grown after the first step of the warm-up.
        Bench(
            "pggan",
            "stage-32",
            32,
            1,
            texts("latentSize=64 channelBase=512 maxChannels=64 stableImages=1 fadeImages=0"),
            batch=16,
        ),
    )


system = PGGAN()
