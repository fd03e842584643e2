"""Progressive growing (Karras et al. 2018) at 8x8: the two stages 4 and 8, stable and half faded in."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..losses import critic_wasserstein, generator_mean
from ..modules import Draws, Equalised, MinibatchStandardDeviation, PixelNorm
from ..penalties import gradient_penalty
from ..store import Case
from ..trainer import Networks, Trainer
from .common import BATCH, LATENT, Batch, Shape, evaluate, images, system_case

SHAPE: Shape = (3, 8, 8)
WIDTHS = (12, 8)  # of the stages, coarsest first
PENALTY, DRIFT = 10.0, 0.001
ORDER = (
    "Each minibatch: reals x <- alpha x + (1 - alpha) up(down(x)); z ~ N(0, 1); fake = G(z); epsilon ~ U(0, 1), one per "
    "image; D on real, then on fake, in two passes of the whole batch; penalty at epsilon x + (1 - epsilon) fake; update D "
    "on mean f(fake) - mean f(x) + 10 penalty + 0.001 drift; fresh z; update G on -mean f(G(z)). penalty and drift = "
    "mean f(x)^2 are kept without their weights."
)


def activate(x: Tensor) -> Tensor:
    """LeakyReLU with slope 0.2."""
    return F.leaky_relu(x, 0.2)


def up(x: Tensor) -> Tensor:
    """Nearest-neighbour up-sampling by 2."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def fade(old: Tensor, new: Tensor, alpha: float) -> Tensor:
    """(1 - alpha) old + alpha new."""
    return old + alpha * (new - old)


def convolution(inputs: int, outputs: int, kernel: int = 3, gain: float = math.sqrt(2)) -> nn.Module:
    """A convolution that keeps the resolution, with equalised learning rate: N(0, 1) weights."""
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    nn.init.normal_(layer.weight)
    return Equalised(layer, gain)


def dense(inputs: int, outputs: int, gain: float = math.sqrt(2), bias: bool = True) -> nn.Module:
    """A linear map with equalised learning rate: N(0, 1) weights."""
    layer = nn.Linear(inputs, outputs, bias=bias)
    nn.init.normal_(layer.weight)
    return Equalised(layer, gain)


class FirstBlock(nn.Module):
    """Latent to 4x4: pixel norm of z, `dense` (gain sqrt(2)/4, no bias), `bias` (one per channel), `conv` 3x3.

    The paper's first layer is a 4x4 convolution of the 1x1 latent, whence one bias per channel; the weight is stored as
    [channels * 16, latent] with rows ordered (channel, row, column), and the gain is that of the authors' code.
    LeakyReLU and then pixel norm follow both layers.
    """

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        self.dense = dense(latent, width * 16, math.sqrt(2) / 4, bias=False)
        self.bias = nn.Parameter(0.1 * torch.randn(width))
        self.conv = convolution(width, width)
        self.norm = PixelNorm()

    def forward(self, z: Tensor) -> Tensor:
        h = self.dense(self.norm(z)).view(len(z), -1, 4, 4) + self.bias[:, None, None]
        h = self.norm(activate(h))
        return self.norm(activate(self.conv(h)))


class UpBlock(nn.Module):
    """Nearest up-sampling, then `conv1` and `conv2` (3x3), each followed by LeakyReLU and pixel norm."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = convolution(inputs, outputs)
        self.conv2 = convolution(outputs, outputs)
        self.norm = PixelNorm()

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(activate(self.conv1(up(x))))
        return self.norm(activate(self.conv2(h)))


class ProgressiveGenerator(nn.Module):
    """`first`, `blocks.<i>` (4x4 -> 8x8 is 0) and `to_rgb.<i>` (stage 4x4 is 0; 1x1, gain 1, linear output).

    Every `to_rgb` exists from the start; outside a fade only the last is used and the others' gradients are zero.
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.first = FirstBlock(LATENT, WIDTHS[0])
        self.blocks = nn.ModuleList([UpBlock(WIDTHS[0], WIDTHS[1])])
        self.to_rgb = nn.ModuleList(convolution(width, SHAPE[0], 1, 1.0) for width in WIDTHS)

    def forward(self, z: Tensor) -> Tensor:
        low = self.first(z)
        new = self.to_rgb[1](self.blocks[0](low))
        return new if self.alpha == 1 else fade(up(self.to_rgb[0](low)), new, self.alpha)


