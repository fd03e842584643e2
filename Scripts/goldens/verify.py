"""Checks of the reference implementation itself, against independent formulas and finite differences."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from Reference import layers as modules
from Reference import losses as shared
from Reference.cases import Shape
from Reference.networks.perceptrons import mlp_discriminator
from Reference.networks.residual import ResidualCritic

from . import losses, penalties, system_checks
from .checks import close, require
from .store import Case, Fixture


def check_penalties() -> None:
    """Double backward agrees with central differences of the penalty along random directions."""
    for name in penalties.PENALTIES:
        for kind in penalties.CRITICS:
            critic, inputs = penalties.problem(name, kind)
            critic = copy.deepcopy(critic).double()
            inputs = {key: value.double() for key, value in inputs.items()}
            case = penalties.penalty_case(name, kind, torch.float64)
            directions = {key: torch.randn_like(p) for key, p in critic.named_parameters()}
            expected = sum((case.tensors[f"grad/{key}"] * d).sum() for key, d in directions.items())
            above = penalties.penalty(name, _moved(critic, directions, 1e-6), inputs)
            below = penalties.penalty(name, _moved(critic, directions, -1e-6), inputs)
            close((above - below) / 2e-6, expected, f"double backward of {name}, {kind}", 1e-5)


def _moved(critic: nn.Module, directions: dict[str, Tensor], distance: float) -> nn.Module:
    moved = copy.deepcopy(critic)
    with torch.no_grad():
        for key, parameter in moved.named_parameters():
            parameter += distance * directions[key]
    return moved


def check_losses() -> None:
    """Losses written on logits agree with the papers' formulas written on probabilities."""
    real, fake = torch.randn(9).double(), torch.randn(9).double()
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    value = -d_real.log().mean() - (1 - d_fake).log().mean()
    close(shared.discriminator_cross_entropy(real, fake), value, "cross-entropy of D")
    close(shared.generator_nonsaturating(fake), -d_fake.log().mean(), "non-saturating loss")
    close(losses.generator_minimax(fake), (1 - d_fake).log().mean(), "minimax loss")
    smoothed = F.binary_cross_entropy(d_real, torch.full_like(real, 0.9)) - (1 - d_fake).log().mean()
    close(shared.discriminator_cross_entropy(real, fake, 0.9), smoothed, "label smoothing")
    mean, log_variance = torch.randn(3, 4).double(), torch.randn(3, 4).double()
    posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    prior = torch.distributions.Normal(torch.zeros(()).double(), torch.ones(()).double())
    divergence = torch.distributions.kl_divergence(posterior, prior).sum(1).mean()
    close(losses.gaussian_divergence(mean, log_variance), divergence, "Gaussian divergence")


def check_reparametrisations() -> None:
    """Spectral norm converges to the largest singular value; weight norm is the one of PyTorch."""
    layer = modules.SpectralNorm(nn.Conv2d(3, 5, 3, padding=1).double())
    layer.u = layer.u.double()
    for _ in range(500):
        layer(torch.randn(1, 3, 4, 4).double())
    largest = torch.linalg.matrix_norm(layer.normalised_weight().flatten(1), 2)
    close(largest, torch.ones_like(largest), "spectral norm")
    convolution = nn.Conv2d(3, 5, 3, padding=1).double()
    x = torch.randn(2, 3, 4, 4).double()
    normalised, fused = (kind(copy.deepcopy(convolution)) for kind in (modules.WeightNorm, modules.FusedWeightNorm))
    with torch.no_grad():
        normalised.weight_g *= 1.5
        fused.weight_g *= 1.5
    close(normalised(x), fused(x), "weight norm")
    transposed = modules.StrictWeightNorm(nn.ConvTranspose2d(3, 5, 4, 2, 1).double(), affine=True)
    modules.perturb(transposed)
    outputs = F.conv_transpose2d(x, transposed.weight_v, stride=2, padding=1)
    for i in range(5):
        length = (transposed.weight_v[:, i].norm() ** 2 / 4 + 1e-6) ** 0.5
        expected = transposed.weight_g[0, i] * outputs[:, i] / length + transposed.bias[i]
        close(transposed(x)[:, i], expected, "strict weight norm of a transposed convolution")


