"""Family `recipes`: the first two training steps of each system, in a tiny configuration.

Keys are the trainer's with the networks `generator` and `discriminator` and the batch `images` and `labels`, and
`sample/input`, `sample/labels` and `sample/output` (evaluation mode, final weights).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from . import networks
from .losses import critic_wasserstein, discriminator_cross_entropy, generator_mean, generator_nonsaturating
from .modules import Draws
from .penalties import gradient_penalty
from .store import Case, Fixture, seed
from .trainer import RATE, STEPS, Trainer

FAMILY = "recipes"
BATCH, LATENT, CLASSES = 8, 16, 4
GRAY: networks.Shape = (1, 8, 8)
POINT: networks.Shape = (2, 1, 1)


Step = Callable[[Trainer, Tensor, Tensor | None], None]
Noise = Callable[[Draws, int], Tensor]


def normal_noise(draws: Draws, count: int) -> Tensor:
    """z ~ N(0, 1)."""
    return draws.normal(count, LATENT)


def symmetric_noise(draws: Draws, count: int) -> Tensor:
    """z ~ U(-1, 1)."""
    return draws.uniform(count, LATENT, low=-1, high=1)


def unit_noise(draws: Draws, count: int) -> Tensor:
    """z ~ U(0, 1)."""
    return draws.uniform(count, LATENT, low=0, high=1)


def judge_together(network: nn.Module, real: Tensor, fake: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Returns D(real), D(fake) from one pass over [real; fake]; exact where no layer couples the batch."""
    conditions = () if labels is None else (torch.cat([labels, labels]),)
    values = network(torch.cat([real, fake]), *conditions)
    return values[: len(real)], values[len(real) :]


def adversarial_step(noise: Noise, separate: bool = False) -> Step:
    """One step of Goodfellow et al. 2014, algorithm 1, with k = 1 and one noise batch for both updates.

    D descends the cross-entropy of real and fake, then G descends the non-saturating loss of the same fakes under
    the updated D.

    Args:
        separate: whether D sees real and fake in two passes, real first (needed under batch norm).
    """

    def step(trainer: Trainer, images: Tensor, labels: Tensor | None) -> None:
        conditions = () if labels is None else (labels,)
        fake = trainer["generator"](noise(trainer.draws, len(images)), *conditions)
        if separate:
            values = trainer["discriminator"](images), trainer["discriminator"](fake.detach())
        else:
            values = judge_together(trainer["discriminator"], images, fake.detach(), labels)
        loss = discriminator_cross_entropy(*values)
        trainer.keep_loss("D", loss)
        trainer.update(loss, "discriminator")

        loss = generator_nonsaturating(trainer["discriminator"](fake, *conditions))
        trainer.keep_loss("G", loss)
        trainer.update(loss, "generator")

    return step


def wasserstein_step(every: int, weight: float = 10.0) -> Step:
    """One critic update of Gulrajani et al. 2017, algorithm 1, per minibatch; G follows every `every`-th."""

    def step(trainer: Trainer, images: Tensor, labels: Tensor | None) -> None:
        with torch.no_grad():
            fake = trainer["generator"](normal_noise(trainer.draws, len(images)))
        epsilon = trainer.draws.uniform(len(images), 1, 1, 1, low=0, high=1)
        values = judge_together(trainer["discriminator"], images, fake)
        penalty = gradient_penalty(trainer["discriminator"], images, fake, epsilon)
        loss = critic_wasserstein(*values) + weight * penalty
        trainer.keep_loss("penalty", penalty)
        trainer.keep_loss("D", loss)
        trainer.update(loss, "discriminator")

        if (trainer.step + 1) % every == 0:
            fake = trainer["generator"](normal_noise(trainer.draws, len(images)))
            loss = generator_mean(trainer["discriminator"](fake))
            trainer.keep_loss("G", loss)
            trainer.update(loss, "generator")

    return step


def recipe_case(
    name: str,
    note: str,
    config: dict,
    make: Callable[[Draws], tuple[nn.Module, nn.Module]],
    noise: Noise,
    step: Step,
    image: networks.Shape,
    conditional: bool = False,
) -> Case:
    """Runs two steps of a recipe on random images and samples the trained generator."""
    seed(FAMILY, name)
    trainer = Trainer(lambda draws: dict(zip(("generator", "discriminator"), make(draws))))
    for _ in range(STEPS):
        images = torch.rand(BATCH, *image) * 2 - 1
        labels = torch.randint(CLASSES, (BATCH,)) if conditional else None
        trainer.keep_batch({"images": images} if labels is None else {"images": images, "labels": labels})
        step(trainer, images, labels)
        trainer.finish_step()
    trainer.keep_state("final")
    _sample(trainer, noise, conditional)
    common = {"recipe": name, "batch": BATCH, "latent": LATENT, "rate": RATE, "steps": STEPS, "image": list(image)}
    return Case(FAMILY, name, common | config, note, trainer.tensors)


@torch.no_grad()
def _sample(trainer: Trainer, noise: Noise, conditional: bool) -> None:
    """Keeps a small evaluation-mode sample."""
    z = noise(Draws(), 4)
    labels = torch.arange(4) % CLASSES
    trainer.tensors["sample/input"] = z
    if conditional:
        trainer.tensors["sample/labels"] = labels
    trainer.tensors["sample/output"] = trainer["generator"].eval()(z, *((labels,) if conditional else ()))


