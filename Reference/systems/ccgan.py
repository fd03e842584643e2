"""Context-conditional GAN: in-painting that also teaches a classifier (Denton et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..draws import Draws
from ..networks.translation import levels
from ..system import System, random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "generatorWidths=4,6,8 discriminatorWidths=4,6,8 smallestHole=4 largestHole=9"
REDUCTION = 4
"""By how much the hint is smaller than the image."""


def inside(places: int, side: Tensor, uniform: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Which of the places belong to a stretch of each length `side`, which may begin wherever it fits."""
    begin = (uniform * (places + 1 - side)).floor()
    index = torch.arange(places, device=side.device).view(shape)
    return (begin <= index) & (index < begin + side)


def square_holes(count: int, shape: Shape, sizes: tuple[int, int], draws: Draws) -> Tensor:
    """One square for each image, `[N, 1, H, W]`: its side is uniform from the first to the second size, so is its place."""
    one_each = (count, 1, 1, 1)
    side = sizes[0] + draws.integers(*one_each, high=sizes[1] - sizes[0] + 1)
    down, across = (draws.uniform(*one_each, low=0, high=1) for _ in range(2))
    return inside(shape.height, side, down, (1, 1, -1, 1)) & inside(shape.width, side, across, (1, 1, 1, -1))


def hole_error(images: Tensor, completed: Tensor, holes: Tensor) -> Tensor:
    """The mean absolute error of the pixels inside the holes."""
    return (completed - images).abs().sum() / (holes.sum() * images.shape[1])


def halving(inputs: int, outputs: int, norm: bool) -> list[nn.Module]:
    """4x4 convolution of stride 2, batch norm where asked for, LeakyReLU 0.2."""
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not norm)]
    return [*layers, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)] if norm else [*layers, nn.LeakyReLU(0.2)]


class Inpainter(nn.Module):
    """Halvings and doublings without skips: `outer` to a quarter of the sides, `inner`, `decoder`.

    The hint, an image of a quarter of the sides, joins the maps behind `outer`. There is no batch norm behind the first
    and the innermost halving and before the output. Doublings are transposed 4x4 convolutions of stride 2 with ReLU.
    """

    def __init__(self, channels: int, widths: Sequence[int], hinted: bool) -> None:
        super().__init__()
        self.outer, self.inner, self.decoder = nn.Sequential(), nn.Sequential(), nn.Sequential()
        inputs = channels
        for i, width in enumerate(widths):
            (self.outer if i < 2 else self.inner).extend(halving(inputs, width, 0 < i < len(widths) - 1))
            inputs = width + (channels if hinted and i == 1 else 0)
        for width in reversed(widths[:-1]):
            self.decoder.extend(
                [nn.ConvTranspose2d(inputs, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            )
            inputs = width
        self.decoder.extend([nn.ConvTranspose2d(inputs, channels, 4, 2, 1), nn.Tanh()])

    def forward(self, images: Tensor, *hint: Tensor) -> Tensor:
        return self.decoder(self.inner(torch.cat([self.outer(images), *hint], 1)))


def vgg_discriminator(widths: Sequence[int], shape: Shape, outputs: int) -> nn.Sequential:
    """VGG-A without its fully connected layers: one 3x3 convolution in each of the first two stages, then two.

    A stage ends with the maxima of 2x2. Batch norm behind all convolutions but the first, LeakyReLU 0.2.
    """
    layers: list[nn.Module] = []
    inputs = shape.channels
    for stage, width in enumerate(widths):
        for _ in range(1 if stage < 2 else 2):
            first = not layers
            layers.append(nn.Conv2d(inputs, width, 3, padding=1, bias=first))
            layers += [nn.LeakyReLU(0.2)] if first else [nn.BatchNorm2d(width), nn.LeakyReLU(0.2)]
            inputs = width
        layers.append(nn.MaxPool2d(2))
    area = (shape.height >> len(widths)) * (shape.width >> len(widths))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * area, outputs))


