"""MUNIT (Huang et al. 2018): what images of two domains have in common is content, the rest is style."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..losses import squared
from ..networks.translation import ResidualBlock, reflect
from ..settings import Settings
from ..system import Rule, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer
from ..translating import TranslatingSystem

NETWORKS = "generator_a", "generator_b"
"""The autoencoders of the domains."""
OTHER = {"a": "b", "b": "a"}


def leaky(x: Tensor) -> Tensor:
    """The discriminators' LeakyReLU."""
    return F.leaky_relu(x, 0.2)


class Conv(nn.Module):
    """`conv`, a convolution with mirrored borders, then `norm`, where there is one, and an activation.

    Instance normalisation would cancel a bias.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int,
        padding: int,
        activation: Callable[[Tensor], Tensor],
        norm: type[nn.Module] | None = None,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, bias=norm is not nn.InstanceNorm2d)
        self.norm = norm(outputs) if norm else nn.Identity()
        self.padding, self.activation = padding, activation

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.conv(reflect(x, self.padding))))


class ChannelLayerNorm(nn.GroupNorm):
    """Layer normalisation over channels and pixels, with a gain and an offset for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__(1, channels)


class MapMeans(nn.Module):
    """The mean of every map."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


def content_encoder(settings: Settings, channels: int) -> nn.Sequential:
    """Appendix B.2: c7s1-w, halvings 4x4 s2 that double the channels, residual blocks; instance norm without affine.

    Sequential: Conv with ReLU, then the blocks.
    """
    width = settings["generatorWidth"]
    layers: list[nn.Module] = [Conv(channels, width, 7, 1, 3, F.relu, nn.InstanceNorm2d)]
    for _ in range(settings["contentHalvings"]):
        layers.append(Conv(width, 2 * width, 4, 2, 1, F.relu, nn.InstanceNorm2d))
        width *= 2
    return nn.Sequential(*layers, *(ResidualBlock(width) for _ in range(settings["residualBlocks"])))


def style_encoder(settings: Settings, channels: int) -> nn.Sequential:
    """Appendix B.2: c7s1-w, halvings of which the first two double the channels, the mean of each map, one layer.

    No normalisation, which would take the style away.
    """
    width = settings["generatorWidth"]
    layers: list[nn.Module] = [Conv(channels, width, 7, 1, 3, F.relu)]
    for i in range(settings["styleHalvings"]):
        wider = 2 * width if i < 2 else width
        layers.append(Conv(width, wider, 4, 2, 1, F.relu))
        width = wider
    return nn.Sequential(*layers, MapMeans(), nn.Linear(width, settings["styleSize"]))


def adapted(x: Tensor, offset: Tensor, gain: Tensor) -> Tensor:
    """AdaIN (equation 10): gain (x - mu(x)) / sigma(x) + offset, numbers for every image and channel [N, C]."""
    return gain[:, :, None, None] * F.instance_norm(x) + offset[:, :, None, None]


class Decoder(nn.Module):
    """Residual blocks whose normalisations take gain and offset from the style, then doublings.

    `mlp`: Linear, ReLU, Linear, ReLU, Linear; its outputs are, for each block and each of its two normalisations, all
    offsets and then all gains. `conv1.<i>`, `conv2.<i>`: of the blocks. `up.<i>`: of the doubled maps, Conv 5x5 with
    layer normalisation and ReLU. `output`: Conv 7x7 with Tanh.
    """

    def __init__(self, settings: Settings, channels: int) -> None:
        super().__init__()
        count, hidden = settings["residualBlocks"], settings["mlpWidth"]
        width = settings["generatorWidth"] << settings["contentHalvings"]
        self.mlp = nn.Sequential(
            nn.Linear(settings["styleSize"], hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 4 * width * count),
        )
        self.conv1, self.conv2 = (
            nn.ModuleList(nn.Conv2d(width, width, 3, bias=False) for _ in range(count)) for _ in range(2)
        )
        self.up = nn.ModuleList()
        for _ in range(settings["contentHalvings"]):
            self.up.append(Conv(width, width // 2, 5, 1, 2, F.relu, ChannelLayerNorm))
            width //= 2
        self.output = Conv(width, channels, 7, 1, 3, torch.tanh)

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        x, count = content, len(self.conv1)
        parameters = self.mlp(style).unflatten(1, (count, 2, 2, -1)).unbind(1)
        for conv1, conv2, p in zip(self.conv1, self.conv2, parameters):
            h = F.relu(adapted(conv1(reflect(x, 1)), p[:, 0, 0], p[:, 0, 1]))
            x = x + adapted(conv2(reflect(h, 1)), p[:, 1, 0], p[:, 1, 1])
        for level in self.up:
            x = level(F.interpolate(x, scale_factor=2, mode="nearest"))
        return self.output(x)


class Autoencoder(nn.Module):
    """A domain's `content` and `style` encoders and its `decoder`."""

    def __init__(self, settings: Settings, channels: int) -> None:
        super().__init__()
        self.content = content_encoder(settings, channels)
        self.style = style_encoder(settings, channels)
        self.decoder = Decoder(settings, channels)

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        return self.decoder(content, style)


