"""PixelDA (Bousmalis et al. 2017) with the residual generator and the MNIST tower of the authors' code."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..modules import Draws, MaskedDropout
from ..store import Case
from ..trainer import Networks, Trainer
from .common import BATCH, CLASSES, Batch, GaussianNoise, Shape, images, labels, system_case

SHAPE: Shape = (3, 16, 16)
NOISE, BLOCKS, WIDTH, TOWER = 10, 2, 4, (4, 6, 12)
DOMAIN_WEIGHT, TASK_WEIGHT, STYLE_WEIGHT, GENERATOR_TASK_WEIGHT = 0.8, 1.0, 0.6, 0.4
ORDER = (
    "Each minibatch: z ~ U(-1, 1); fake = G(source, z); discriminator on target, then on fake, in two passes, each drawing "
    "layer by layer a dropout mask and then noise; classifier on source, then on fake; update discriminator and classifier "
    "jointly on D = domain_weight domain + task_weight task, domain = cross-entropy of target against fake, task = "
    "cross-entropy of the labels on source plus that on fake; fresh z; discriminator and classifier as updated on the new "
    "fake; update generator on G = -style_weight mean log D(fake) + generator_task_weight cross-entropy of the labels on fake. "
    "domain and task are kept without weights."
)


class Block(nn.Module):
    """`conv1`, `norm1`, ReLU, `conv2`, `norm2`, plus the identity, without a final ReLU; 3x3 without bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))


class DomainGenerator(nn.Module):
    """Source image and noise to an image of the target domain.

    `project` (Linear without bias to height x width), `project_norm` (BatchNorm1d) and ReLU make one more channel, put
    after the image's; `input` (3x3, ReLU), `blocks.<i>`, `output` (1x1, Tanh).
    """

    def __init__(self, noise: int, width: int, blocks: int, shape: Shape) -> None:
        super().__init__()
        channels, height, breadth = shape
        self.project = nn.Linear(noise, height * breadth, bias=False)
        self.project_norm = nn.BatchNorm1d(height * breadth)
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
        channels, size, _ = shape
        widths = [width * 2**i for i in range((size // 4).bit_length())]
        self.input = nn.Conv2d(channels, width, 3, padding=1)
        self.conv = nn.ModuleList(nn.Conv2d(m, n, 3, 2, 1, bias=False) for m, n in zip(widths, widths[1:]))
        self.norm = nn.ModuleList(nn.BatchNorm2d(n) for n in widths[1:])
        self.output = nn.Linear(widths[-1] * 16, 1)
        self.corrupt = nn.Sequential(nn.LeakyReLU(0.2), MaskedDropout(0.1, draws), GaussianNoise(0.2, draws))

    def forward(self, x: Tensor) -> Tensor:
        h = self.corrupt(self.input(x))
        for conv, norm in zip(self.conv, self.norm):
            h = self.corrupt(norm(conv(h)))
        return self.output(h.flatten(1)).flatten()


def digit_classifier(widths: tuple[int, int, int], classes: int, shape: Shape) -> nn.Sequential:
    """The MNIST tower: two 5x5 convolutions with max pooling and two hidden layers.

    Sequential: 0 Conv2d 5x5 p2, 1 ReLU, 2 MaxPool2d 2, 3 Conv2d 5x5 p2, 4 ReLU, 5 MaxPool2d 2, 6 Flatten, 7 Linear, 8
    ReLU, 9 Linear, 10 ReLU, 11 Linear. One tower classifies both domains, as in the paper; the authors' code gives each
    domain its own first convolution.
    """
    first, second, hidden = widths
    channels, size, _ = shape
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
        nn.Linear(hidden, classes),
    )


def step(trainer: Trainer, batch: Batch) -> None:
    """One joint update of discriminator and classifier, and one of the generator."""
    generator, discriminator, classifier = (trainer[k] for k in ("generator", "discriminator", "classifier"))
    source, classes = batch["source"], batch["labels"]

    def noise() -> Tensor:
        return trainer.draws.uniform(BATCH, NOISE, low=-1, high=1)

    with torch.no_grad():
        fake = generator(source, noise())
    domain = discriminator_cross_entropy(discriminator(batch["target"]), discriminator(fake))
    task = F.cross_entropy(classifier(source), classes) + F.cross_entropy(classifier(fake), classes)
    loss = DOMAIN_WEIGHT * domain + TASK_WEIGHT * task
    for name, value in (("domain", domain), ("task", task), ("D", loss)):
        trainer.keep_loss(name, value)
    trainer.update(loss, "discriminator", "classifier")

    fake = generator(source, noise())
    style = generator_nonsaturating(discriminator(fake))
    loss = STYLE_WEIGHT * style + GENERATOR_TASK_WEIGHT * F.cross_entropy(classifier(fake), classes)
    trainer.keep_loss("G", loss)
    trainer.update(loss, "generator")


def _make(draws: Draws) -> Networks:
    return {
        "generator": DomainGenerator(NOISE, WIDTH, BLOCKS, SHAPE),
        "discriminator": DomainDiscriminator(WIDTH, SHAPE, draws),
        "classifier": digit_classifier(TOWER, CLASSES, SHAPE),
    }


def _sample(trainer: Trainer) -> Batch:
    """Transfers source images and classifies the result, all in evaluation mode."""
    x, z = images(4, SHAPE), torch.rand(4, NOISE) * 2 - 1
    output = trainer["generator"].eval()(x, z)
    return {"input": x, "noise": z, "output": output, "logits": trainer["classifier"].eval()(output)}


def cases() -> list[Case]:
    """Returns the one case. Its weights are near one, so that every term shows in the gradients."""
    config = dict(
        batch=BATCH,
        image=SHAPE,
        classes=CLASSES,
        noise="uniform(-1, 1)",
        noise_size=NOISE,
        width=WIDTH,
        blocks=BLOCKS,
        tower_widths=TOWER,
        dropout=0.1,
        noise_deviation=0.2,
        domain_weight=DOMAIN_WEIGHT,
        task_weight=TASK_WEIGHT,
        style_weight=STYLE_WEIGHT,
        generator_task_weight=GENERATOR_TASK_WEIGHT,
    )
    return [
        system_case(
            "pixelda",
            f"PixelDA for digits. {ORDER}",
            config,
            _make,
            lambda: {"source": images(BATCH, SHAPE), "labels": labels(BATCH), "target": images(BATCH, SHAPE)},
            step,
            _sample,
        )
    ]
