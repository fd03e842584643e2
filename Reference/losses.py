"""Adversarial losses on logits."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def discriminator_cross_entropy(real: Tensor, fake: Tensor, label: float = 1.0) -> Tensor:
    """-E[log D(x)] - E[log(1 - D(G(z)))] with D = sigmoid (Goodfellow et al. 2014, equation 1).

    With `label` below 1 the real term's target is smoothed on that side only (Salimans et al. 2016, 3.4).
    """
    on_real = F.softplus(-real)
    if label != 1:
        on_real = label * on_real + (1 - label) * F.softplus(real)
    return on_real.mean() + F.softplus(fake).mean()


def generator_nonsaturating(fake: Tensor) -> Tensor:
    """-E[log D(G(z))] (Goodfellow et al. 2014, section 3)."""
    return F.softplus(-fake).mean()


def critic_wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """E f(G(z)) - E f(x) (Arjovsky et al. 2017, algorithm 1, as a loss to minimise)."""
    return fake.mean() - real.mean()


def discriminator_hinge(real: Tensor, fake: Tensor) -> Tensor:
    """E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))) (Miyato et al. 2018, equation 16)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def generator_mean(fake: Tensor) -> Tensor:
    """-E D(G(z)) (Miyato et al. 2018, equation 17)."""
    return -fake.mean()


def squared(outputs: Tensor, target: float) -> Tensor:
    """E (D(x) - target)^2 (Zhu et al. 2017, section 4)."""
    return (outputs - target).square().mean()
