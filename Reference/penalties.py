"""Penalties of a critic's gradient, differentiable once more."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def input_gradient(critic: nn.Module, x: Tensor) -> Tensor:
    """Returns the gradient of each critic value with respect to its own image, [N, C*H*W], differentiable."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient.flatten(1)


def interpolate(real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    """x_hat = epsilon x + (1 - epsilon) x~ (Gulrajani et al. 2017, algorithm 1)."""
    return epsilon * real + (1 - epsilon) * fake


def unit_norm(gradient: Tensor) -> Tensor:
    """E (||grad D(x)||_2 - 1)^2 of gradients [N, C*H*W], one norm per example (Gulrajani et al. 2017, equation 3)."""
    return (gradient.norm(dim=1) - 1).square().mean()
