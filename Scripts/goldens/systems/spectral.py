"""Spectral normalisation (Miyato et al. 2018) with the projection discriminator (Miyato & Koyama 2018)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..losses import discriminator_hinge, generator_mean
from ..modules import ConditionalBatchNorm2d, CriticBlock, Draws, FirstCriticBlock, PlainCriticBlock, SpectralNorm
from ..networks import ResidualGenerator
from ..store import Case
from ..trainer import Networks, Trainer
from .common import BATCH, CLASSES, LATENT, Batch, evaluate, images, labels, system_case

SHAPE, SMALL = (3, 16, 16), (3, 8, 8)
ORDER = (
    "Each minibatch: z ~ N(0, 1), then (where conditional) uniform labels of the fakes; fake = G(z, y); one pass of D over "
    "[real; fake]; update D on the hinge loss. After every discriminator_updates-th minibatch: fresh z, then fresh labels; "
    "update G on -mean D(G(z, y), y). Every training pass of D, that of the G step too, advances each layer's u once."
)


def spectrally_normalised(network: nn.Module) -> nn.Module:
    """Puts spectral normalisation on every linear map, convolution and embedding; adds the buffers `<layer>.u`."""
    for name, child in network.named_children():
        if isinstance(child, (nn.Linear, nn.Conv2d, nn.Embedding)):
            setattr(network, name, SpectralNorm(child))
        else:
            spectrally_normalised(child)
    return network


def standard_generator(latent: int, width: int, size: int, channels: int) -> nn.Sequential:
    """The standard CNN's generator (table 3a): widths 8w-4w-2w-w for w = `width`, from size/8 to size.

    Sequential: 0 Linear, 1 Unflatten; 2, 5, 8 ConvTranspose2d 4x4 s2 p1 without bias, each followed by BatchNorm2d and
    ReLU; 11 Conv2d 3x3 p1, 12 Tanh. As in the table, neither batch norm nor ReLU follows the dense layer.
    """
    base, c = size // 8, 8 * width
    layers: list[nn.Module] = [nn.Linear(latent, c * base * base), nn.Unflatten(1, (c, base, base))]
    for _ in range(3):
        layers += [nn.ConvTranspose2d(c, c // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(c // 2), nn.ReLU()]
        c //= 2
    return nn.Sequential(*layers, nn.Conv2d(c, channels, 3, padding=1), nn.Tanh())


def standard_discriminator(width: int, size: int, channels: int) -> nn.Sequential:
    """The standard CNN's discriminator (table 3b): widths w, w, 2w, 2w, 4w, 4w, 8w for w = `width`.

    Sequential: 0, 2, 4, 6, 8, 10, 12 Conv2d (3x3 s1 p1 and 4x4 s2 p1 in turn, ending in 3x3), each followed by LeakyReLU
    0.1; 14 Flatten, 15 Linear, 16 Flatten(0). Every layer with weights is spectrally normalised.
    """
    layers: list[nn.Module] = []
    inputs = channels
    for i, outputs in enumerate([width, width, 2 * width, 2 * width, 4 * width, 4 * width, 8 * width]):
        kernel, stride = (3, 1) if i % 2 == 0 else (4, 2)
        layers += [nn.Conv2d(inputs, outputs, kernel, stride, 1), nn.LeakyReLU(0.1)]
        inputs = outputs
    head = [nn.Flatten(), nn.Linear(inputs * (size // 8) ** 2, 1), nn.Flatten(0)]
    return spectrally_normalised(nn.Sequential(*layers, *head))


class ConditionalBlock(nn.Module):
    """Up-sampling residual block with conditional batch norm: cBN-ReLU-up-conv-cBN-ReLU-conv.

    `norm1`, `conv1`, `norm2`, `conv2` and `shortcut` (1x1, after the up-sampling); each norm is {norm, gain, bias}: batch
    norm without affine map and one embedding of gains and one of biases.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.norm1 = ConditionalBatchNorm2d(channels, classes)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = ConditionalBatchNorm2d(channels, classes)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.shortcut = nn.Conv2d(channels, channels, 1)
        for norm in (self.norm1, self.norm2):
            nn.init.normal_(norm.gain.weight, 1, 0.3)
            nn.init.normal_(norm.bias.weight, 0, 0.3)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        h = self.conv1(F.interpolate(F.relu(self.norm1(x, classes)), scale_factor=2, mode="nearest"))
        h = self.conv2(F.relu(self.norm2(h, classes)))
        return h + self.shortcut(F.interpolate(x, scale_factor=2, mode="nearest"))


