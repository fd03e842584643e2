"""Family `optimizers`: five steps of each optimizer, and learning-rate schedules.

Optimizer keys: `start/<i>`, `grad/<step>/<i>`, `after/<step>/<i>`. Schedule key: `rates` (float64), the rate in
force at steps 0 to M inclusive.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.optim import SGD, Adam, Optimizer, RMSprop

from .store import Case, Fixture, seed

FAMILY = "optimizers"
STEPS = 5
SHAPES = [(3, 4), (5,), (2, 3, 2, 2)]

OPTIMIZERS: dict[str, tuple[type[Optimizer], dict]] = {
    "adam-0.5-0.999": (Adam, dict(lr=2e-4, betas=(0.5, 0.999), eps=1e-8)),
    "adam-0-0.9": (Adam, dict(lr=1e-3, betas=(0.0, 0.9), eps=1e-8)),
    "adam-0-0.99": (Adam, dict(lr=1e-3, betas=(0.0, 0.99), eps=1e-8)),
    "adam-decay": (Adam, dict(lr=2e-4, betas=(0.5, 0.999), eps=1e-8, weight_decay=1e-5)),
    "adam-strong-decay": (Adam, dict(lr=1e-2, betas=(0.5, 0.999), eps=1e-8, weight_decay=0.5)),
    "rmsprop-0.9": (RMSprop, dict(lr=1e-4, alpha=0.9, eps=1e-6, momentum=0.0)),
    "rmsprop-0.99": (RMSprop, dict(lr=5e-5, alpha=0.99, eps=1e-8, momentum=0.0)),
    "sgd": (SGD, dict(lr=0.1)),
    "sgd-momentum": (SGD, dict(lr=0.1, momentum=0.5)),
    "sgd-decay": (SGD, dict(lr=0.1, momentum=0.5, weight_decay=0.01)),
}


def optimizer_case(name: str) -> Case:
    """Applies given gradients for a few steps and keeps the parameters after each."""
    seed(FAMILY, name)
    kind, options = OPTIMIZERS[name]
    parameters = [nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    tensors = {f"start/{i}": parameter.detach().clone() for i, parameter in enumerate(parameters)}
    optimizer = kind(parameters, **options)
    for step in range(STEPS):
        for i, parameter in enumerate(parameters):
            parameter.grad = torch.randn_like(parameter) * 10.0 ** (i - 1)
            tensors[f"grad/{step}/{i}"] = parameter.grad.clone()
        optimizer.step()
        for i, parameter in enumerate(parameters):
            tensors[f"after/{step}/{i}"] = parameter.detach().clone()
    config = {"optimizer": kind.__name__} | options
    return Case(FAMILY, name, config, f"Five steps of {kind.__name__} with given gradients.", tensors)


def schedules() -> list[Case]:
    """Returns the rate of each schedule at steps 0 to M; the rate at step s is the one of update number s."""
    base, total, start, every = 2e-4, 20, 12, 6
    rates: dict[str, tuple[dict, Callable[[int], float]]] = {
        "constant": ({}, lambda step: base),
        "linear": ({"start": start}, lambda step: base * (1 - max(0, step - start) / (total - start))),
        "step": ({"every": every, "factor": 0.1}, lambda step: base * 0.1 ** (step // every)),
        "exponential": ({"factor": 0.95}, lambda step: base * 0.95**step),
    }
    return [
        Case(
            FAMILY,
            f"schedule-{name}",
            {"schedule": name, "rate": base, "steps": total} | options,
            f"Learning rates of the {name} schedule at steps 0 to {total}.",
            {"rates": torch.tensor([rate(step) for step in range(total + 1)], dtype=torch.float64)},
        )
        for name, (options, rate) in rates.items()
    ]


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    return [*(optimizer_case(name) for name in OPTIMIZERS), *schedules()]
