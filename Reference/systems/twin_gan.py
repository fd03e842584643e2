"""TwinGAN (Li 2018): one growing encoder and one growing generator, whose normalisations alone know the domain.

Only the last stage is here, which is either being faded in or grown.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..layers import BatchRenorm, PixelNorm
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks.progressive import (
    ProgressiveDiscriminator,
    activate,
    convolution,
    fade,
    last_alpha,
    shown,
    stage_widths,
    up,
)
from ..penalties import beside, unit_norm
from ..settings import Settings
from ..system import Rule, System, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "channelBase=64 maxChannels=8"
"""Pixel norm of few channels makes roundings large."""
TRANSLATOR = "encoder", "generator"
SMALLEST = (
    *(
        f"{network}.0.{key}"
        for network in ("encoder.from_rgb", "generator.to_rgb")
        for key in ("conv.weight", *(f"norm.{d}.{kind}" for d in "ab" for kind in ("weight", "bias")))
    ),
    *(f"discriminator_{domain}.from_rgb.0.{key}" for domain in "ab" for key in ("weight", "bias")),
)
"""The colours of 4x4, which later stages have done with."""


class DomainNorm(nn.Module):
    """Batch renormalisation with parameters and running statistics of each domain's own."""

    def __init__(self, channels: int, interval: int) -> None:
        super().__init__()
        self.a, self.b = BatchRenorm(channels, interval), BatchRenorm(channels, interval)

    def forward(self, x: Tensor, domain: str) -> Tensor:
        return self.a(x) if domain == "a" else self.b(x)


