"""GAN with weight normalisation (Xiang & Li 2017), and the same networks with batch normalisation or none."""

from __future__ import annotations

from torch import Tensor, nn
from torch.optim import RMSprop

from ..adversarial import Adversarial
from ..cases import Bench, Golden, Shape, texts
from ..layers import SignedSigmoid, StrictWeightNorm, TPReLU
from ..losses import generator_nonsaturating
from ..settings import Settings
from ..system import Rule
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=16 width=4"


class UnitRange(nn.Module):
    """Images from [-1, 1] to [0, 1], where zeros that pad them are black."""

    def forward(self, x: Tensor) -> Tensor:
        return (x + 1) / 2


def normalised(layer: nn.Module, outputs: int, norm: str) -> list[nn.Module]:
    """A layer without bias, its normalisation and its rectifier."""
    if norm == "weight":
        return [StrictWeightNorm(layer), TPReLU(outputs)]
    return [layer, nn.BatchNorm2d(outputs), nn.PReLU(outputs)] if norm == "batch" else [layer, nn.PReLU(outputs)]


def last(layer: nn.Module, norm: str) -> nn.Module:
    """The last layer of a network, with scale and bias where weights are normalised."""
    return StrictWeightNorm(layer, affine=True) if norm == "weight" else layer


def generator(latent: int, width: int, shape: Shape, norm: str) -> nn.Sequential:
    """A linear map to 4x4, transposed 4x4 convolutions of stride 2 down to `width` maps, and one to the image."""
    c, bias = width << (shape.doublings - 1), norm == "none"
    linear = nn.Linear(latent, c * 16, bias=bias)
    if norm == "weight":
        linear.weight.data *= 0.01
    first, *others = normalised(linear, c, norm)
    layers: list[nn.Module] = [first, nn.Unflatten(1, (c, 4, 4)), *others]
    for _ in range(shape.doublings - 1):
        layers += normalised(nn.ConvTranspose2d(c, c // 2, 4, 2, 1, bias=bias), c // 2, norm)
        c //= 2
    return nn.Sequential(*layers, last(nn.ConvTranspose2d(c, shape.channels, 4, 2, 1), norm), SignedSigmoid())


def discriminator(width: int, shape: Shape, norm: str) -> nn.Sequential:
    """4x4 convolutions of stride 2 down to 4x4, the channels doubling from `width`, and one logit.

    As in the authors' networks, batch normalisation leaves the first layer out.
    """
    layers: list[nn.Module] = [UnitRange()]
    inputs = shape.channels
    for level in range(shape.doublings):
        kind = "none" if norm == "batch" and level == 0 else norm
        layers += normalised(nn.Conv2d(inputs, width, 4, 2, 1, bias=kind == "none"), width, kind)
        inputs, width = width, 2 * width
    return nn.Sequential(*layers, nn.Flatten(), last(nn.Linear(inputs * 16, 1), norm), nn.Flatten(0))


class WeightNormGAN(Adversarial):
    """RMSprop; learned slopes return to [0, 1] after every update, and G sees noise of its own."""

    name = "weight-norm-gan"
    defaults = {"normalization": "weight", "width": 64, "latentSize": 128, "learningRate": 1e-4}
    choices = {"normalization": {"weight": {}, "batch": {}, "none": {}}}

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s = task.settings
        return {
            "generator": generator(s["latentSize"], s["width"], task.shape, s["normalization"]),
            "discriminator": discriminator(s["width"], task.shape, s["normalization"]),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """RMSprop with a short memory for both players."""
        rule = Rule(RMSprop, dict(lr=settings["learningRate"], alpha=0.9, eps=1e-6))
        return {("discriminator",): rule, ("generator",): rule}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """D descends the cross-entropy of real and fake, G the non-saturating loss of fresh fakes."""
        fake = trainer.constant_fakes(trainer.noise())
        trainer.minimize("discriminator", self.discriminator_loss, batch["images"], fake)
        clamp_slopes(trainer, "discriminator")
        trainer.minimize("generator", self.fresh_loss, trainer.noise())
        clamp_slopes(trainer, "generator")

    def fresh_loss(self, trainer: Trainer, z: Tensor) -> Losses:
        """-E log D(G(z))."""
        fake = trainer["generator"](z)
        return {"G": generator_nonsaturating(trainer.on_generated("discriminator", fake))}

    goldens = (
        Golden(
            "weight-norm-gan",
            "GAN with strict weight normalisation and translated rectifiers (Xiang & Li 2017).",
            16,
            texts(TINY),
            channels=3,
        ),
        Golden(
            "weight-norm-gan-batch",
            "The networks of Xiang & Li 2017 with batch normalisation.",
            16,
            texts(f"normalization=batch {TINY}"),
        ),
        Golden(
            "weight-norm-gan-none",
            "The networks of Xiang & Li 2017 without normalisation.",
            16,
            texts(f"normalization=none {TINY}"),
        ),
    )
    benches = (
        Bench("weight-norm-gan", "weight", 32, 1, texts("width=32")),
        Bench("weight-norm-gan-batch", "batch", 32, 1, texts("normalization=batch width=32")),
    )


def clamp_slopes(trainer: Trainer, name: str) -> None:
    """Moves the slopes of a network's translated rectifiers into [0, 1]."""
    if name not in trainer.memory:
        trainer.memory[name] = [part.slope.data for part in trainer[name].modules() if isinstance(part, TPReLU)]
    for slope in trainer.memory[name]:
        slope.clamp_(0, 1)


system = WeightNormGAN()
