"""PGGAN: a WGAN-GP with equalised learning rates; only its last stage, fully grown, is timed."""

from __future__ import annotations

import copy
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import players
from common import Options
from players import Tensors

PENALTY, DRIFT, GROUP, AVERAGE_DECAY = 10.0, 0.001, 4, 0.999


class Equalised(nn.Module):
    """A layer whose weight is drawn from N(0, 1) and scaled at run time."""

    def __init__(self, layer: nn.Conv2d | nn.Linear, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias
        nn.init.normal_(self.weight)
        self.scale = gain / math.sqrt(self.weight[0].numel())
        self.padding = layer.padding[0] if isinstance(layer, nn.Conv2d) else None

    def forward(self, inputs: Tensor) -> Tensor:
        """The layer's output with the scaled weight."""
        weight = self.weight * self.scale
        if self.padding is None:
            return F.linear(inputs, weight, self.bias)
        return F.conv2d(inputs, weight, self.bias, padding=self.padding)


def conv(inputs: int, outputs: int, kernel: int = 3, gain: float = math.sqrt(2)) -> Equalised:
    """A convolution that keeps height and width."""
    return Equalised(nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), gain)


class PixelNorm(nn.Module):
    """Every pixel's vector of channels divided by its root mean square."""

    def forward(self, maps: Tensor) -> Tensor:
        """Same shape."""
        return maps * torch.rsqrt(maps.square().mean(1, keepdim=True) + 1e-8)


class FirstBlock(nn.Module):
    """From the noise to 4x4; the bias is shared by the pixels of a channel."""

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        self.dense = Equalised(nn.Linear(latent, width * 16, bias=False), math.sqrt(2) / 4)
        self.bias = nn.Parameter(torch.zeros(width, 1, 1))
        self.norm = PixelNorm()
        self.rest = nn.Sequential(
            nn.LeakyReLU(0.2), PixelNorm(), conv(width, width), nn.LeakyReLU(0.2), PixelNorm()
        )

    def forward(self, noise: Tensor) -> Tensor:
        """`[N, latent] -> [N, width, 4, 4]`."""
        maps = self.dense(self.norm(noise)).unflatten(1, (-1, 4, 4))
        return self.rest(maps + self.bias)


def up_block(inputs: int, outputs: int) -> nn.Sequential:
    """Doubles height and width."""
    layers: list[nn.Module] = [nn.Upsample(scale_factor=2)]
    for maps in (inputs, outputs):
        layers += [conv(maps, outputs), nn.LeakyReLU(0.2), PixelNorm()]
    return nn.Sequential(*layers)


class Generator(nn.Module):
    """All stages; those before the last keep a map to colours that is not in use any more."""

    def __init__(self, latent: int, widths: list[int], channels: int) -> None:
        super().__init__()
        self.first = FirstBlock(latent, widths[0])
        self.blocks = nn.Sequential(*(up_block(*pair) for pair in zip(widths, widths[1:])))
        self.to_rgb = nn.ModuleList(conv(width, channels, 1, 1.0) for width in widths)

    def forward(self, noise: Tensor) -> Tensor:
        """`[N, latent] -> [N, C, H, W]`."""
        return self.to_rgb[-1](self.blocks(self.first(noise)))


def down_block(inputs: int, outputs: int) -> nn.Sequential:
    """Halves height and width."""
    return nn.Sequential(
        conv(inputs, inputs),
        nn.LeakyReLU(0.2),
        conv(inputs, outputs),
        nn.LeakyReLU(0.2),
        nn.AvgPool2d(2),
    )


