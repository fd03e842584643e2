"""A system that trains on demand, and how long that takes."""

from __future__ import annotations

import itertools
import math
import resource
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from Reference import zoo  # noqa: E402
from Reference.draws import Draws  # noqa: E402
from Reference.trainer import Batch, Task  # noqa: E402
from Reference.variants import EagerTrainer, TunedTrainer, is_convolutional  # noqa: E402

BATCHES_IN_MEMORY = 8
WARM_UP_PERIODS = 3
GROUPS_ON_GPU = 5
CLASSES = 10
FULLY_GROWN = 1 << 62


@dataclass(frozen=True)
class Options:
    """One configuration of one system, as given on the worker's command line."""

    recipe: str
    variant: str = "eager"
    batch_size: int = 64
    size: int = 28
    channels: int = 1
    precision: str = "float32"
    settings: dict[str, str] = field(default_factory=dict)
    compiled: bool = False
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.variant == "eager" and self.precision != "float32":
            raise ValueError("eager PyTorch trains in float32")


class Training:
    """A trainer with a few minibatches that lie ready in memory."""

    def __init__(self, options: Options) -> None:
        system = zoo.systems()[options.recipe]
        shape = system.shape(options.channels, options.size, CLASSES)
        settings = system.settings(options.settings)
        task = Task(settings, shape, options.batch_size, Draws(options.device), FULLY_GROWN)
        self.device = task.draws.device
        self.period = system.period(settings)
        """Steps after which the work repeats: a timing covers whole periods."""
        if options.variant == "tuned":
            self.trainer = TunedTrainer(system, task, options.precision, options.compiled)
        else:
            self.trainer = EagerTrainer(system, task)
        batches = [moved(system.batch(task), self.device) for _ in range(BATCHES_IN_MEMORY)]
        if options.variant == "tuned" and any(map(is_convolutional, self.trainer.networks.values())):
            batches = [channels_last(batch) for batch in batches]
        self.batches = itertools.cycle(batches)

    def step(self) -> None:
        """Trains on one minibatch."""
        self.trainer.step(next(self.batches))

    @property
    def parameters(self) -> int:
        """The parameters of all networks, an averaged generator included."""
        return sum(p.numel() for network in self.trainer.all_networks for p in network.parameters())

    def median_ms(self, steps: int) -> float:
        """Milliseconds per step: the median over at least `steps` steps in whole periods."""
        periods = max(1, math.ceil(steps / self.period))
        # A GPU works behind the host, which waits for it at the end of each of a few groups.
        group = 1 if self.device.type == "cpu" else math.ceil(periods / GROUPS_ON_GPU)
        groups = math.ceil(periods / group)
        return statistics.median(self.mean_ms(group * self.period) for _ in range(groups))

    def mean_ms(self, steps: int) -> float:
        """Milliseconds per step of so many, until the device has done them."""
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        if self.device.type != "cpu":
            torch.accelerator.synchronize(self.device)
        return (time.perf_counter() - start) * 1000 / steps

    def peak_mib(self) -> float:
        """The most memory in MiB: of the process, or of its tensors on a GPU."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device) / (1 << 20)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)

    def warm_up(self) -> None:
        """Runs three periods, and further ones while they still compile something."""
        self.median_ms(WARM_UP_PERIODS * self.period)
        graphs = -1
        while graphs != compiled_graphs():
            graphs = compiled_graphs()
            self.median_ms(self.period)


def moved(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device."""
    return {part: value.to(device) for part, value in batch.items()}


def channels_last(batch: Batch) -> Batch:
    """The batch with its images' channels last in memory."""
    return {
        part: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
        for part, value in batch.items()
    }


def compiled_graphs() -> int:
    """How many graphs torch.compile has made so far."""
    return torch._dynamo.utils.counters["stats"]["unique_graphs"]
