"""Family `losses`: adversarial losses on logits and the usual regression and classification losses.

Adversarial keys: `real`, `fake`, `d_loss`, `g_loss`, `d_grad_real`, `d_grad_fake`, `g_grad_fake`.
Other keys: `input/<i>`, `output`, `grad/input<i>`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from Reference.losses import (
    critic_wasserstein,
    discriminator_cross_entropy,
    discriminator_hinge,
    generator_mean,
    generator_nonsaturating,
)

from .store import Case, Fixture, seed

FAMILY = "losses"
Adversarial = tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor], Tensor]]


def generator_minimax(fake: Tensor) -> Tensor:
    """E[log(1 - D(G(z)))] (Goodfellow et al. 2014, equation 1)."""
    return -F.softplus(fake).mean()


def least_squares(a: float, b: float, c: float) -> Adversarial:
    """1/2 E(D(x) - b)^2 + 1/2 E(D(G(z)) - a)^2 and 1/2 E(D(G(z)) - c)^2 (Mao et al. 2017, equation 2)."""
    return (
        lambda real, fake: 0.5 * (real - b).square().mean() + 0.5 * (fake - a).square().mean(),
        lambda fake: 0.5 * (fake - c).square().mean(),
    )


ADVERSARIAL: dict[str, Adversarial] = {
    "non-saturating": (discriminator_cross_entropy, generator_nonsaturating),
    "non-saturating-smoothed": (lambda r, f: discriminator_cross_entropy(r, f, 0.9), generator_nonsaturating),
    "minimax": (discriminator_cross_entropy, generator_minimax),
    "least-squares": least_squares(0, 1, 1),
    "least-squares-pearson": least_squares(-1, 1, 0),
    "wasserstein": (critic_wasserstein, generator_mean),
    "hinge": (discriminator_hinge, generator_mean),
}
CONFIG = {
    "non-saturating-smoothed": {"real_label": 0.9},
    "least-squares": {"a": 0, "b": 1, "c": 1},
    "least-squares-pearson": {"a": -1, "b": 1, "c": 0},
}


def logits(shape: str) -> tuple[Tensor, Tensor]:
    """Returns logits of real and fake images: one per image, a map per image, or extreme ones."""
    if shape == "extreme":
        return torch.tensor([-90.0, -30.0, 0.5, 30.0, 90.0]), torch.tensor([90.0, 30.0, -0.5, -30.0, -90.0])
    size = (6,) if shape == "vector" else (4, 1, 4, 4)
    return 2 * torch.randn(size), 2 * torch.randn(size)


def adversarial_case(name: str, shape: str) -> Case:
    """Returns both players' losses and their gradients with respect to the logits."""
    title = f"{name}-{shape}"
    seed(FAMILY, title)
    discriminator, generator = ADVERSARIAL[name]
    real, fake = (x.requires_grad_() for x in logits(shape))
    d_loss, g_loss = discriminator(real, fake), generator(fake)
    d_grad_real, d_grad_fake = torch.autograd.grad(d_loss, [real, fake])
    (g_grad_fake,) = torch.autograd.grad(g_loss, [fake])
    tensors = dict(
        real=real.detach(),
        fake=fake.detach(),
        d_loss=d_loss.detach(),
        g_loss=g_loss.detach(),
        d_grad_real=d_grad_real,
        d_grad_fake=d_grad_fake,
        g_grad_fake=g_grad_fake,
    )
    note = f"The {name} losses of both players on given logits ({shape})."
    return Case(FAMILY, title, {"loss": name} | CONFIG.get(name, {}), note, tensors)


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)), summed over dimensions, averaged over the batch (Kingma & Welling 2014, B)."""
    terms = 1 + log_variance - mean.square() - log_variance.exp()
    return -0.5 * terms.sum(1).mean()


def plain_case(name: str, note: str, config: dict, loss: Callable[..., Tensor], inputs: Callable[[], list[Tensor]]) -> Case:
    """Returns a loss of one or more inputs and its gradient with respect to each floating-point input."""
    seed(FAMILY, name)
    arguments = [x.requires_grad_() if x.is_floating_point() else x for x in inputs()]
    value = loss(*arguments)
    floating = {i: x for i, x in enumerate(arguments) if x.is_floating_point()}
    gradients = torch.autograd.grad(value, list(floating.values()))
    tensors = {f"input/{i}": x.detach() for i, x in enumerate(arguments)} | {"output": value.detach()}
    tensors |= {f"grad/input{i}": gradient for i, gradient in zip(floating, gradients)}
    return Case(FAMILY, name, config, note, tensors)


def _plain() -> list[Case]:
    def pair() -> list[Tensor]:
        return [2 * torch.randn(4, 5), 2 * torch.randn(4, 5)]

    def classes() -> list[Tensor]:
        return [2 * torch.randn(6, 5), torch.tensor([4, 0, 2, 2, 1, 3])]

    def smoothed(logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels, label_smoothing=0.1)

    return [
        plain_case(
            "bce-with-logits",
            "Binary cross-entropy of logits and soft targets, mean.",
            {"loss": "bce-with-logits"},
            F.binary_cross_entropy_with_logits,
            lambda: [3 * torch.randn(4, 5), torch.rand(4, 5)],
        ),
        plain_case("mse", "Mean squared error.", {"loss": "mse"}, F.mse_loss, pair),
        plain_case("l1", "Mean absolute error.", {"loss": "l1"}, F.l1_loss, pair),
        plain_case("smooth-l1", "Smooth L1 loss, mean.", {"loss": "smooth-l1", "beta": 1.0}, F.smooth_l1_loss, pair),
        plain_case(
            "cross-entropy",
            "Cross-entropy of logits and class indices, mean.",
            {"loss": "cross-entropy", "smoothing": 0.0},
            F.cross_entropy,
            classes,
        ),
        plain_case(
            "cross-entropy-smoothed",
            "Cross-entropy with label smoothing 0.1, mean.",
            {"loss": "cross-entropy", "smoothing": 0.1},
            smoothed,
            classes,
        ),
        plain_case(
            "gaussian-kl",
            "KL of a diagonal Gaussian (input/0 mean, input/1 log variance) to N(0, 1): "
            "sum over dimensions, mean over the batch.",
            {"loss": "gaussian-kl"},
            gaussian_divergence,
            lambda: [torch.randn(4, 5), torch.randn(4, 5)],
        ),
    ]


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    shapes = ("vector", "map", "extreme")
    return [*(adversarial_case(name, shape) for name in ADVERSARIAL for shape in shapes), *_plain()]
