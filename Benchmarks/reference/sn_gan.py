"""SN-GAN: a spectrally normalised discriminator, five of its updates to one of the generator."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

import alternating
import common
import wgan_gp
from common import Options

RATE, BETAS = 2e-4, (0.0, 0.9)


class SumOverPixels(nn.Module):
    """The sum of every map."""

    def forward(self, maps: Tensor) -> Tensor:
        """`[N, C, H, W] -> [N, C]`."""
        return maps.sum((2, 3))


def normalised(network: nn.Module) -> nn.Module:
    """The network with spectral normalisation of every layer with weights."""
    layers = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    for layer in layers:
        spectral_norm(layer)
    return network


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    """Margins of 1 on both sides."""
    return (1 - real).relu().mean() + (1 + fake).relu().mean()


def standard_generator(options: Options, latent: int, width: int) -> nn.Sequential:
    """From an eighth of the size through three transposed convolutions to the image."""
    base = options.size // 8
    layers = [
        nn.Linear(latent, 8 * width * base * base),
        nn.Unflatten(1, (8 * width, base, base)),
    ]
    for maps in (4 * width, 2 * width, width):
        layers += [
            nn.ConvTranspose2d(2 * maps, maps, 4, 2, 1, bias=False),
            nn.BatchNorm2d(maps),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, wgan_gp.conv3(width, options.channels), nn.Tanh())


def standard_discriminator(options: Options, width: int) -> nn.Module:
    """Seven convolutions, every second one halving the size."""
    layers, inputs = [], options.channels
    for index, factor in enumerate((1, 1, 2, 2, 4, 4, 8)):
        kernel, stride = (4, 2) if index % 2 else (3, 1)
        layers += [nn.Conv2d(inputs, factor * width, kernel, stride, 1), nn.LeakyReLU(0.1)]
        inputs = factor * width
    features = inputs * (options.size // 8) ** 2
    return normalised(nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 1)))


def residual_discriminator(options: Options, width: int) -> nn.Module:
    """Two halving blocks, two plain ones, the sum over all positions, one number."""
    return normalised(
        nn.Sequential(
            wgan_gp.first_block(options.channels, width),
            wgan_gp.down_block(width),
            wgan_gp.plain_block(width),
            wgan_gp.plain_block(width),
            nn.ReLU(),
            SumOverPixels(),
            nn.Linear(width, 1, bias=False),
        )
    )


def build(options: Options) -> alternating.Alternating:
    """The SN-GAN of the options."""
    defaults = {"architecture": "cnn", "generatorWidth": 64, "discriminatorWidth": 64}
    settings = options.settings_over({**defaults, "latentSize": 128})
    latent, width = settings["latentSize"], settings["generatorWidth"]
    if common.choice(settings["architecture"], ("cnn", "resnet")) == "cnn":
        generator = standard_generator(options, latent, width)
        discriminator = standard_discriminator(options, settings["discriminatorWidth"])
    else:
        generator = wgan_gp.resnet_generator(options, latent, width)
        discriminator = residual_discriminator(options, settings["discriminatorWidth"])
    game = alternating.Game(
        generator=generator,
        discriminator=discriminator,
        latent=latent,
        optimizer=lambda network: common.adam(network, options, RATE, BETAS),
        loss=hinge,
        one_pass=True,
    )
    return alternating.trainer(game, options)
