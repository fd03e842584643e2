"""Checks of the systems' parts against independent formulas, and of their fixtures against themselves."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from ..checks import close, require
from ..modules import Draws, SpectralNorm
from ..store import Case, Fixture
from . import common, cyclegan, infogan, progressive, semi, translation, wgan

# Parameters without a gradient: layers that a phase does not use, biases that batch norm cancels, and the last bias of a
# critic whose loss depends on differences of values only (of the hinge loss too while all values are inside the margins).
STILL = {
    "pggan-stable": {f"{name}.0.{key}" for name in ("generator.to_rgb", "discriminator.from_rgb") for key in ("weight", "bias")},
    "sn-gan-cnn": {"discriminator.15.bias"},
    "sn-gan-resnet": {f"generator.blocks.0.{name}.bias" for name in ("conv1", "conv2", "shortcut")},
    "sn-gan-unconditional": {f"generator.blocks.0.{name}.bias" for name in ("conv1", "conv2", "shortcut")},
    "wgan": {"discriminator.5.bias", "generator.2.bias"},
    "wgan-dcgan": {"discriminator.6.bias"},
}


def check_information() -> None:
    """The bound's parts agree with entropies and densities of PyTorch's distributions."""
    logits, category = torch.randn(5, infogan.CATEGORIES).double(), torch.tensor([0, 3, 1, 1, 2])
    prior = torch.distributions.Categorical(logits=torch.zeros(infogan.CATEGORIES).double())
    expected = prior.entropy() + torch.distributions.Categorical(logits=logits).log_prob(category).mean()
    close(infogan.categorical_information(logits, category), expected, "categorical information")
    means, codes = torch.randn(5, infogan.CODES).double(), torch.rand(5, infogan.CODES).double() * 2 - 1
    entropy = torch.distributions.Uniform(-torch.ones(infogan.CODES).double(), 1.0).entropy().sum()
    expected = entropy + torch.distributions.Normal(means, 1).log_prob(codes).sum(1).mean()
    close(infogan.continuous_information(means, codes), expected, "continuous information")


def check_semi_supervised() -> None:
    """Log probabilities agree with the papers' probabilities; K outputs are K + 1 with the fake one at zero."""
    outputs = torch.randn(6, 5).double()
    p = outputs.softmax(1)
    close(semi.log_real(outputs).exp(), p[:, :-1].sum(1), "probability of real")
    close(semi.log_fake(outputs).exp(), p[:, -1], "probability of fake")
    z = outputs.exp().sum(1)
    close(semi.matching_log_real(outputs).exp(), z / (z + 1), "D = Z / (Z + 1)")
    padded = torch.cat([outputs, torch.zeros(6, 1).double()], 1)
    close(semi.matching_log_fake(outputs), semi.log_fake(padded), "fake output fixed at zero")
    close(semi.matching_log_real(outputs), semi.log_real(padded), "real outputs beside a zero")


def check_spectral() -> None:
    """The normalised weight has spectral norm 1; strided convolutions and embeddings use it as they should."""
    x, indices = torch.randn(2, 3, 6, 6).double(), torch.tensor([1, 0, 3])
    convolution, embedding = nn.Conv2d(3, 5, 4, 2, 1).double(), nn.Embedding(4, 6).double()
    for layer, argument in ((convolution, x), (embedding, indices)):
        normalised = SpectralNorm(copy.deepcopy(layer))
        normalised.u = normalised.u.double()
        for _ in range(500):
            normalised(argument)
        plain, norm = layer(argument), torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        shift = layer.bias.view(1, -1, 1, 1) if isinstance(layer, nn.Conv2d) else 0
        close(normalised(argument), (plain - shift) / norm + shift, "spectrally normalised layer", 1e-7)


