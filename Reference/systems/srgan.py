"""SRGAN (Ledig et al. 2017)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks.perceptual import TINY as WEIGHTS
from ..networks.perceptual import perceptual_network
from ..settings import Settings
from ..system import Rule, System, adam, random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "blocks=1 generatorWidth=4 discriminatorWidth=4 discriminatorFeatures=8 adversarialWeight=0.5"
VGG, LITE = WEIGHTS


def cubic(x: Tensor) -> Tensor:
    """Keys' kernel with a = -1/2."""
    x = x.abs()
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


def reduced(images: Tensor, factor: int) -> Tensor:
    """MATLAB's `imresize(image, 1 / factor)`: a strided convolution with the widened kernel, along rows and columns.

    Sample j of the small image lies at factor (j + 1/2) - 1/2 of the large one; beyond the border the image is
    mirrored, its last sample first.
    """
    taps = torch.arange(4 * factor, dtype=torch.float64)
    kernel = cubic((taps - (4 * factor - 1) / 2) / factor)
    kernel = (kernel / kernel.sum()).to(images)
    border = (4 * factor - factor) // 2
    for axis in (2, 3):
        first, last = images.narrow(axis, 0, border).flip(axis), images.narrow(axis, -border, border).flip(axis)
        images = torch.cat([first, images, last], axis).unfold(axis, 4 * factor, factor) @ kernel
    return images


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """A 3x3 convolution in front of a normalisation."""
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)


