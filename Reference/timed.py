"""What the reference systems share: options, data, optimisers, timing."""

from __future__ import annotations

import contextlib
import itertools
import math
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

Setting = TypeVar("Setting", bound=int | float | str)

BATCHES_IN_MEMORY = 8
WARM_UP_PERIODS = 3


@dataclass(frozen=True)
class Options:
    """One configuration of one system, as given on the worker's command line."""

    recipe: str
    variant: str
    batch_size: int
    size: int
    channels: int
    threads: int
    precision: str = "float32"
    settings: dict[str, str] = field(default_factory=dict)
    compiled: bool = False

    @property
    def tuned(self) -> bool:
        """Whether the variant is the expert's instead of the usual script."""
        return self.variant == "tuned"

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.size, self.size

    @property
    def doublings(self) -> int:
        """How often 4x4 doubles until it is the image's size."""
        doublings = round(math.log2(self.size / 4))
        if doublings < 1 or 4 << doublings != self.size:
            raise ValueError(f"size {self.size} is not 4 times a power of two")
        return doublings

    def settings_over(self, defaults: dict[str, Setting]) -> dict[str, Setting]:
        """The defaults, replaced by the settings given; an unknown key is an error."""
        unknown = self.settings.keys() - defaults.keys()
        if unknown:
            raise ValueError(f"{self.recipe} has no setting {', '.join(sorted(unknown))}")
        given = {key: type(defaults[key])(value) for key, value in self.settings.items()}
        return {**defaults, **given}


class Trainer(Protocol):
    """A system that can be trained step by step."""

    period: int
    """Steps after which the work repeats: a timing covers whole periods."""

    networks: list[nn.Module]
    """The networks whose parameters are counted."""

    def step(self) -> None:
        """Trains on one minibatch."""


def choice(value: str, allowed: tuple[str, ...]) -> str:
    """The value, if it is one of those allowed."""
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value


def image_batches(options: Options, channels_last: bool) -> Iterator[Tensor]:
    """Cycles for ever over a few float batches in [-1, 1] that lie ready in memory."""
    shape = (options.batch_size, *options.image_shape)
    batches = [torch.rand(shape) * 2 - 1 for _ in range(BATCHES_IN_MEMORY)]
    if channels_last:
        batches = [batch.contiguous(memory_format=torch.channels_last) for batch in batches]
    return itertools.cycle(batches)


def label_batches(options: Options, classes: int) -> Iterator[Tensor]:
    """Cycles for ever over a few batches of class labels."""
    return itertools.cycle(
        [torch.randint(classes, (options.batch_size,)) for _ in range(BATCHES_IN_MEMORY)]
    )


def prepared(network: nn.Module, options: Options) -> nn.Module:
    """The network in the memory format of the variant."""
    if options.tuned and is_convolutional(network):
        return network.to(memory_format=torch.channels_last)
    return network


def is_convolutional(network: nn.Module) -> bool:
    """Whether the network works on images rather than on vectors."""
    return any(isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)) for m in network.modules())


def couples_examples(network: nn.Module) -> bool:
    """Whether an example's output depends on the rest of its batch."""
    return any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in network.modules())


def adam(
    network: nn.Module,
    options: Options,
    rate: float,
    betas: tuple[float, float],
    decay: float = 0,
) -> torch.optim.Adam:
    """Adam with its defaults, or fused in the tuned variant."""
    fused = True if options.tuned else None
    parameters = network.parameters()
    return torch.optim.Adam(parameters, lr=rate, betas=betas, weight_decay=decay, fused=fused)


def precision(options: Options) -> contextlib.AbstractContextManager[object]:
    """The autocast of the option `--precision`."""
    if options.precision == "float32":
        return contextlib.nullcontext()
    return torch.autocast("cpu", dtype=torch.bfloat16)


def compiled(function: Callable[..., Tensor], options: Options) -> Callable[..., Tensor]:
    """The function compiled for its one shape of input."""
    return torch.compile(function, dynamic=False) if options.compiled else function


@contextlib.contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Spares the network's parameter gradients while another player learns through it."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


def parameter_count(trainer: Trainer) -> int:
    """Trainable parameters of all networks."""
    return sum(p.numel() for network in trainer.networks for p in network.parameters())


def median_ms(trainer: Trainer, steps: int) -> float:
    """Milliseconds per step: the median over at least `steps` steps in whole periods."""
    periods = max(1, math.ceil(steps / trainer.period))
    return statistics.median(period_ms(trainer) for _ in range(periods))


def period_ms(trainer: Trainer) -> float:
    """Milliseconds per step of one period."""
    start = time.perf_counter()
    for _ in range(trainer.period):
        trainer.step()
    return (time.perf_counter() - start) * 1000 / trainer.period


def warm_up(trainer: Trainer) -> None:
    """Runs three periods, and further ones while they still compile something."""
    median_ms(trainer, WARM_UP_PERIODS * trainer.period)
    graphs = -1
    while graphs != compiled_graphs():
        graphs = compiled_graphs()
        median_ms(trainer, trainer.period)


def compiled_graphs() -> int:
    """How many graphs torch.compile has made so far."""
    return torch._dynamo.utils.counters["stats"]["unique_graphs"]


def peak_mib() -> float:
    """The process's peak resident memory in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
