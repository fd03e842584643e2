"""WGAN with a gradient penalty (Gulrajani et al. 2017, algorithm 1)."""

from __future__ import annotations

from torch import Tensor

from ..cases import Bench, Golden, texts
from ..critic import CriticSystem
from ..losses import critic_wasserstein
from ..networks import perceptrons
from ..networks.dcgan import dcgan_discriminator, dcgan_generator
from ..networks.residual import ResidualCritic, ResidualGenerator
from ..penalties import interpolate, unit_norm
from ..trainer import Batch, Losses, Networks, Task, Trainer


class WGANGP(CriticSystem):
    """Perceptrons, DCGAN's networks, the residual ones of appendix F, or the toy ones for points in the plane."""

    name = "wgan-gp"
    defaults = {
        "architecture": "mlp",
        "width": 128,
        "generatorWidths": perceptrons.WIDTHS["generatorWidths"],
        "criticWidths": perceptrons.WIDTHS["discriminatorWidths"],
        "latentSize": 100,
        "criticSteps": 5,
        "penaltyWeight": 10.0,
        "learningRate": 1e-4,
        "beta1": 0.0,
        "beta2": 0.9,
    }
    choices = {
        "architecture": {
            "mlp": {},
            "dcgan": {"latentSize": 128, "beta1": 0.5, "width": 64},
            "resnet": {"latentSize": 128, "learningRate": 2e-4},
            "toy": {
                "generatorWidths": [512, 512, 512],
                "criticWidths": [512, 512, 512],
                "latentSize": 2,
                "penaltyWeight": 0.1,
                "beta1": 0.5,
            },
        }
    }
    one_pass = True

    def networks(self, task: Task) -> Networks:
        """The generator and the critic."""
        s, image, latent = task.settings, task.shape.image, task.settings["latentSize"]
        up, down = s["generatorWidths"], s["criticWidths"]
        if s["architecture"] == "resnet":
            players = ResidualGenerator(latent, s["width"], task.shape), ResidualCritic(s["width"], task.shape)
        elif s["architecture"] == "dcgan":
            generator = dcgan_generator(latent, s["width"], task.shape, resize=True)
            players = generator, dcgan_discriminator(s["width"], task.shape, norm=False)
        elif s["architecture"] == "toy":
            players = perceptrons.toy_generator(latent, up, image), perceptrons.toy_discriminator(image, down)
        else:
            players = perceptrons.mlp_generator(latent, up, image), perceptrons.mlp_discriminator(image, down)
        return dict(zip(("generator", "discriminator"), players))

    def critic_step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of the critic on real and fake, and on its gradient between them."""
        fake = trainer.constant_fakes(trainer.noise())
        epsilon = trainer.draws.uniform(trainer.count, 1, 1, 1, low=0, high=1)
        trainer.minimize("discriminator", self.critic_loss, batch["images"], fake, epsilon)

    def critic_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, epsilon: Tensor) -> Losses:
        """E f(G(z)) - E f(x) + lambda E (||grad f(x_hat)|| - 1)^2."""
        values = trainer.outputs("discriminator", (real,), (fake,))
        penalty = unit_norm(trainer.input_gradient("discriminator", interpolate(real, fake, epsilon)))
        loss = critic_wasserstein(*values) + trainer.settings["penaltyWeight"] * penalty
        return {"D": loss, "penalty": penalty}

    goldens = (
        Golden(
            "wgan-gp-mlp",
            "WGAN-GP (Gulrajani et al. 2017) with perceptrons; the generator follows every second critic update.",
            8,
            texts("latentSize=16 generatorWidths=16,32 criticWidths=32,16 criticSteps=2"),
            without_gradient=("discriminator.5.bias",),
            cancelled=("generator.2.bias",),
            seed="recipes/wgan-gp-mlp",
        ),
        Golden(
            "wgan-gp-dcgan",
            "WGAN-GP with the networks of DCGAN, whose critic is not normalised.",
            16,
            texts("architecture=dcgan latentSize=16 width=4 criticSteps=2"),
            without_gradient=("discriminator.5.bias",),
        ),
        Golden(
            "wgan-gp-resnet",
            "WGAN-GP with the residual networks of Gulrajani et al. 2017, appendix F.",
            16,
            texts("architecture=resnet latentSize=16 width=8 criticSteps=2"),
            channels=3,
            without_gradient=("discriminator.output.bias",),
            cancelled=tuple(
                f"generator.blocks.{i}.{layer}.bias" for i in (0, 1) for layer in ("conv1", "conv2", "shortcut")
            ),
            seed="systems/wgan-gp-resnet-1",
        ),
        Golden(
            "wgan-gp-toy",
            "WGAN-GP with the rectified networks for points in the plane of Gulrajani et al. 2017, section 4.",
            1,
            texts(
                "architecture=toy latentSize=16 generatorWidths=16,16,16 criticWidths=16,16,16 criticSteps=2"
            ),
            channels=2,
            without_gradient=("discriminator.7.bias",),
            seed="recipes/wgan-gp-toy",
        ),
    )
    benches = (
        Bench("wgan-gp-mlp", "mlp", 28, 1, texts("architecture=mlp"), over_eager=1.6),
        Bench("wgan-gp-resnet", "resnet", 32, 3, texts("architecture=resnet width=32 latentSize=128")),
    )


system = WGANGP()