class Deviation(nn.Module):
    """The standard deviation over groups of images as one more channel."""

    def forward(self, maps: Tensor) -> Tensor:
        """`[sets, N, C, H, W] -> [sets * N, C + 1, H, W]`; no group has images of two sets."""
        sets, count, channels, *size = maps.shape
        groups = maps.reshape(sets, GROUP, count // GROUP, channels, *size)
        deviation = (groups.var(1, unbiased=False) + 1e-8).sqrt().mean((2, 3, 4))
        channel = deviation.repeat(1, GROUP).view(-1, 1, 1, 1).expand(-1, 1, *size)
        return torch.cat([maps.flatten(0, 1), channel], 1)


class Critic(nn.Module):
    """The generator's mirror image."""

    def __init__(self, widths: list[int], channels: int) -> None:
        super().__init__()
        pairs = zip(reversed(widths), reversed(widths[:-1]))
        self.from_rgb = nn.ModuleList(conv(channels, width, 1) for width in widths)
        self.blocks = nn.Sequential(nn.LeakyReLU(0.2), *(down_block(*pair) for pair in pairs))
        self.deviation, width = Deviation(), widths[0]
        self.last = nn.Sequential(
            conv(width + 1, width),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            Equalised(nn.Linear(width * 16, width)),
            nn.LeakyReLU(0.2),
            Equalised(nn.Linear(width, 1), 1.0),
        )

    def forward(self, images: Tensor, sets: int = 1) -> Tensor:
        """`[N, C, H, W] -> [N, 1]`, the images being so many minibatches one behind the other."""
        maps = self.blocks(self.from_rgb[-1](images))
        return self.last(self.deviation(maps.unflatten(0, (sets, -1))))


class PGGAN(players.System):
    """The losses of WGAN-GP with a drift, and a moving average of the generator."""

    critic_rate, generator_rate, betas = 1e-3, 1e-3, (0.0, 0.99)

    def __init__(self, options: Options, latent: int, generator: Generator, critic: Critic) -> None:
        super().__init__(options, generator, [critic])
        self.latent = latent
        self.average = copy.deepcopy(self.generator).requires_grad_(False)

    def draw(self) -> Tensors:
        """Noise, and where between real and fake the gradient is looked at."""
        count = self.options.batch_size
        return torch.randn(count, self.latent), torch.rand(count, 1, 1, 1)

    def generate(self, batch: Tensors, drawn: Tensors) -> Tensor:
        """Images of noise."""
        return self.generator(drawn[0])

    def critic_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """The distance with its penalties."""
        (real,), (_, epsilon), critic = batch, drawn, self.critics[0]
        if self.options.tuned:
            on_real, on_fake = critic(torch.cat([real, fake]), sets=2).chunk(2)
        else:
            on_real, on_fake = critic(real), critic(fake)
        gradient = self.gradient(epsilon * real + (1 - epsilon) * fake)
        norm = gradient.float().flatten(1).norm(2, dim=1)
        distance = on_fake.mean() - on_real.mean()
        return distance + PENALTY * ((norm - 1) ** 2).mean() + DRIFT * (on_real**2).mean()

    def gradient(self, mixed: Tensor) -> Tensor:
        """The critic's gradient by its input; torch.compile can only take the functional form."""
        critic = self.critics[0]
        if self.options.tuned:
            return torch.func.grad(lambda images: critic(images).sum())(mixed)
        mixed.requires_grad_(True)
        scores = critic(mixed)
        ones = torch.ones_like(scores)
        return torch.autograd.grad(scores, mixed, ones, create_graph=True, retain_graph=True)[0]

    def generator_loss(self, batch: Tensors, drawn: Tensors, fake: Tensor) -> Tensor:
        """The negative score of the fakes."""
        return -self.critics[0](fake).mean()

    @torch.no_grad()
    def finish(self) -> None:
        """Moves the average towards the generator."""
        averages, values = [list(n.parameters()) for n in (self.average, self.generator)]
        if self.options.tuned:
            torch._foreach_lerp_(averages, values, 1 - AVERAGE_DECAY)
            return
        for average, value in zip(averages, values):
            average.mul_(AVERAGE_DECAY).add_(value, alpha=1 - AVERAGE_DECAY)


def build(options: Options) -> players.Players:
    """The PGGAN of the options."""
    defaults = {"latentSize": 512, "channelBase": 8192, "mostChannels": 512}
    settings = options.settings_over({**defaults, "stableImages": 1, "fadeImages": 0})
    if (settings["stableImages"], settings["fadeImages"]) != (1, 0):
        raise ValueError("only the last stage is timed: stableImages=1, fadeImages=0")
    base, most = settings["channelBase"], settings["mostChannels"]
    widths = [min(max(base >> n, 1), most) for n in range(1, options.doublings + 2)]
    latent = settings["latentSize"]
    generator = Generator(latent, widths, options.channels)
    system = PGGAN(options, latent, generator, Critic(widths, options.channels))
    trainer = players.trainer(system)
    trainer.networks.append(system.average)
    return trainer