class ConditionalResidualGenerator(nn.Module):
    """The CIFAR-10 ResNet generator (table 4a) made conditional by its batch norms.

    `project` (Linear to width x 4 x 4), `blocks.<i>` (`ConditionalBlock`, up to `size`), `norm` (BatchNorm2d, not
    conditional, as in the authors' code), ReLU, `output` (3x3), Tanh.
    """

    def __init__(self, latent: int, classes: int, width: int, size: int, channels: int) -> None:
        super().__init__()
        self.width = width
        self.project = nn.Linear(latent, width * 16)
        self.blocks = nn.ModuleList(ConditionalBlock(width, classes) for _ in range((size // 4).bit_length() - 1))
        self.norm = nn.BatchNorm2d(width)
        self.output = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        h = self.project(z).view(-1, self.width, 4, 4)
        for block in self.blocks:
            h = block(h, classes)
        return torch.tanh(self.output(F.relu(self.norm(h))))


class ResidualDiscriminator(nn.Module):
    """The CIFAR-10 ResNet discriminator (table 4b) without labels: D(x) = w h, keys as in `ProjectionDiscriminator`."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.first = FirstCriticBlock(channels, width)
        self.blocks = nn.ModuleList([CriticBlock(width, width), PlainCriticBlock(width), PlainCriticBlock(width)])
        self.output = nn.Linear(width, 1, bias=False)
        spectrally_normalised(self)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(x)
        for block in self.blocks:
            h = block(h)
        return self.output(F.relu(h).sum((2, 3))).flatten()


class ProjectionDiscriminator(nn.Module):
    """The CIFAR-10 ResNet discriminator (table 4b) with a projection of the label: D(x, y) = w h + e_y . h.

    `first` (conv1, conv2, shortcut), `blocks.0` (down-sampling: conv1, conv2, shortcut), `blocks.1`, `blocks.2` (conv1,
    conv2), `output` (Linear without bias, as in the authors' code), `embedding` (classes x width). h is the sum over
    positions of the rectified last features. Spectral normalisation is on every layer, the embedding included.
    """

    def __init__(self, classes: int, width: int, channels: int) -> None:
        super().__init__()
        self.first = FirstCriticBlock(channels, width)
        self.blocks = nn.ModuleList([CriticBlock(width, width), PlainCriticBlock(width), PlainCriticBlock(width)])
        self.output = nn.Linear(width, 1, bias=False)
        self.embedding = nn.Embedding(classes, width)
        spectrally_normalised(self)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        h = self.first(x)
        for block in self.blocks:
            h = block(h)
        h = F.relu(h).sum((2, 3))
        return self.output(h).flatten() + (self.embedding(classes) * h).sum(1)


def hinge_step(conditional: bool, every: int = 1) -> Callable[[Trainer, Batch], None]:
    """One D update per minibatch; G follows every `every`-th. Labels of fakes are uniform in both steps."""

    def generate(trainer: Trainer) -> tuple[Tensor, tuple[Tensor, ...]]:
        z = trainer.draws.normal(BATCH, LATENT)
        conditions = (trainer.draws.integers(BATCH, high=CLASSES),) if conditional else ()
        return trainer["generator"](z, *conditions), conditions

    def step(trainer: Trainer, batch: Batch) -> None:
        with torch.no_grad():
            fake, conditions = generate(trainer)
        joint = (torch.cat([batch["labels"], *conditions]),) if conditional else ()
        values = trainer["discriminator"](torch.cat([batch["images"], fake]), *joint)
        loss = discriminator_hinge(values[:BATCH], values[BATCH:])
        trainer.keep_loss("D", loss)
        trainer.update(loss, "discriminator")

        if (trainer.step + 1) % every == 0:
            fake, conditions = generate(trainer)
            loss = generator_mean(trainer["discriminator"](fake, *conditions))
            trainer.keep_loss("G", loss)
            trainer.update(loss, "generator")

    return step


def _standard(_: Draws) -> Networks:
    return {"generator": standard_generator(LATENT, 4, 16, 3), "discriminator": standard_discriminator(4, 16, 3)}


def _residual(_: Draws) -> Networks:
    return {
        "generator": ConditionalResidualGenerator(LATENT, CLASSES, 8, 8, 3),
        "discriminator": ProjectionDiscriminator(CLASSES, 8, 3),
    }


def _plain(_: Draws) -> Networks:
    return {"generator": ResidualGenerator(LATENT, 8, 8, 3), "discriminator": ResidualDiscriminator(8, 3)}


def cases() -> list[Case]:
    """Returns the cases of the standard CNN, of the ResNet and of the conditional ResNet."""
    common = dict(batch=BATCH, latent=LATENT, noise="normal", image=SHAPE, discriminator_updates=1)
    return [
        system_case(
            "sn-gan-cnn",
            f"SN-GAN with the standard CNN, hinge loss. {ORDER}",
            common | dict(width=4, size=16, leak=0.1),
            _standard,
            lambda: {"images": images(BATCH, SHAPE)},
            hinge_step(conditional=False),
            lambda trainer: evaluate(trainer, torch.randn(4, LATENT)),
        ),
        # The name is the seed: here no rectified value is nearer to 0 than 1e-5, where rounding would flip a slope.
        system_case(
            "sn-gan-unconditional",
            f"SN-GAN with the CIFAR-10 ResNet, hinge loss. {ORDER}",
            common | dict(width=8, size=8, image=SMALL),
            _plain,
            lambda: {"images": images(BATCH, SMALL)},
            hinge_step(conditional=False),
            lambda trainer: evaluate(trainer, torch.randn(4, LATENT)),
        ),
        system_case(
            "sn-gan-resnet",
            f"SN-GAN with the conditional CIFAR-10 ResNet and a projection discriminator, hinge loss. {ORDER}",
            common | dict(width=8, size=8, image=SMALL, classes=CLASSES),
            _residual,
            lambda: {"images": images(BATCH, SMALL), "labels": labels(BATCH)},
            hinge_step(conditional=True),
            lambda trainer: evaluate(trainer, torch.randn(4, LATENT), torch.arange(4) % CLASSES),
        ),
    ]
