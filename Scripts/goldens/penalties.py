"""Family `penalties`: gradient penalties of small critics, by double backward, in float32 and float64.

Keys: `weight/<key>`, `real`, `fake` and `epsilon` (WGAN-GP), `noise` (DRAGAN) or `noise` and `alpha` (DRAGAN as in
its code), `value`, `grad/<key>`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from Reference.layers import perturb
from Reference.penalties import beside, input_gradient, interpolate, unit_norm

from .store import Case, Fixture, seed

FAMILY = "penalties"
BATCH, CHANNELS, SIZE = 4, 2, 8
PENALTIES = ("wgan-gp", "dragan", "dragan-one-sided", "r1")


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    """The WGAN-GP penalty, without its weight lambda."""
    return unit_norm(input_gradient(critic, interpolate(real, fake, epsilon)))


def local_penalty(critic: nn.Module, real: Tensor, noise: Tensor) -> Tensor:
    """E (||grad D(x + delta)||_2 - 1)^2 (Kodali et al. 2017, equation 1, with k = 1)."""
    return unit_norm(input_gradient(critic, real + noise))


def one_sided_penalty(critic: nn.Module, real: Tensor, noise: Tensor, alpha: Tensor) -> Tensor:
    """The same at points on the line from x to x + sigma / 2 noise (the code of Kodali et al. 2017)."""
    return unit_norm(input_gradient(critic, beside(real, noise, alpha)))


def real_penalty(critic: nn.Module, real: Tensor) -> Tensor:
    """R1: 1/2 E ||grad D(x)||^2 on real images (Mescheder et al. 2018, equation 9, with gamma = 1)."""
    return 0.5 * input_gradient(critic, real).square().sum(1).mean()


def mlp_critic() -> nn.Module:
    """A smooth critic: every layer but the last bias has a second-order gradient."""
    features = CHANNELS * SIZE * SIZE
    return nn.Sequential(
        nn.Flatten(), nn.Linear(features, 12), nn.Tanh(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0)
    )


def convolutional_critic() -> nn.Module:
    """A piecewise linear critic."""
    return nn.Sequential(
        nn.Conv2d(CHANNELS, 4, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4, 8, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(32, 1),
        nn.Flatten(0),
    )


def layer_norm_critic() -> nn.Module:
    """A critic with layer normalisation, which Gulrajani et al. 2017 recommend in place of batch norm."""
    return nn.Sequential(
        nn.Conv2d(CHANNELS, 4, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4, 8, 4, 2, 1),
        nn.LayerNorm([8, 2, 2]),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(32, 1),
        nn.Flatten(0),
    )


CRITICS: dict[str, tuple[Callable[[], nn.Module], list[str]]] = {
    "mlp": (mlp_critic, ["Flatten", "Linear", "Tanh", "Linear", "Tanh", "Linear", "Flatten(0)"]),
    "conv": (
        convolutional_critic,
        ["Conv2d k4 s2 p1", "LeakyReLU(0.2)", "Conv2d k4 s2 p1", "LeakyReLU(0.2)", "Flatten", "Linear", "Flatten(0)"],
    ),
    "conv-layer-norm": (
        layer_norm_critic,
        [
            "Conv2d k4 s2 p1",
            "LeakyReLU(0.2)",
            "Conv2d k4 s2 p1",
            "LayerNorm([8, 2, 2])",
            "LeakyReLU(0.2)",
            "Flatten",
            "Linear",
            "Flatten(0)",
        ],
    ),
}


def sharpened(critic: nn.Module) -> nn.Module:
    """Doubles weight matrices, so that gradient norms lie on either side of 1."""
    with torch.no_grad():
        for parameter in critic.parameters():
            if parameter.dim() > 1:
                parameter.mul_(2)
    return critic


def penalty(name: str, critic: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    """Returns the penalty called `name` from the inputs it takes."""
    if name == "wgan-gp":
        return gradient_penalty(critic, inputs["real"], inputs["fake"], inputs["epsilon"])
    if name == "dragan":
        return local_penalty(critic, inputs["real"], inputs["noise"])
    if name == "dragan-one-sided":
        return one_sided_penalty(critic, inputs["real"], inputs["noise"], inputs["alpha"])
    return real_penalty(critic, inputs["real"])


def problem(name: str, kind: str) -> tuple[nn.Module, dict[str, Tensor]]:
    """Returns the critic and inputs of one case, in float32."""
    seed(FAMILY, f"{name}-{kind}")
    critic = sharpened(perturb(CRITICS[kind][0]()))
    shape = (BATCH, CHANNELS, SIZE, SIZE)
    inputs = {"real": torch.rand(shape) * 2 - 1}
    if name == "wgan-gp":
        inputs |= {"fake": torch.rand(shape) * 2 - 1, "epsilon": torch.rand(BATCH, 1, 1, 1)}
    elif name == "dragan":
        inputs["noise"] = 0.5 * inputs["real"].std() * torch.rand(shape)
    elif name == "dragan-one-sided":
        inputs |= {"noise": torch.rand(shape), "alpha": torch.rand(BATCH, 1, 1, 1)}
    return critic, inputs


def penalty_case(name: str, kind: str, dtype: torch.dtype) -> Case:
    """Returns a penalty's value and its gradient with respect to every parameter."""
    critic, inputs = problem(name, kind)
    critic = copy.deepcopy(critic).to(dtype)
    inputs = {key: value.to(dtype) for key, value in inputs.items()}
    value = penalty(name, critic, inputs)
    parameters = dict(critic.named_parameters())
    gradients = torch.autograd.grad(value, list(parameters.values()), allow_unused=True)
    tensors = dict(inputs) | {"value": value.detach()}
    tensors |= {f"weight/{key}": parameter.detach() for key, parameter in parameters.items()}
    for (key, parameter), gradient in zip(parameters.items(), gradients):
        tensors[f"grad/{key}"] = torch.zeros_like(parameter) if gradient is None else gradient
    suffix = "-float64" if dtype == torch.float64 else ""
    config = {"penalty": name, "critic": kind, "layers": CRITICS[kind][1], "weight": 1}
    note = f"The {name} penalty of the {kind} critic and its gradient{' in float64' if suffix else ''}."
    return Case(FAMILY, f"{name}-{kind}{suffix}", config, note, tensors)


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    return [
        penalty_case(name, kind, dtype)
        for name in PENALTIES
        for kind in CRITICS
        for dtype in (torch.float32, torch.float64)
    ]
