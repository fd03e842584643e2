"""Self-attention GAN (Zhang et al. 2019)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..layers import (
    ConditionalGeneratorBlock,
    CriticBlock,
    FirstCriticBlock,
    GeneratorBlock,
    PlainCriticBlock,
    SelfAttention,
    spectrally_normalised,
    untracked,
)
from ..losses import discriminator_hinge, generator_mean
from ..settings import Settings
from ..system import Rule, System, adam, random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=12 generatorWidth=8 discriminatorWidth=8"
CANCELLED = tuple(f"generator.blocks.{i}.{layer}.bias" for i in (0, 1) for layer in ("conv1", "conv2", "shortcut"))
"""Offsets of whole maps, which batch norm takes away; attention behind the first block sees those of its sum."""
WIDEST = 16
"""Channels grow to so many times the width."""


def doublings_to_attention(resolution: int, shape: Shape) -> int | None:
    """How often 4x4 doubles until it has the side at which there is attention, at most half the image's; none for 0."""
    if resolution == 0:
        return None
    return (min(resolution, shape.height // 2) // 4).bit_length() - 1


class AttendingGenerator(nn.Module):
    """`project` to 4x4, `blocks.<i>` up to the image's size, `attention` between two, `norm`, ReLU, `output`, Tanh.

    Channels halve with every doubling, down to `width`. Everything but batch norm is spectrally normalised; that of the
    blocks is conditional where there are classes.
    """

    def __init__(self, latent: int, width: int, shape: Shape, classes: int, place: int | None) -> None:
        super().__init__()
        widths = [width * min(2**i, WIDEST) for i in reversed(range(shape.doublings))]
        self.project = nn.Linear(latent, 16 * widths[0])
        self.blocks = nn.ModuleList(
            ConditionalGeneratorBlock(inputs, outputs, classes) if classes else GeneratorBlock(inputs, outputs)
            for inputs, outputs in zip([widths[0], *widths], widths)
        )
        self.place = place
        if place is not None:
            self.attention = SelfAttention([widths[0], *widths][place])
        self.norm = nn.BatchNorm2d(width)
        self.output = nn.Conv2d(width, shape.channels, 3, padding=1)
        spectrally_normalised(self)

    def forward(self, z: Tensor, *labels: Tensor) -> Tensor:
        h = self.project(z).unflatten(1, (-1, 4, 4))
        for i, block in enumerate(self.blocks):
            h = block(self.attention(h) if i == self.place else h, *labels)
        return torch.tanh(self.output(F.relu(self.norm(h))))


class AttendingDiscriminator(nn.Module):
    """`first`, `blocks.<i>` down to 4x4, the last of which keeps its size, `attention` between two; w h + e_y h.

    h is the sum over positions of the rectified last features, and `output` has no bias; the projection of the label,
    `embedding`, is there with classes only. Channels double with every halving; everything is spectrally normalised.
    """

    def __init__(self, width: int, shape: Shape, classes: int, place: int | None) -> None:
        super().__init__()
        widths = [width * min(2**i, WIDEST) for i in range(shape.doublings)]
        self.first = FirstCriticBlock(shape.channels, width)
        self.blocks = nn.ModuleList(
            [CriticBlock(inputs, outputs, hidden=outputs) for inputs, outputs in zip(widths, widths[1:])]
            + [PlainCriticBlock(widths[-1])]
        )
        self.place = None if place is None else shape.doublings - 1 - place
        if self.place is not None:
            self.attention = SelfAttention(widths[self.place])
        self.output = nn.Linear(widths[-1], 1, bias=False)
        if classes:
            self.embedding = nn.Embedding(classes, widths[-1])
        spectrally_normalised(self)

    def forward(self, x: Tensor, *labels: Tensor) -> Tensor:
        h = self.first(x)
        for i, block in enumerate(self.blocks):
            h = block(self.attention(h) if i == self.place else h)
        h = F.relu(h).sum((2, 3))
        value = self.output(h).flatten()
        return value + sum((self.embedding(y) * h).sum(1) for y in labels) if labels else value


class SAGAN(System):
    """Hinge loss, one update each; the power iterations of D advance in its own update, those of G in its own."""

    name = "sagan"
    defaults = {
        "conditional": False,
        "attention": 32,
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "latentSize": 128,
        "generatorRate": 1e-4,
        "discriminatorRate": 4e-4,
        "beta1": 0.0,
        "beta2": 0.9,
    }

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        classes, place = shape.classes if s["conditional"] else 0, doublings_to_attention(s["attention"], shape)
        return {
            "generator": AttendingGenerator(s["latentSize"], s["generatorWidth"], shape, classes, place),
            "discriminator": AttendingDiscriminator(s["discriminatorWidth"], shape, classes, place),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Two rates."""
        names = ("discriminator", "generator")
        return {(name,): adam(settings[f"{name}Rate"], settings["beta1"], settings["beta2"]) for name in names}

    def batch(self, task: Task) -> Batch:
        """Images, and labels where the networks are conditional."""
        return random_batch(task, ("images", "labels") if self.conditional(task.settings) else self.parts)

    def conditional(self, settings: Settings) -> bool:
        """Whether the networks are told the class."""
        return settings["conditional"]

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D, then one of G on fresh noise."""
        z, *labels = self.generator_inputs(trainer)
        with untracked(trainer["generator"]):
            fake = trainer.constant_fakes(z, *labels)
        joint = [torch.cat([batch["labels"], *labels])] if labels else []
        trainer.minimize("discriminator", self.discriminator_loss, batch["images"], fake, *joint)
        trainer.minimize("generator", self.generator_loss, *self.generator_inputs(trainer))

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, *labels: Tensor) -> Losses:
        """The hinge loss of one pass, and so of one power iteration, over real and fake."""
        values = trainer["discriminator"](torch.cat([real, fake]), *labels)
        return {"D": discriminator_hinge(*values.chunk(2))}

    def generator_loss(self, trainer: Trainer, z: Tensor, *labels: Tensor) -> Losses:
        """-E D(G(z))."""
        fake = trainer["generator"](z, *labels)
        return {"G": generator_mean(trainer.on_generated("discriminator", fake, *labels))}

    def generator_inputs(self, trainer: Trainer) -> tuple[Tensor, ...]:
        """Noise and, where the networks are conditional, uniform labels."""
        z = trainer.noise()
        if not trainer.settings["conditional"]:
            return (z,)
        return z, trainer.draws.integers(trainer.count, high=trainer.task.shape.classes)

    goldens = (
        Golden(
            "sagan",
            "SAGAN (Zhang et al. 2019) with attention at 8x8 in both networks.",
            16,
            texts(TINY),
            channels=3,
            cancelled=tuple(name for name in CANCELLED if "blocks.0" not in name or "conv1" in name),
            seed="systems/sagan-4",
        ),
        Golden(
            "sagan-conditional",
            "SAGAN with conditional batch norm, a projection discriminator and attention at 4x4.",
            8,
            texts(f"conditional=true attention=4 {TINY}"),
            cancelled=CANCELLED[:3],
            seed="systems/sagan-conditional-0",
        ),
        Golden(
            "sagan-plain",
            "The networks of SAGAN without attention, with one doubling.",
            8,
            texts(f"attention=0 {TINY}"),
            channels=3,
            rate=0.01,
            cancelled=CANCELLED[:3],
            seed="systems/sagan-plain-0",
        ),
    )
    benches = (
        Bench("sagan", "attention", 32, 3, texts("generatorWidth=32 discriminatorWidth=32")),
        Bench("sagan-plain", "no-attention", 32, 3, texts("attention=0 generatorWidth=32 discriminatorWidth=32")),
    )


system = SAGAN()
