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


def beside(real: Tensor, noise: Tensor, alpha: Tensor) -> Tensor:
    """A point on the line from each image x to x + sigma / 2 noise, sigma the deviation of all of the minibatch.

    With noise uniform on [0, 1) this is what the code of Kodali et al. 2017 does.
    """
    perturbed = real + 0.5 * real.std(correction=0) * noise
    return real + alpha * (perturbed - real)


def unit_norm(gradient: Tensor) -> Tensor:
    """E (||grad D(x)||_2 - 1)^2 of gradients [N, C*H*W], one norm per example (Gulrajani et al. 2017, equation 3)."""
    return (gradient.norm(dim=1) - 1).square().mean()
