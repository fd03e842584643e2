"""Wasserstein GAN with weight clipping (Arjovsky et al. 2017, algorithm 1)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .. import networks
from ..losses import critic_wasserstein, generator_mean
from ..modules import Draws
from ..store import Case
from ..trainer import Networks, Trainer
from .common import BATCH, LATENT, Batch, Shape, evaluate, images, system_case

CLIP, CRITIC_UPDATES = 0.05, 2
ORDER = (
    "Each minibatch: clamp every critic parameter (gains and biases of normalisation too) to [-clip, clip]; z ~ N(0, 1); "
    "fake = G(z); critic on real, then on fake, in two passes; update the critic on mean f(fake) - mean f(real). "
    "After every critic_updates-th minibatch: fresh z; update G on -mean f(G(z)) under the critic as updated (not clamped)."
)


def step(trainer: Trainer, batch: Batch) -> None:
    """One critic update; G follows every second one.

    The paper clips after the update, the authors' code before the next one; this is the authors' order, which
    leaves the critic that G sees unclipped. Clipping leaves running statistics alone.
    """
    generator, critic = trainer["generator"], trainer["discriminator"]
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-CLIP, CLIP)
        fake = generator(trainer.draws.normal(BATCH, LATENT))
    loss = critic_wasserstein(critic(batch["images"]), critic(fake))
    trainer.keep_loss("D", loss)
    trainer.update(loss, "discriminator")

    if (trainer.step + 1) % CRITIC_UPDATES == 0:
        loss = generator_mean(critic(generator(trainer.draws.normal(BATCH, LATENT))))
        trainer.keep_loss("G", loss)
        trainer.update(loss, "generator")


def _case(name: str, note: str, config: dict, make: Callable[[Draws], Networks], shape: Shape) -> Case:
    common = dict(
        batch=BATCH, latent=LATENT, noise="normal", image=shape, clip=CLIP, critic_updates=CRITIC_UPDATES
    )
    return system_case(
        name,
        f"{note} {ORDER}",
        common | config,
        make,
        lambda: {"images": images(BATCH, shape)},
        step,
        lambda trainer: evaluate(trainer, torch.randn(4, LATENT)),
    )


def _perceptrons(_: Draws) -> Networks:
    """The networks of the recipe `wgan-gp-mlp`."""
    return {
        "generator": networks.mlp_generator(LATENT, [16, 32], (1, 8, 8)),
        "discriminator": networks.mlp_discriminator((1, 8, 8), [32, 16]),
    }


def _convolutional(_: Draws) -> Networks:
    """The networks of the recipe `dcgan-k4`, with three channels; the critic has batch norm."""
    return {
        "generator": networks.dcgan_generator(LATENT, 4, 16, 3, 4, resize=False),
        "discriminator": networks.dcgan_discriminator(4, 16, 3, 4),
    }


def cases() -> list[Case]:
    """Returns the perceptron and the convolutional case."""
    return [
        _case(
            "wgan",
            "WGAN with perceptrons.",
            dict(generator_widths=[16, 32], discriminator_widths=[32, 16]),
            _perceptrons,
            (1, 8, 8),
        ),
        _case(
            "wgan-dcgan",
            "WGAN with the networks of DCGAN.",
            dict(width=4, size=16, kernel=4, upsampling="transposed"),
            _convolutional,
            (3, 16, 16),
        ),
    ]