class DownBlock(nn.Module):
    """`conv1` and `conv2` (3x3), each followed by LeakyReLU, then 2x2 average pooling.

    This is the paper's order (table 2) and that of the authors' code without `fused_scale`; their fused layer pools
    before the bias and the activation.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = convolution(inputs, inputs)
        self.conv2 = convolution(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(activate(self.conv2(activate(self.conv1(x)))), 2)


class LastBlock(nn.Module):
    """At 4x4: minibatch deviation (groups of 4), `conv` 3x3, `dense` (from 16 positions), `output` (gain 1).

    LeakyReLU follows `conv` and `dense`.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.deviation = MinibatchStandardDeviation(4)
        self.conv = convolution(width + 1, width)
        self.dense = dense(width * 16, width)
        self.output = dense(width, 1, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        h = activate(self.conv(self.deviation(x)))
        return self.output(activate(self.dense(h.flatten(1)))).flatten()


class ProgressiveDiscriminator(nn.Module):
    """`from_rgb.<i>` (1x1 and LeakyReLU; stage 4x4 is 0), `blocks.<i>` (8x8 -> 4x4 is 0) and `last`."""

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.from_rgb = nn.ModuleList(convolution(SHAPE[0], width, 1) for width in WIDTHS)
        self.blocks = nn.ModuleList([DownBlock(WIDTHS[1], WIDTHS[0])])
        self.last = LastBlock(WIDTHS[0])

    def forward(self, x: Tensor) -> Tensor:
        h = self.blocks[0](activate(self.from_rgb[1](x)))
        if self.alpha != 1:
            h = fade(activate(self.from_rgb[0](F.avg_pool2d(x, 2))), h, self.alpha)
        return self.last(h)


def step(trainer: Trainer, batch: Batch) -> None:
    """One update of D and one of G."""
    generator, critic = trainer["generator"], trainer["discriminator"]
    real = fade(up(F.avg_pool2d(batch["images"], 2)), batch["images"], generator.alpha)
    with torch.no_grad():
        fake = generator(trainer.draws.normal(BATCH, LATENT))
    epsilon = trainer.draws.uniform(BATCH, 1, 1, 1, low=0, high=1)
    real_values, fake_values = critic(real), critic(fake)
    penalty, drift = gradient_penalty(critic, real, fake, epsilon), real_values.square().mean()
    loss = critic_wasserstein(real_values, fake_values) + PENALTY * penalty + DRIFT * drift
    for name, value in (("penalty", penalty), ("drift", drift), ("D", loss)):
        trainer.keep_loss(name, value)
    trainer.update(loss, "discriminator")

    loss = generator_mean(critic(generator(trainer.draws.normal(BATCH, LATENT))))
    trainer.keep_loss("G", loss)
    trainer.update(loss, "generator")


def cases() -> list[Case]:
    """Returns the stable and the fading case."""

    def case(name: str, phase: str, alpha: float) -> Case:
        def make(_: Draws) -> Networks:
            return {"generator": ProgressiveGenerator(alpha), "discriminator": ProgressiveDiscriminator(alpha)}

        config = dict(
            batch=BATCH,
            latent=LATENT,
            noise="normal",
            image=SHAPE,
            size=8,
            widths=WIDTHS,
            alpha=alpha,
            group=4,
            critic_updates=1,
            penalty_weight=PENALTY,
            drift_weight=DRIFT,
        )
        return system_case(
            name,
            f"Progressive growing at 8x8, {phase}. {ORDER}",
            config,
            make,
            lambda: {"images": images(BATCH, SHAPE)},
            step,
            lambda trainer: evaluate(trainer, torch.randn(4, LATENT)),
        )

    return [case("pggan-stable", "stable (alpha 1)", 1.0), case("pggan-fade", "fading in (alpha 0.5)", 0.5)]