class CCGAN(System):
    """D's first output is the logit of "real", the others are those of the classes where it is shown labels."""

    name = "ccgan"
    defaults = {
        "variant": "cc",
        "hint": "none",
        "supervision": "none",
        "smallestHole": 24,
        "largestHole": 48,
        "generatorWidths": [64, 128, 256, 512],
        "discriminatorWidths": [64, 128, 256, 512, 512],
        "classWeight": 1.0,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }
    choices = {
        "variant": {"cc": {}, "cc2": {}, "l1": {}},
        "hint": {"none": {}, "low-resolution": {}},
        "supervision": {"none": {}, "labels": {}},
    }

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        classes = shape.classes if s["supervision"] == "labels" else 0
        return {
            "generator": Inpainter(shape.channels, levels(s["generatorWidths"], shape), s["hint"] != "none"),
            "discriminator": vgg_discriminator(levels(s["discriminatorWidths"], shape), shape, 1 + classes),
        }

    def batch(self, task: Task) -> Batch:
        """Images, and a few with labels where D learns classes."""
        labeled = task.settings["supervision"] == "labels"
        return random_batch(task, ("labeled", "labels", "images") if labeled else ("images",))

    def holes(self, task: Task, count: int, draws: Draws) -> Tensor:
        """A hole for each image."""
        sizes = task.settings["smallestHole"], task.settings["largestHole"]
        return square_holes(count, task.shape, sizes, draws)

    def context(self, task: Task, images: Tensor, holes: Tensor) -> tuple[Tensor, ...]:
        """What G is shown: the images with zeros in the holes, and the hint where it gets one."""
        masked = images.masked_fill(holes, 0)
        return (masked, F.avg_pool2d(images, REDUCTION)) if task.settings["hint"] != "none" else (masked,)

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D and one of G with the same in-painted images."""
        task, images = trainer.task, batch["images"]
        holes = self.holes(task, len(images), trainer.draws)
        made = trainer.fakes(*self.context(task, images, holes))
        completed = torch.where(holes, made, images)
        labeled = (batch["labeled"], batch["labels"]) if "labels" in batch else ()
        if trainer.settings["variant"] == "l1":
            if labeled:
                trainer.minimize("discriminator", self.class_loss, *labeled)
            trainer.minimize("generator", self.error_loss, images, completed, holes)
            return
        fakes = (completed, made) if trainer.settings["variant"] == "cc2" else (completed,)
        trainer.minimize("discriminator", self.discriminator_loss, images, [x.detach() for x in fakes], *labeled)
        trainer.minimize("generator", self.generator_loss, *fakes)

    def discriminator_loss(self, trainer: Trainer, images: Tensor, fakes: list[Tensor], *labeled: Tensor) -> Losses:
        """-E log D(x) - E log(1 - D(x_I)) [- E log(1 - D(x_G))] [- lambda E log p(y | x)].

        Labelled and other real images go through D in one pass; only the latter count for the first term.
        """
        real = torch.cat([labeled[0], images]) if labeled else images
        on_real, *on_fakes = trainer.outputs(
            "discriminator", (real,), *((x,) for x in fakes), generated=len(fakes)
        )
        loss = F.softplus(-on_real[len(real) - len(images) :, 0]).mean()
        for on_fake in on_fakes:
            loss = loss + F.softplus(on_fake[:, 0]).mean()
        if not labeled:
            return {"D": loss}
        classes = F.cross_entropy(on_real[: len(labeled[1]), 1:], labeled[1])
        return {"D": loss + trainer.settings["classWeight"] * classes, "class": classes}

    def class_loss(self, trainer: Trainer, images: Tensor, labels: Tensor) -> Losses:
        """-lambda E log p(y | x) alone."""
        classes = F.cross_entropy(trainer["discriminator"](images)[:, 1:], labels)
        return {"D": trainer.settings["classWeight"] * classes, "class": classes}

    def generator_loss(self, trainer: Trainer, *fakes: Tensor) -> Losses:
        """-E log D(x_I) [- E log D(x_G)]."""
        values = [F.softplus(-trainer.on_generated("discriminator", x)[:, 0]).mean() for x in fakes]
        return {"G": sum(values)}

    def error_loss(self, trainer: Trainer, images: Tensor, completed: Tensor, holes: Tensor) -> Losses:
        """E |x_I - x| inside the holes."""
        return {"G": hole_error(images, completed, holes)}

    def sample(self, trainer: Trainer) -> Batch:
        """Completes four images, by running statistics, and tells their classes where it can."""
        task, draws = trainer.task, Draws()
        images = torch.rand(4, *task.shape.image) * 2 - 1
        holes = self.holes(task, 4, draws)
        made = trainer["generator"].eval()(*self.context(task, images, holes))
        completed = torch.where(holes, made, images)
        sample = {"input": images, "mask": holes.long(), "output": completed}
        if task.settings["supervision"] == "none":
            return sample
        return sample | {"logits": trainer["discriminator"].eval()(completed)[:, 1:]}

    goldens = (
        Golden(
            "ccgan",
            "CC-GAN (Denton et al. 2016) without labels: D judges completed images.",
            16,
            texts(TINY),
            seed="systems/ccgan-2",
        ),
        Golden(
            "ccgan-hint",
            "CC-GAN whose generator is shown the whole image at a quarter of its sides, in colour.",
            16,
            texts(f"hint=low-resolution {TINY}"),
            channels=3,
            seed="systems/ccgan-hint-1",
        ),
        Golden(
            "ccgan-labels",
            "CC-GAN whose discriminator learns classes of labelled images, too.",
            16,
            texts(f"supervision=labels classWeight=0.5 {TINY}"),
            seed="systems/ccgan-labels-6",
        ),
        Golden(
            "ccgan-squared",
            "CC-GAN^2: D judges the generator's whole images, too.",
            16,
            texts(f"variant=cc2 {TINY}"),
            seed="systems/ccgan-squared-0",
        ),
        Golden(
            "ccgan-squared-labels",
            "CC-GAN^2 with hint and labels, two halvings and holes of one size.",
            8,
            texts(
                "variant=cc2 hint=low-resolution supervision=labels generatorWidths=4,6 discriminatorWidths=4,6 "
                "smallestHole=3 largestHole=3"
            ),
            channels=3,
        ),
        Golden(
            "ccgan-l1",
            "The generator of CC-GAN with the absolute error alone; the discriminator learns classes alone.",
            16,
            texts(f"variant=l1 supervision=labels {TINY}"),
        ),
    )
    benches = (
        Bench(
            "ccgan",
            "digits",
            32,
            1,
            texts("generatorWidths=32,64,128 discriminatorWidths=16,32,64 smallestHole=8 largestHole=16"),
        ),
    )


system = CCGAN()