class Block(nn.Module):
    """x + BN(conv(PReLU(BN(conv(x)))))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.norm1, self.slope = convolution(width, width), nn.BatchNorm2d(width), nn.PReLU(width)
        self.conv2, self.norm2 = convolution(width, width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.norm2(self.conv2(self.slope(self.norm1(self.conv1(x)))))


class Doubling(nn.Module):
    """PReLU(shuffle(conv(x)))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv, self.slope = nn.Conv2d(width, 4 * width, 3, padding=1), nn.PReLU(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.slope(F.pixel_shuffle(self.conv(x), 2))


class SRResNet(nn.Module):
    """The generator of figure 4: [N, C, H, W] in [0, 1] to [N, C, scale H, scale W], without a last activation."""

    def __init__(self, channels: int, width: int, blocks: int, scale: int) -> None:
        super().__init__()
        self.input, self.slope = nn.Conv2d(channels, width, 9, padding=4), nn.PReLU(width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.middle, self.norm = convolution(width, width), nn.BatchNorm2d(width)
        self.up = nn.ModuleList(Doubling(width) for _ in range({2: 1, 4: 2}[scale]))
        self.output = nn.Conv2d(width, channels, 9, padding=4)

    def forward(self, x: Tensor) -> Tensor:
        first = h = self.slope(self.input(x))
        for block in self.blocks:
            h = block(h)
        h = first + self.norm(self.middle(h))
        for doubling in self.up:
            h = doubling(h)
        return self.output(h)


def discriminator(shape: Shape, width: int, features: int) -> nn.Sequential:
    """The discriminator of figure 4, without its sigmoid."""
    layers: list[nn.Module] = [nn.Conv2d(shape.channels, width, 3, padding=1), nn.LeakyReLU(0.2)]
    inputs = 1
    for outputs, stride in ((1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2)):
        layers += [convolution(inputs * width, outputs * width, stride), nn.BatchNorm2d(outputs * width)]
        layers.append(nn.LeakyReLU(0.2))
        inputs = outputs
    area = -(-shape.height // 16) * -(-shape.width // 16)
    layers += [nn.Flatten(), nn.Linear(8 * width * area, features), nn.LeakyReLU(0.2), nn.Linear(features, 1)]
    return nn.Sequential(*layers)


class SRGAN(System):
    """Squared errors of pixels first, then a content loss and a discriminator."""

    name = "srgan"
    defaults = {
        "scale": 4,
        "blocks": 16,
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "discriminatorFeatures": 1024,
        "pretraining": 1_000_000,
        "content": "efficientnet-lite0",
        "weights": "",
        "adversarialWeight": 1e-3,
        "pretrainingRate": 1e-4,
        "learningRate": 1e-4,
        "beta1": 0.9,
    }

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, shape = task.settings, task.shape
        return {
            "generator": SRResNet(shape.channels, s["generatorWidth"], s["blocks"], s["scale"]),
            "discriminator": discriminator(shape, s["discriminatorWidth"], s["discriminatorFeatures"]),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Adam; benchmarks stay in one phase."""
        first = settings["pretrainingRate"] if settings["pretraining"] else settings["learningRate"]
        return {
            ("discriminator",): adam(settings["learningRate"], settings["beta1"]),
            ("generator",): adam(first, settings["beta1"]),
        }

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of G on squared errors; after the first phase one of D and one of G with the same images."""
        images = batch["images"]
        with torch.no_grad():
            low = (reduced(images, trainer.settings["scale"]) / 2 + 0.5).clamp(0, 1)
        if trainer.steps < trainer.settings["pretraining"]:
            trainer.minimize("generator", self.squared_error, low, images)
            return
        fake = trainer.fakes(low)
        trainer.minimize("discriminator", self.discriminator_loss, images, fake.detach())
        trainer.minimize("generator", self.generator_loss, fake, images, self.features(trainer, images))

    def squared_error(self, trainer: Trainer, low: Tensor, images: Tensor) -> Losses:
        """E (y - G(x))^2."""
        return {"G": F.mse_loss(trainer["generator"](low), images)}

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor) -> Losses:
        """-E log D(y) - E log(1 - D(G(x)))."""
        return {"D": discriminator_cross_entropy(*trainer.outputs("discriminator", (real,), (fake,), generated=1))}

    def generator_loss(self, trainer: Trainer, fake: Tensor, images: Tensor, features: Tensor) -> Losses:
        """E (phi(y) - phi(G(x)))^2 - w E log D(G(x)); EfficientNet-Lite0 has E (y - G(x))^2 beside it."""
        maps = self.maps(trainer)
        content = F.mse_loss(fake, images) if maps is None else F.mse_loss(maps(fake), features)
        if trainer.settings["content"] == "efficientnet-lite0":
            content = content + F.mse_loss(fake, images)
        adversarial = generator_nonsaturating(trainer.on_generated("discriminator", fake))
        total = content + trainer.settings["adversarialWeight"] * adversarial
        return {"G": total, "content": content, "adversarial": adversarial}

    @torch.no_grad()
    def features(self, trainer: Trainer, images: Tensor) -> Tensor:
        """phi(y), of which no gradient is asked for; the images where pixels are compared."""
        maps = self.maps(trainer)
        return images if maps is None else maps(images)

    def maps(self, trainer: Trainer) -> nn.Module | None:
        """The frozen network, made once; none where pixels are compared."""
        s = trainer.settings
        if s["content"] == "pixels":
            return None
        if "maps" not in trainer.memory:
            network = perceptual_network(s["content"], s["weights"])
            trainer.memory["maps"] = network.to(trainer.draws.device)
        return trainer.memory["maps"]

    def sample(self, trainer: Trainer) -> Batch:
        """Enlarges small images, which are given in [-1, 1]."""
        (images,) = random_batch(trainer.task, ("images",)).values()
        low = reduced(images, trainer.settings["scale"]).clamp(-1, 1)
        return {"input": low, "output": trainer["generator"].eval()(low / 2 + 0.5)}

    goldens = (
        # With two images, the normalisations of 2x2 maps see eight values a channel, which amplifies rounding: in
        # PyTorch itself the order of its sums then decides more than the tolerance. Eight images and a small rate
        # keep that in bounds.
        Golden(
            "srgan",
            "The GAN phase of SRGAN, four times larger, by phi_5,4 of a tiny VGG-19 of four channels.",
            32,
            texts(f"{TINY} pretraining=0 content=vgg54 weights={VGG}"),
            channels=3,
            batch=8,
            rate=0.005,
            seed="systems/srgan-10",
        ),
        Golden(
            "srgan-vgg22",
            "The GAN phase of SRGAN, twice as large, by phi_2,2 of the same network.",
            32,
            texts(f"{TINY} scale=2 pretraining=0 content=vgg22 weights={VGG}"),
            channels=3,
            batch=8,
            rate=0.005,
            seed="systems/srgan-vgg22-8",
        ),
        Golden(
            "srgan-lite",
            "The GAN phase of SRGAN, four times larger, by the activations of EfficientNet-Lite0 of random weights.",
            32,
            texts(f"{TINY} pretraining=0 content=efficientnet-lite0 weights={LITE}"),
            channels=3,
            batch=8,
            rate=0.005,
            seed="systems/srgan-lite-19",
        ),
        Golden(
            "srgan-srresnet",
            "The first phase of SRGAN, four times larger: squared errors of pixels.",
            24,
            texts(f"{TINY} content=pixels"),
            channels=3,
            batch=2,
            without_gradient=tuple(
                f"discriminator.{key}"
                for key, _ in discriminator(Shape(3, 24, 24), 4, 8).named_parameters()
            ),
        ),
        Golden(
            "srgan-x2",
            "SRGAN of grey images, twice as large: one step of the first phase and one of the GAN phase, by pixels.",
            20,
            texts(f"{TINY} scale=2 pretraining=1 content=pixels"),
            batch=2,
        ),
    )
    benches = (
        Bench("srgan-srresnet", "x4", 96, 3, texts("blocks=6 generatorWidth=32 discriminatorWidth=16 content=pixels"), batch=8),
        Bench("srgan", "x4", 96, 3, texts("blocks=6 generatorWidth=32 discriminatorWidth=16 pretraining=0"), batch=8),
    )


system = SRGAN()