def _perceptrons() -> list[Case]:
    def plain(_: Draws) -> tuple[nn.Module, nn.Module]:
        return networks.mlp_generator(LATENT, [16, 32], GRAY), networks.mlp_discriminator(GRAY, [32, 16])

    def maxout(draws: Draws) -> tuple[nn.Module, nn.Module]:
        return networks.maxout_generator(LATENT, 24, GRAY), networks.maxout_discriminator(GRAY, 12, draws)

    def points(_: Draws) -> tuple[nn.Module, nn.Module]:
        widths = [16, 16, 16]
        generator = [*networks.rectified_body(LATENT, widths, 2), nn.Unflatten(1, POINT)]
        critic = [nn.Flatten(), *networks.rectified_body(2, widths, 1), nn.Flatten(0)]
        return nn.Sequential(*generator), nn.Sequential(*critic)

    widths = dict(generator_widths=[16, 32], discriminator_widths=[32, 16])
    return [
        recipe_case(
            "wgan-gp-toy",
            "WGAN-GP with the rectified networks for points in the plane of Gulrajani et al. 2017, section 4.",
            dict(widths=[16, 16, 16], noise="normal", critic_updates=2, penalty_weight=0.1),
            points,
            normal_noise,
            wasserstein_step(2, weight=0.1),
            POINT,
        ),
        recipe_case(
            "gan",
            "GAN (Goodfellow et al. 2014) with a perceptron generator and discriminator.",
            widths | dict(noise="normal"),
            plain,
            normal_noise,
            adversarial_step(normal_noise),
            GRAY,
        ),
        recipe_case(
            "gan-maxout",
            "GAN with the maxout and dropout networks of Goodfellow et al. 2014.",
            dict(generator_width=24, discriminator_width=12, pieces=5, dropout=[0.2, 0.5, 0.5], noise="uniform(-1, 1)"),
            maxout,
            symmetric_noise,
            adversarial_step(symmetric_noise),
            GRAY,
        ),
        recipe_case(
            "wgan-gp-mlp",
            "WGAN-GP (Gulrajani et al. 2017) with perceptrons; the generator follows every second critic update.",
            widths | dict(noise="normal", critic_updates=2, penalty_weight=10),
            plain,
            normal_noise,
            wasserstein_step(2),
            GRAY,
        ),
    ]


def _conditional() -> list[Case]:
    def plain(_: Draws) -> tuple[nn.Module, nn.Module]:
        return (
            networks.ConditionalGenerator(LATENT, CLASSES, [16, 32], GRAY),
            networks.ConditionalDiscriminator(CLASSES, [32, 16], GRAY),
        )

    generator_widths, discriminator_widths = (12, 10, 24), (12, 4, 10)

    def maxout(draws: Draws) -> tuple[nn.Module, nn.Module]:
        return (
            networks.ConditionalMaxoutGenerator(LATENT, CLASSES, generator_widths, GRAY, draws),
            networks.ConditionalMaxoutDiscriminator(CLASSES, discriminator_widths, GRAY, draws),
        )

    return [
        recipe_case(
            "cgan",
            "Conditional GAN (Mirza & Osindero 2014) with perceptrons on noise or image and a label embedding.",
            dict(classes=CLASSES, generator_widths=[16, 32], discriminator_widths=[32, 16], noise="normal"),
            plain,
            normal_noise,
            adversarial_step(normal_noise),
            GRAY,
            conditional=True,
        ),
        recipe_case(
            "cgan-maxout",
            "Conditional GAN with the networks of Mirza & Osindero 2014; widths are noise or image, label, joint.",
            dict(
                classes=CLASSES,
                generator_widths=generator_widths,
                discriminator_widths=discriminator_widths,
                pieces=[5, 5, 4],
                dropout=0.5,
                noise="uniform(0, 1)",
            ),
            maxout,
            unit_noise,
            adversarial_step(unit_noise),
            GRAY,
            conditional=True,
        ),
    ]


def _convolutional() -> list[Case]:
    def dcgan(name: str, channels: int, kernel: int, resize: bool) -> Case:
        def make(_: Draws) -> tuple[nn.Module, nn.Module]:
            return (
                networks.dcgan_generator(LATENT, 4, 16, channels, kernel, resize),
                networks.dcgan_discriminator(4, 16, channels, kernel),
            )

        upsampling = "resize" if resize else "transposed"
        return recipe_case(
            name,
            f"DCGAN (Radford et al. 2016), kernel {kernel}, {upsampling} up-sampling.",
            dict(width=4, size=16, kernel=kernel, upsampling=upsampling, noise="uniform(-1, 1)"),
            make,
            symmetric_noise,
            adversarial_step(symmetric_noise, separate=True),
            (channels, 16, 16),
        )

    def residual(_: Draws) -> tuple[nn.Module, nn.Module]:
        return networks.ResidualGenerator(LATENT, 8, 16, 3), networks.ResidualCritic(8, 3)

    return [
        dcgan("dcgan-k5", 3, 5, resize=False),
        dcgan("dcgan-k4", 1, 4, resize=False),
        dcgan("dcgan-resize", 1, 4, resize=True),
        recipe_case(
            "wgan-gp-resnet",
            "WGAN-GP with the residual networks of Gulrajani et al. 2017, appendix F.",
            dict(width=8, size=16, noise="normal", critic_updates=2, penalty_weight=10),
            residual,
            normal_noise,
            wasserstein_step(2),
            (3, 16, 16),
        ),
    ]


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    return [*_perceptrons(), *_conditional(), *_convolutional()]
