"""PixelDA (Bousmalis et al. 2017) with the residual generator and the MNIST tower of the authors' code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..draws import Draws
from ..layers import Dropout, GaussianNoise, OffsetBatchNorm
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..settings import Settings
from ..system import Rule, System, adam, random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "generatorWidth=4 discriminatorWidth=4 blocks=2 taskWidths=4,6,12"
WEIGHTS = "domainWeight=0.8 styleWeight=0.6 generatorTaskWeight=0.4"
"""Near one, so that every term shows in the gradients."""


def norm(channels: int) -> nn.Module:
    """Batch norm as the authors' framework has it by default: epsilon 1e-3, an offset and no gain."""
    return OffsetBatchNorm(channels, eps=1e-3)


class Block(nn.Module):
    """`conv1`, `norm1`, ReLU, `conv2`, `norm2`, plus the identity, without a final ReLU; 3x3 without bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1 = norm(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = norm(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))


class DomainGenerator(nn.Module):
    """Source image and noise to an image of the target domain.

    `project` (Linear without bias to height x width), `project_norm` (batch norm) and ReLU make one more channel, put
    after the image's; `input` (3x3, ReLU), `blocks.<i>`, `output` (1x1, Tanh).
    """

    def __init__(self, noise: int, width: int, blocks: int, shape: Shape) -> None:
        super().__init__()
        channels, height, breadth = shape.image
        self.project = nn.Linear(noise, height * breadth, bias=False)
        self.project_norm = norm(height * breadth)
        self.input = nn.Conv2d(channels + 1, width, 3, padding=1)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.output = nn.Conv2d(width, channels, 1)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        extra = F.relu(self.project_norm(self.project(z))).view(len(x), 1, *x.shape[2:])
        h = F.relu(self.input(torch.cat([x, extra], 1)))
        for block in self.blocks:
            h = block(h)
        return torch.tanh(self.output(h))


class DomainDiscriminator(nn.Module):
    """`input` (3x3 s1), then `conv.<i>` (3x3 s2 without bias, doubling widths, to 4x4) and `norm.<i>`, and `output`.

    LeakyReLU 0.2, dropout with rate 0.1 and Gaussian noise of deviation 0.2 follow every convolution; `output` is linear.
    Padding is 1 on all sides, where the authors' framework pads stride 2 on the right and below only.
    """

    def __init__(self, width: int, shape: Shape, draws: Draws) -> None:
        super().__init__()
        channels = shape.channels
        widths = [width << i for i in range(shape.doublings + 1)]
        self.input = nn.Conv2d(channels, width, 3, padding=1)
        self.conv = nn.ModuleList(nn.Conv2d(m, n, 3, 2, 1, bias=False) for m, n in zip(widths, widths[1:]))
        self.norm = nn.ModuleList(norm(n) for n in widths[1:])
        self.output = nn.Linear(widths[-1] * 16, 1)
        self.corrupt = nn.Sequential(nn.LeakyReLU(0.2), Dropout(0.1, draws), GaussianNoise(0.2, draws))

    def forward(self, x: Tensor) -> Tensor:
        h = self.corrupt(self.input(x))
        for conv, norm in zip(self.conv, self.norm):
            h = self.corrupt(norm(conv(h)))
        return self.output(h.flatten(1)).flatten()


def digit_classifier(widths: Sequence[int], shape: Shape) -> nn.Sequential:
    """The MNIST tower: two 5x5 convolutions with max pooling and two hidden layers.

    One tower classifies both domains, as in the paper; the authors' code gives each domain its own first convolution.
    """
    first, second, hidden = widths
    channels, size, _ = shape.image
    return nn.Sequential(
        nn.Conv2d(channels, first, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * (size // 4) ** 2, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, shape.classes),
    )


class PixelDA(System):
    """Discriminator and classifier learn jointly, then the generator from fresh noise."""

    name = "pixelda"
    parts = ("source", "labels", "target")
    defaults = {
        "noiseSize": 10,
        "generatorWidth": 64,
        "blocks": 6,
        "discriminatorWidth": 64,
        "taskWidths": [32, 48, 100],
        "domainWeight": 0.135603587834,
        "taskWeight": 1.0,
        "styleWeight": 0.0113173311334,
        "generatorTaskWeight": 0.0100959947002,
        "learningRate": 1e-3,
        "beta1": 0.5,
        "maxGradientNorm": 5.0,
    }

    def networks(self, task: Task) -> Networks:
        """The generator, the discriminator and the task network."""
        s, shape = task.settings, task.shape
        return {
            "generator": DomainGenerator(s["noiseSize"], s["generatorWidth"], s["blocks"], shape),
            "discriminator": DomainDiscriminator(s["discriminatorWidth"], shape, task.draws),
            "classifier": digit_classifier(s["taskWidths"], shape),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Adam with a limit of each parameter's gradient; the authors' code collects weight decay but never adds it."""
        rate, beta1, limit = settings["learningRate"], settings["beta1"], settings["maxGradientNorm"]
        rule = adam(rate, beta1, limit=limit)
        return {("discriminator", "classifier"): rule, ("generator",): rule}

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(-1, 1)."""
        return draws.uniform(count, settings["noiseSize"], low=-1, high=1)

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One joint update of discriminator and classifier, and one of the generator."""
        source, labels, target = (batch[part] for part in self.parts)
        fake = trainer.constant_fakes(source, trainer.noise())
        trainer.minimize(("discriminator", "classifier"), self.domain_loss, source, labels, target, fake)
        trainer.minimize("generator", self.generator_loss, source, labels, trainer.noise())

    def domain_loss(self, trainer: Trainer, source: Tensor, labels: Tensor, target: Tensor, fake: Tensor) -> Losses:
        """Target against transferred images, and the classes of source and transferred ones."""
        s = trainer.settings
        domain = discriminator_cross_entropy(*trainer.outputs("discriminator", (target,), (fake,)))
        on_source, on_fake = trainer.outputs("classifier", (source,), (fake,))
        task = F.cross_entropy(on_source, labels) + F.cross_entropy(on_fake, labels)
        return {"D": s["domainWeight"] * domain + s["taskWeight"] * task, "domain": domain, "task": task}

    def generator_loss(self, trainer: Trainer, source: Tensor, labels: Tensor, z: Tensor) -> Losses:
        """Transferred images are to pass for the target's, and to keep their class."""
        s, fake = trainer.settings, trainer["generator"](source, z)
        style = generator_nonsaturating(trainer["discriminator"](fake))
        task = F.cross_entropy(trainer["classifier"](fake), labels)
        return {"G": s["styleWeight"] * style + s["generatorTaskWeight"] * task}

    def sample(self, trainer: Trainer) -> Batch:
        """Transferred source images and their logits, all in evaluation mode."""
        (x,) = random_batch(replace(trainer.task, batch=4), ("source",)).values()
        z = self.noise(trainer.settings, Draws(), 4)
        output = trainer["generator"].eval()(x, z)
        return {"input": x, "noise": z, "output": output, "logits": trainer["classifier"].eval()(output)}

    goldens = (
        Golden("pixelda", "PixelDA for digits.", 16, texts(f"{TINY} {WEIGHTS} maxGradientNorm=0"), channels=3),
        Golden(
            "pixelda-clipped",
            "PixelDA for digits; the longer gradients are clipped.",
            16,
            texts(f"{TINY} {WEIGHTS} maxGradientNorm=0.2"),
            channels=3,
        ),
    )
    benches = (
        Bench("pixelda", "digits", 32, 3, texts("generatorWidth=32 discriminatorWidth=32"), batch=32),
    )


system = PixelDA()