class MultiScaleDiscriminator(nn.Module):
    """`scales.<i>`: d-w, d-2w and so on without normalisation, 1x1 to a map of logits; each sees half the size.

    Images are halved by means of 3x3 pixels, borders left out (Wang et al. 2018, section 3.2).
    """

    def __init__(self, settings: Settings, channels: int) -> None:
        super().__init__()
        self.scales = nn.ModuleList(self.scale(settings, channels) for _ in range(settings["scales"]))

    def scale(self, settings: Settings, channels: int) -> nn.Sequential:
        """One of the discriminators."""
        width, layers = settings["discriminatorWidth"], []
        for _ in range(settings["discriminatorLayers"]):
            layers.append(Conv(channels, width, 4, 2, 1, leaky))
            channels, width = width, 2 * width
        return nn.Sequential(*layers, nn.Conv2d(channels, 1, 1))

    def forward(self, x: Tensor) -> list[Tensor]:
        outputs = []
        for scale in self.scales:
            outputs.append(scale(x))
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
        return outputs


class MUNIT(TranslatingSystem):
    """Equations 1 to 6 with squares in place of likelihoods (appendix B.1)."""

    name = "munit"
    defaults = {
        "contentHalvings": 2,
        "styleHalvings": 4,
        "residualBlocks": 4,
        "styleSize": 8,
        "mlpWidth": 256,
        "generatorWidth": 64,
        "discriminatorWidth": 64,
        "discriminatorLayers": 4,
        "scales": 3,
        "adversarialWeight": 1.0,
        "reconstructionWeight": 10.0,
        "styleWeight": 1.0,
        "contentWeight": 1.0,
        "cycleWeight": 0.0,
        "learningRate": 1e-4,
        "beta1": 0.5,
        "weightDecay": 1e-4,
    }

    def networks(self, task: Task) -> Networks:
        """An autoencoder and a discriminator for each domain."""
        s, channels = task.settings, task.shape.channels
        networks: Networks = {name: Autoencoder(s, channels) for name in NETWORKS}
        return networks | {f"discriminator_{domain}": MultiScaleDiscriminator(s, channels) for domain in self.parts}

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """One Adam of the authors' code updates both discriminators; their gradients do not mix."""
        rule = adam(settings["learningRate"], settings["beta1"], decay=settings["weightDecay"])
        return {NETWORKS: rule, ("discriminator_a",): rule, ("discriminator_b",): rule}

    def styles(self, trainer: Trainer) -> dict[str, Tensor]:
        """Styles for images of each domain, s ~ N(0, 1)."""
        return {d: trainer.draws.normal(trainer.count, trainer.settings["styleSize"]) for d in self.parts}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of each discriminator, then one of both autoencoders with other styles."""
        fakes = self.constant_translations(trainer, batch, self.styles(trainer))
        for domain in self.parts:
            name = f"discriminator_{domain}"
            trainer.minimize(name, self.discriminator_loss, domain, batch[domain], fakes[domain])
        trainer.minimize(NETWORKS, self.autoencoder_loss, batch, self.styles(trainer))

    @torch.no_grad()
    def constant_translations(self, trainer: Trainer, batch: Batch, styles: dict[str, Tensor]) -> dict[str, Tensor]:
        """Images of each domain with the content of the other's."""
        return trainer.apply(self.translations, batch, styles)

    def translations(self, trainer: Trainer, batch: Batch, styles: dict[str, Tensor]) -> dict[str, Tensor]:
        """Images of each domain with the content of the other's."""
        contents = {d: trainer[f"generator_{d}"].content(batch[d]) for d in self.parts}
        return {d: trainer[f"generator_{d}"](contents[OTHER[d]], styles[d]) for d in self.parts}

    def discriminator_loss(self, trainer: Trainer, domain: str, real: Tensor, fake: Tensor) -> Losses:
        """E (D(x) - 1)^2 + E D(G(c, s))^2, added up over the scales."""
        discriminator = trainer[f"discriminator_{domain}"]
        pairs = zip(discriminator(real), discriminator(fake))
        loss = sum(squared(on_real, 1) + squared(on_fake, 0) for on_real, on_fake in pairs)
        return {f"D_{domain.upper()}": trainer.settings["adversarialWeight"] * loss}

    def autoencoder_loss(self, trainer: Trainer, batch: Batch, styles: dict[str, Tensor]) -> Losses:
        """Equation 6: images, contents and styles come back (equations 1 to 4), and translations deceive."""
        s, losses = trainer.settings, []
        generators = {d: trainer[f"generator_{d}"] for d in self.parts}
        contents = {d: generators[d].content(batch[d]) for d in self.parts}
        own_styles = {d: generators[d].style(batch[d]) for d in self.parts}
        fakes = {d: generators[d](contents[OTHER[d]], styles[d]) for d in self.parts}
        back = {d: generators[OTHER[d]].content(fakes[OTHER[d]]) for d in self.parts}
        for d in self.parts:
            generator = generators[d]
            again = generator(contents[d], own_styles[d])
            part = {
                "fooled": sum(squared(output, 1) for output in trainer[f"discriminator_{d}"](fakes[d])),
                "reconstruction": F.l1_loss(again, batch[d]),
                # The content that is to come back learns, too.
                "content": (back[d] - contents[d]).abs().mean(),
                "style": F.l1_loss(generator.style(fakes[d]), styles[d]),
            }
            if s["cycleWeight"]:
                part["cycle"] = F.l1_loss(generator(back[d], own_styles[d]), batch[d])
            losses.append(part)
        parts = {name: losses[0][name] + losses[1][name] for name in losses[0]}
        weights = {"fooled": s["adversarialWeight"]} | {n: s[f"{n}Weight"] for n in parts if n != "fooled"}
        total = sum(weights[name] * value for name, value in parts.items())
        return {"G": total} | {name: value for name, value in parts.items() if name != "fooled"}

    def sample(self, trainer: Trainer) -> Batch:
        """Translates a to b in a style of the prior."""
        a, b = (x[:1] for x in self.batch(trainer.task).values())
        style = trainer.draws.normal(1, trainer.settings["styleSize"])
        generator_a, generator_b = (trainer[name].eval() for name in NETWORKS)
        return {
            "input": a,
            "output": generator_b(generator_a.content(a), style),
            "input_b": b,
            "style_b": generator_b.style(b),
        }

    goldens = (
        Golden(
            "munit",
            "MUNIT (Huang et al. 2018): contents and styles come back.",
            24,
            texts(
                "contentHalvings=2 styleHalvings=3 residualBlocks=1 styleSize=3 mlpWidth=6 generatorWidth=4 "
                "discriminatorWidth=4 discriminatorLayers=2 scales=2"
            ),
            channels=3,
            batch=2,
            rate=0.002,
            seed="systems/munit-5",
        ),
        Golden(
            "munit-cycle",
            "MUNIT whose images come back from the other domain as well, weights all different.",
            16,
            texts(
                "contentHalvings=1 styleHalvings=2 residualBlocks=2 styleSize=4 mlpWidth=5 generatorWidth=4 "
                "discriminatorWidth=4 discriminatorLayers=2 scales=3 adversarialWeight=2 reconstructionWeight=5 "
                "styleWeight=3 contentWeight=4 cycleWeight=6"
            ),
            batch=3,
            rate=0.002,
            seed="systems/munit-cycle-3",
        ),
    )
    benches = (
        Bench(
            "munit",
            "adain",
            64,
            3,
            texts("generatorWidth=16 mlpWidth=64 discriminatorWidth=16"),
            batch=4,
        ),
    )


system = MUNIT()
