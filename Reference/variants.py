"""The two ways in which the benchmark trains a system: as its users write it, and as an expert tunes it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .layers import BatchRenorm, MinibatchStandardDeviation
from .system import System
from .trainer import Losses, Objective, Task, Trainer, clipped, joint


def is_convolutional(network: nn.Module) -> bool:
    """Whether the network works on images rather than on vectors."""
    return any(parameter.dim() == 4 for parameter in network.parameters())


def couples_examples(network: nn.Module) -> bool:
    """Whether an example's output depends on the rest of its batch."""
    return any(isinstance(layer, (_BatchNorm, BatchRenorm, MinibatchStandardDeviation)) for layer in network.modules())


class EagerTrainer(Trainer):
    """Steps as the usual script writes them."""

    channels_last = False
    fused: bool | None = None

    def __init__(self, system: System, task: Task) -> None:
        super().__init__(system, task)
        self.rules = system.rules(self.settings)
        self.parameters = {
            names: [p for name in names for p in self[name].parameters()] for names in self.rules
        }
        self.optimizers = {names: self._optimizer(names) for names in self.rules}
        self.losses: dict[str, Any] = {}

    def _optimizer(self, names: tuple[str, ...]) -> torch.optim.Optimizer:
        rule = self.rules[names]
        fused = {"fused": True} if self.fused and rule.optimizer is torch.optim.Adam else {}
        return rule.optimizer(self.parameters[names], **rule.options, **fused)

    def minimize(self, names: str | tuple[str, ...], loss: Callable[..., Losses], *arguments: Any) -> None:
        """Zeroes the gradients, goes backward through the loss, steps, and reads the losses."""
        names = joint(names)
        self.optimizers[names].zero_grad()
        losses = loss(self, *arguments)
        next(iter(losses.values())).backward()
        self.descend(names)
        self.losses |= {name: self.kept(value) for name, value in losses.items()}

    def minimize_jointly(self, objectives: Callable[..., dict[str, Objective]], *arguments: Any) -> None:
        """Goes backward through every objective to its own network alone, then steps with those that do not rest."""
        with self.autocast():
            built = objectives(self, *arguments)
        for name, objective in built.items():
            self.optimizers[(name,)].zero_grad()
            total = next(iter(objective.losses.values()))
            total.backward(inputs=self.parameters[(name,)], retain_graph=True)
        for name, objective in built.items():
            if objective.moves is None or objective.moves:
                self.descend((name,))
            self.losses |= {key: self.kept(value) for key, value in objective.losses.items()}

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """The precision of everything but backward passes and updates."""
        return contextlib.nullcontext()

    def kept(self, value: Tensor) -> Any:
        """A loss as it is kept: read at once."""
        return value.item()

    def descend(self, names: tuple[str, ...]) -> None:
        """Steps down the gradients, each of which may be no longer than the rule says."""
        if self.rules[names].limit:
            self.clip(names, self.rules[names].limit)
        self.optimizers[names].step()

    def clip(self, names: tuple[str, ...], limit: float) -> None:
        """Shortens the gradient of each parameter to the limit."""
        for parameter in self.parameters[names]:
            if parameter.grad is not None:
                parameter.grad = clipped(parameter.grad, limit)


class TunedTrainer(EagerTrainer):
    """The same steps by an expert: compiled, channels-last, fused, nothing needless computed."""

    channels_last = True
    fused = True

    def __init__(self, system: System, task: Task, precision: str = "float32", compiled: bool = False) -> None:
        super().__init__(system, task)
        self.precision, self.compiled = precision, compiled
        self.merged = frozenset(name for name, network in self.networks.items() if not couples_examples(network))
        self.functions: dict[Callable[..., Any], Callable[..., Any]] = {}

    def prepared(self, network: nn.Module) -> nn.Module:
        """The network with its images' channels last in memory."""
        return network.to(memory_format=torch.channels_last) if is_convolutional(network) else network

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """The precision of everything but backward passes and updates."""
        half = self.precision == "bfloat16"
        return torch.autocast(self.draws.device.type, dtype=torch.bfloat16) if half else contextlib.nullcontext()

    def kept(self, value: Tensor) -> Any:
        """A loss as it is kept: a tensor that nothing waits for."""
        return value.detach()

    def fast(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function, compiled at its first use for its one shape of inputs."""
        if function not in self.functions:
            self.functions[function] = torch.compile(function, dynamic=False) if self.compiled else function
        return self.functions[function]

    def fakes(self, *inputs: Tensor, name: str = "generator") -> Tensor:
        """A generator's images, from which it is to learn."""
        with self.autocast():
            return self.fast(self[name])(*inputs)

    def constant_fakes(self, *inputs: Tensor, name: str = "generator") -> Tensor:
        """A generator's images for others to learn from, without a graph."""
        with torch.no_grad():
            return self.fakes(*inputs, name=name)

    def apply(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A function of this trainer, compiled."""
        with self.autocast():
            return self.fast(function)(self, *arguments)

    def input_gradient(self, name: str, x: Tensor) -> Tensor:
        """As a functional gradient, which is the form that torch.compile takes."""
        return torch.func.grad(lambda images: self[name](images).sum())(x).flatten(1)

    @functools.cached_property
    def clamped(self) -> dict[str, list[Tensor]]:
        """The data of each network's parameters."""
        return {name: [p.data for p in network.parameters()] for name, network in self.networks.items()}

    def clamp(self, name: str, bound: float) -> None:
        """Moves all of a network's parameters at once."""
        torch._foreach_clamp_min_(self.clamped[name], -bound)
        torch._foreach_clamp_max_(self.clamped[name], bound)

    @torch.no_grad()
    def follow(self, name: str = "generator") -> None:
        """Moves the whole average at once."""
        if name in self.averages:
            averages, values = (list(n.parameters()) for n in (self.averages[name], self[name]))
            torch._foreach_lerp_(averages, values, 1 - self.system.averages(self.settings)[name])

    def clip(self, names: tuple[str, ...], limit: float) -> None:
        """Shortens all gradients at once."""
        gradients = [p.grad for p in self.parameters[names] if p.grad is not None]
        excess = torch._foreach_div(torch._foreach_norm(gradients), limit)
        torch._foreach_clamp_min_(excess, 1.0)
        torch._foreach_div_(gradients, excess)

    def minimize(self, names: str | tuple[str, ...], loss: Callable[..., Losses], *arguments: Any) -> None:
        """Computes the gradients of the named networks alone; losses stay tensors."""
        names = joint(names)
        with self.frozen(names):
            losses = self.apply(loss, *arguments)
            next(iter(losses.values())).backward()
        self.descend(names)
        self.optimizers[names].zero_grad(set_to_none=True)
        self.losses |= {name: self.kept(value) for name, value in losses.items()}

    @contextlib.contextmanager
    def frozen(self, names: tuple[str, ...]) -> Iterator[None]:
        """Spares the parameter gradients of all networks but the named ones."""
        others = [network for name, network in self.networks.items() if name not in names]
        for network in others:
            network.requires_grad_(False)
        try:
            yield
        finally:
            for network in others:
                network.requires_grad_(True)