def check_layers() -> None:
    """Layers agree with loops over their definitions or with PyTorch's own layers."""
    x = torch.randn(8, 3, 4, 4).double()
    y = modules.MinibatchStandardDeviation()(x)
    for i in range(8):
        group = torch.stack([x[j] for j in range(8) if j % 2 == i % 2])
        deviation = torch.sqrt(group.var(0, correction=0) + 1e-8).mean()
        close(y[i, 3], deviation.expand(4, 4), "minibatch standard deviation")
    attention = modules.SelfAttention(16).double()
    nn.init.constant_(attention.gamma, 0.7)
    h = torch.randn(2, 16, 4, 6).double()
    q, k, v = (layer(h) for layer in (attention.query, attention.key, attention.value))
    k, v = (y.unflatten(3, (3, 2)).unflatten(2, (2, 2)).amax((3, 5)) for y in (k, v))
    q, k, v = (y.flatten(2).mT for y in (q, k, v))
    o = F.scaled_dot_product_attention(q, k, v, scale=1.0).mT.reshape(2, 8, 4, 6)
    close(attention(h), 0.7 * attention.output(o) + h, "self-attention")
    conditional = modules.ConditionalBatchNorm2d(3, 4).double()
    nn.init.ones_(conditional.gain.weight)
    nn.init.zeros_(conditional.bias.weight)
    labels = torch.arange(8) % 4
    close(conditional(x, labels), nn.BatchNorm2d(3).double()(x), "conditional batch norm")
    offset, affine = modules.OffsetBatchNorm(3, eps=1e-3).double(), nn.BatchNorm2d(3, eps=1e-3).double()
    nn.init.normal_(offset.bias)
    affine.load_state_dict(offset.state_dict() | {"weight": torch.ones(3)})
    close(offset(x), affine(x), "batch norm without gain")
    z = torch.randn(4, 6).double()
    close(modules.SignedSigmoid()(z), torch.tanh(z / 2), "signed sigmoid")
    rectifier = modules.perturb(modules.TPReLU(6)).double()
    below = rectifier.slope * z + (1 - rectifier.slope) * rectifier.threshold
    close(rectifier(z), torch.maximum(z, below), "translated rectifier")


def check_passes() -> None:
    """One pass over [real; fake] equals two passes for the discriminators that are run so."""
    real, fake = torch.randn(4, 3, 16, 16), torch.randn(4, 3, 16, 16)
    for critic in (mlp_discriminator((3, 16, 16), [8, 4]), ResidualCritic(8, Shape(3, 16, 16))):
        together = critic(torch.cat([real, fake])).chunk(2)
        close(together[0], critic(real), "values of real images", 1e-5)
        close(together[1], critic(fake), "values of fake images", 1e-5)


def check_fixtures(fixtures: list[Fixture]) -> None:
    """Values are finite, and no network's gradients vanish."""
    for fixture in fixtures:
        if not isinstance(fixture, Case):
            continue
        for key, tensor in fixture.tensors.items():
            require(bool(torch.isfinite(tensor).all()), f"{fixture.path}: {key} is not finite")
        norms = [value.norm().item() for key, value in fixture.tensors.items() if "/update" in key]
        require(not norms or max(norms) > 1e-2, f"{fixture.path}: vanishing gradients")


CHECKS: list[Callable[[], None]] = [
    check_penalties,
    check_losses,
    check_reparametrisations,
    check_layers,
    check_passes,
    *system_checks.CHECKS,
]


def verify(fixtures: list[Fixture]) -> None:
    """Runs every check."""
    torch.manual_seed(0)
    for check in CHECKS:
        check()
    check_fixtures(fixtures)
    system_checks.check_fixtures(fixtures)