class DomainLayer(nn.Module):
    """`conv` without bias and `norm`, then LeakyReLU and pixel norm."""

    def __init__(self, inputs: int, outputs: int, interval: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = convolution(inputs, outputs, kernel, bias=False)
        self.norm = DomainNorm(outputs, interval)
        self.pixel_norm = PixelNorm()

    def forward(self, x: Tensor, domain: str) -> Tensor:
        return self.pixel_norm(activate(self.norm(self.conv(x), domain)))


class DomainLayers(nn.Module):
    """Two layers, `conv1` and `conv2`, the first of which keeps the number of channels."""

    def __init__(self, inputs: int, outputs: int, interval: int) -> None:
        super().__init__()
        self.conv1 = DomainLayer(inputs, inputs, interval)
        self.conv2 = DomainLayer(inputs, outputs, interval)

    def forward(self, x: Tensor, domain: str) -> Tensor:
        return self.conv2(self.conv1(x, domain), domain)


class TwinEncoder(nn.Module):
    """`from_rgb.<i>` (1x1; stage 4x4 is 0) and `blocks.<i>` (8x8 -> 4x4 is 0), which average pooling follows.

    Returns the content, which is the maps of 4x4, and each block's output before the pooling, 8x8 first.
    """

    def __init__(self, widths: Sequence[int], channels: int, interval: int, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.from_rgb = nn.ModuleList(DomainLayer(channels, width, interval, kernel=1) for width in widths)
        self.blocks = nn.ModuleList(DomainLayers(n, m, interval) for m, n in zip(widths, widths[1:]))

    def forward(self, x: Tensor, domain: str) -> tuple[Tensor, list[Tensor]]:
        skips = [self.blocks[-1](self.from_rgb[-1](x, domain), domain)]
        h = F.avg_pool2d(skips[0], 2)
        if self.alpha != 1:
            h = fade(self.from_rgb[-2](F.avg_pool2d(x, 2), domain), h, self.alpha)
        for block in reversed(self.blocks[:-1]):
            skips.insert(0, block(h, domain))
            h = F.avg_pool2d(skips[0], 2)
        return h, skips


class TwinBlock(nn.Module):
    """A 3x3 convolution of the enlarged maps and the encoder's side by side, `norm`, then `conv`, a layer.

    The convolution is the sum of `up` and `skip`, a part of the kernel each.
    """

    def __init__(self, inputs: int, outputs: int, interval: int) -> None:
        super().__init__()
        # sqrt(2) / sqrt(fan-in) of both together.
        self.up = convolution(inputs, outputs, gain=1.0, bias=False)
        self.skip = convolution(inputs, outputs, gain=1.0, bias=False)
        self.norm = DomainNorm(outputs, interval)
        self.conv = DomainLayer(outputs, outputs, interval)
        self.pixel_norm = PixelNorm()

    def forward(self, x: Tensor, skip: Tensor, domain: str) -> Tensor:
        h = self.norm(self.up(up(x)) + self.skip(skip), domain)
        return self.conv(self.pixel_norm(activate(h)), domain)


class ToColours(nn.Module):
    """`conv`, 1x1 without bias, and `norm`."""

    def __init__(self, inputs: int, channels: int, interval: int) -> None:
        super().__init__()
        self.conv = convolution(inputs, channels, 1, 1.0, bias=False)
        self.norm = DomainNorm(channels, interval)

    def forward(self, x: Tensor, domain: str) -> Tensor:
        return self.norm(self.conv(x), domain)


class TwinGenerator(nn.Module):
    """`first` (two layers at 4x4), `blocks.<i>` (4x4 -> 8x8 is 0) and `to_rgb.<i>` (stage 4x4 is 0)."""

    def __init__(self, widths: Sequence[int], channels: int, interval: int, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.first = DomainLayers(widths[0], widths[0], interval)
        self.blocks = nn.ModuleList(TwinBlock(m, n, interval) for m, n in zip(widths, widths[1:]))
        self.to_rgb = nn.ModuleList(ToColours(width, channels, interval) for width in widths)

    def forward(self, content: Tensor, skips: Sequence[Tensor], domain: str) -> Tensor:
        low = self.first(content, domain)
        for block, skip in zip(self.blocks[:-1], skips):
            low = block(low, skip, domain)
        new = self.to_rgb[-1](self.blocks[-1](low, skips[-1], domain), domain)
        return new if self.alpha == 1 else fade(up(self.to_rgb[-2](low, domain)), new, self.alpha)


def drawn(trainer: Trainer, a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """b as a and a as itself, a as b and b as itself; the contents of a and b, and those of their translations."""
    encoder, generator = (trainer[name] for name in TRANSLATOR)
    (content_a, skips_a), (content_b, skips_b) = encoder(a, "a"), encoder(b, "b")
    as_b, as_a = generator(content_a, skips_a, "b"), generator(content_b, skips_b, "a")
    same_a, same_b = generator(content_a, skips_a, "a"), generator(content_b, skips_b, "b")
    again_a, again_b = encoder(as_b, "b")[0], encoder(as_a, "a")[0]
    return as_a, same_a, as_b, same_b, content_a, content_b, again_a, again_b


class TwinGAN(System):
    """One update of each discriminator a minibatch, then one of encoder and generator."""

    name = "twin-gan"
    parts = ("a", "b")
    defaults = {
        "channelBase": 2048,
        "maxChannels": 256,
        "stableImages": 300_000,
        "fadeImages": 300_000,
        "renormInterval": 10_000,
        "reconstructionWeight": 1.0,
        "contentWeight": 0.1,
        "penaltyWeight": 0.25,
        "learningRate": 1e-4,
        "beta1": 0.5,
        "beta2": 0.99,
    }

    def networks(self, task: Task) -> Networks:
        """The encoder, the generator and two discriminators, which are PGGAN's, of the last stage."""
        s, channels, stages = task.settings, task.shape.channels, task.shape.doublings + 1
        widths, alpha = stage_widths(s, stages), last_alpha(s, stages, task.images_seen)
        return {
            "encoder": TwinEncoder(widths, channels, s["renormInterval"], alpha),
            "generator": TwinGenerator(widths, channels, s["renormInterval"], alpha),
            "discriminator_a": ProgressiveDiscriminator(widths, channels, alpha),
            "discriminator_b": ProgressiveDiscriminator(widths, channels, alpha),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Encoder and generator are one player."""
        rule = adam(settings["learningRate"], settings["beta1"], settings["beta2"])
        return {TRANSLATOR: rule, ("discriminator_a",): rule, ("discriminator_b",): rule}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """Real images are faded like generated ones."""
        a, b = (shown(batch[domain], trainer["encoder"].alpha) for domain in self.parts)
        images = trainer.apply(drawn, a, b)
        fakes = [image.detach() for image in images[:4]]
        for domain, real, pair in (("a", a, fakes[:2]), ("b", b, fakes[2:])):
            points = self.points(trainer, real)
            trainer.minimize(f"discriminator_{domain}", self.discriminator_loss, domain, real, *pair, points)
        trainer.minimize(TRANSLATOR, self.translator_loss, a, b, *images)

    def points(self, trainer: Trainer, real: Tensor) -> Tensor:
        """Where the slope is judged, as in the code of Kodali et al. 2017."""
        noise = trainer.draws.uniform(*real.shape, low=0, high=1)
        return beside(real, noise, trainer.draws.uniform(len(real), 1, 1, 1, low=0, high=1))

    def discriminator_loss(
        self, trainer: Trainer, domain: str, real: Tensor, translated: Tensor, same: Tensor, points: Tensor
    ) -> Losses:
        """Real images against translated ones, and once more against rebuilt ones; one penalty."""
        name = f"discriminator_{domain}"
        on_real, on_translated, on_same = trainer.outputs(name, (real,), (translated,), (same,))
        penalty = unit_norm(trainer.input_gradient(name, points))
        loss = discriminator_cross_entropy(on_real, on_translated) + discriminator_cross_entropy(on_real, on_same)
        loss = loss + trainer.settings["penaltyWeight"] * penalty
        return {f"D_{domain.upper()}": loss, f"penalty_{domain.upper()}": penalty}

    def translator_loss(
        self,
        trainer: Trainer,
        a: Tensor,
        b: Tensor,
        as_a: Tensor,
        same_a: Tensor,
        as_b: Tensor,
        same_b: Tensor,
        content_a: Tensor,
        content_b: Tensor,
        again_a: Tensor,
        again_b: Tensor,
    ) -> Losses:
        """Translated and rebuilt images are to pass for real, rebuilt ones to be the same, contents to be kept."""
        s, judge_a, judge_b = trainer.settings, trainer["discriminator_a"], trainer["discriminator_b"]
        judged = judge_a(as_a), judge_a(same_a), judge_b(as_b), judge_b(same_b)
        fooled = sum(generator_nonsaturating(outputs) for outputs in judged)
        reconstruction = F.l1_loss(same_a, a) + F.l1_loss(same_b, b)
        content = F.l1_loss(again_a, content_a) + F.l1_loss(again_b, content_b)
        loss = fooled + s["reconstructionWeight"] * reconstruction + s["contentWeight"] * content
        return {"G": loss, "reconstruction": reconstruction, "content": content}

    def sample(self, trainer: Trainer) -> Batch:
        """Four images of a as images of b."""
        x = self.batch(trainer.task)["a"][:4]
        encoder, generator = (trainer[name].eval() for name in TRANSLATOR)
        return {"input": x, "output": generator(*encoder(shown(x, encoder.alpha), "a"), "b")}

    goldens = (
        Golden(
            "twin-gan-stable",
            "TwinGAN (Li 2018) at 8x8, stable (alpha 1).",
            8,
            texts(f"{TINY} stableImages=1 fadeImages=1"),
            channels=3,
            batch=2,
            rate=0.01,
            images_seen=2,
            without_gradient=SMALLEST,
            seed="systems/twin-gan-stable-11",
        ),
        Golden(
            "twin-gan-fade",
            "TwinGAN at 16x16, fading in (alpha 0.5), with the limits of renormalisation widening.",
            16,
            texts(f"{TINY} stableImages=1 fadeImages=1000000000 renormInterval=1"),
            channels=3,
            batch=2,
            rate=0.01,
            images_seen=1_500_000_002,
            without_gradient=SMALLEST,
            seed="systems/twin-gan-fade-3",
        ),
    )
    benches = (
        # Fully grown after the first step of the warm-up.
        Bench(
            "twin-gan",
            "stage-32",
            32,
            3,
            texts("channelBase=512 maxChannels=64 stableImages=1 fadeImages=0"),
            batch=8,
        ),
    )


system = TwinGAN()