def check_progressive() -> None:
    """A fade ends at the stable networks and starts at the old stage's, and its images are averages of both."""
    z, x = torch.randn(8, common.LATENT), torch.randn(8, *progressive.SHAPE)
    generator, critic = progressive.ProgressiveGenerator(1.0), progressive.ProgressiveDiscriminator(1.0)
    stable = generator(z), critic(x)
    old = F.interpolate(generator.to_rgb[0](generator.first(z)), size=8)
    generator.alpha = critic.alpha = 1 - 1e-7
    close(generator(z), stable[0], "end of the generator's fade", 1e-5)
    close(critic(x), stable[1], "end of the critic's fade", 1e-5)
    generator.alpha = critic.alpha = 0.25
    close(generator(z), 0.25 * stable[0] + 0.75 * old, "a generator's fade", 1e-5)
    critic.alpha = 0.0
    low = F.leaky_relu(critic.from_rgb[0](x.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5))), 0.2)
    close(critic(x), critic.last(low), "start of the critic's fade", 1e-5)


def check_pool() -> None:
    """A pool returns new images while it fills, then old ones exactly where a draw exceeds one half."""
    draws = Draws()
    pool, expected = cyclegan.Pool(2, draws), []
    returned = [pool.query(torch.tensor(float(i))) for i in range(40)]
    stored, values = [0.0, 1.0], iter(draws.values)
    for i in range(2, 40):
        if next(values) > 0.5:
            index = int(next(values))
            expected.append(stored[index])
            stored[index] = float(i)
        else:
            expected.append(float(i))
    require([float(x) for x in returned] == [0.0, 1.0, *expected], "image pool")
    require(not list(values) and expected != [float(i) for i in range(2, 40)], "draws of the image pool")


def check_translators() -> None:
    """Translators keep the shape, and dropout is in the first three decoder levels but never in the last."""
    for depth, masks in ((2, 1), (4, 3), (5, 3)):
        draws = Draws()
        x = torch.randn(2, 3, 32, 32)
        require(translation.UNet(3, [4] * depth, nn.BatchNorm2d, draws)(x).shape == x.shape, "shape of the U-Net")
        require(len(draws.values) == masks, "dropout of the U-Net")
    require(translation.ResidualTranslator(3, 4, 1)(x).shape == x.shape, "shape of the residual translator")


def check_replay(case: Case) -> None:
    """Initial weights, less the rate times each gradient, are the final weights; no other parameter stands still."""
    parameters = {key.split("/", 2)[2] for key in case.tensors if "/update" in key}
    for name in parameters:
        value = case.tensors[f"initial/{name}"].clone()
        keys = sorted(key for key in case.tensors if "/update" in key and key.split("/", 2)[2] == name)
        for key in keys:
            if case.name.startswith("wgan") and name.startswith("discriminator."):
                value.clamp_(-wgan.CLIP, wgan.CLIP)
            value -= case.config["rate"] * case.tensors[key]
        close(value, case.tensors[f"final/{name}"], f"{case.path}: replay of {name}", 1e-6)
        moves = any(case.tensors[key].abs().max() > 1e-6 for key in keys)
        require(moves != (name in STILL.get(case.name, set())), f"{case.path}: gradient of {name}")


def check_fixtures(fixtures: list[Fixture]) -> None:
    """Checks the family's fixtures: each replays, each network learns, and both outcomes of a pool occur."""
    cases = [fixture for fixture in fixtures if isinstance(fixture, Case) and fixture.family == common.FAMILY]
    for case in cases:
        check_replay(case)
        largest: dict[str, float] = {}
        for key, value in case.tensors.items():
            if "/update" in key:
                network = key.split(".", 1)[0]
                largest[network] = max(largest.get(network, 0.0), value.abs().max().item())
        require(min(largest.values()) > 1e-3, f"{case.path}: vanishing gradients of {min(largest, key=largest.get)}")
        if case.name.startswith("cyclegan"):
            drawn = [key for key in case.tensors if key.startswith("step1/random/")]
            require(len(drawn) == 3, f"{case.path}: one pool should exchange and the other not")


CHECKS: list[Callable[[], None]] = [
    check_information,
    check_semi_supervised,
    check_spectral,
    check_progressive,
    check_pool,
    check_translators,
]
