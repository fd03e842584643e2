"""The run that a golden records: networks, draws, gradients, losses and weights.

Every random draw is kept in order, so that another implementation can replay the steps. Each update is plain
gradient descent (p -= rate grad), whose result, unlike Adam's, does not amplify rounding.

Keys: `initial/<network>.<key>`, `step<k>/batch/<name>`, `step<k>/random/<ii>`,
`step<k>/update<j>/<network>.<key>` (gradients, after clipping), `step<k>/loss/<name>`, `final/<network>.<key>` and
`sample/<name>` (final weights; evaluation mode unless the system says otherwise).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .cases import Golden
from .draws import RecordedDraws
from .layers import perturb, untracked
from .system import System
from .trainer import Batch, Losses, Objective, Task, Trainer, clipped, joint

CLASSES = 4


class RecordingTrainer(Trainer):
    """Takes steps and keeps everything in `tensors`."""

    def __init__(self, system: System, task: Task, rate: float) -> None:
        super().__init__(system, task)
        self.rate, self.updates = rate, 0
        self.rules = system.rules(self.settings)
        self.tensors: dict[str, Tensor] = {}
        if system.one_pass:
            self.merged = frozenset(self.networks)
        self._keep_state("initial")

    def prepared(self, network: nn.Module) -> nn.Module:
        """The network with normalisations that are not at their initial zeros and ones."""
        return perturb(network).train()

    def step(self, batch: Batch) -> None:
        """Trains on one minibatch and keeps it with its draws."""
        prefix = f"step{self.steps}"
        self.tensors |= {f"{prefix}/batch/{name}": value for name, value in batch.items()}
        self.updates = 0
        super().step(batch)
        for i, value in enumerate(self.draws.values):
            self.tensors[f"{prefix}/random/{i:02d}"] = value
        self.draws.values.clear()

    def on_generated(self, name: str, *inputs: Tensor) -> Any:
        """A network's output for generated images, which its running statistics do not follow."""
        with untracked(self[name]):
            return self[name](*inputs)

    def minimize(self, names: str | tuple[str, ...], loss: Callable[..., Losses], *arguments: Any) -> None:
        """Keeps the losses and the gradients, as long as the rule lets them be.

        A parameter that no loss depends on gets a gradient of zero.
        """
        losses = loss(self, *arguments)
        self._descend(joint(names), losses, self._gradients(joint(names), losses))

    def minimize_jointly(self, objectives: Callable[..., dict[str, Objective]], *arguments: Any) -> None:
        """Keeps all losses and gradients; those of a network that rests are zero."""
        built = objectives(self, *arguments)
        gradients = {name: self._gradients((name,), objective.losses) for name, objective in built.items()}
        for name, objective in built.items():
            moves = 1.0 if objective.moves is None else objective.moves
            self._descend((name,), objective.losses, [moves * gradient for gradient in gradients[name]])

    def _parameters(self, names: tuple[str, ...]) -> dict[str, nn.Parameter]:
        networks = {name: self[name] for name in names}
        return {f"{name}.{key}": p for name, network in networks.items() for key, p in network.named_parameters()}

    def _gradients(self, names: tuple[str, ...], losses: Losses) -> list[Tensor]:
        total, parameters = next(iter(losses.values())), list(self._parameters(names).values())
        gradients = torch.autograd.grad(total, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)
        limit = self.rules[names].limit
        return [clipped(gradient, limit) if limit else gradient for gradient in gradients]

    @torch.no_grad()
    def _descend(self, names: tuple[str, ...], losses: Losses, gradients: list[Tensor]) -> None:
        prefix = f"step{self.steps}"
        self.tensors |= {f"{prefix}/loss/{name}": value.detach().clone() for name, value in losses.items()}
        for (key, parameter), gradient in zip(self._parameters(names).items(), gradients):
            self.tensors[f"{prefix}/update{self.updates}/{key}"] = gradient
            parameter -= self.rate * gradient
        self.updates += 1

    def finish(self) -> None:
        """Keeps the final weights and a sample."""
        self._keep_state("final")
        with torch.no_grad():
            sample = self.system.sample(self)
        self.tensors |= {f"sample/{key}": value for key, value in sample.items()}
        self.tensors |= {f"sample/random/{i:02d}": value for i, value in enumerate(self.draws.values)}

    def _keep_state(self, prefix: str) -> None:
        for name, network in self.networks.items():
            for key, value in network.state_dict().items():
                self.tensors[f"{prefix}/{name}.{key}"] = value.clone()


def task(system: System, golden: Golden) -> Task:
    """What the networks of a golden are built for."""
    shape = system.shape(golden.channels, golden.side, CLASSES)
    return Task(system.settings(golden.settings), shape, golden.batch, RecordedDraws(), golden.images_seen)


def record(system: System, golden: Golden, trainer: RecordingTrainer | None = None) -> dict[str, Tensor]:
    """The tensors of a golden's first steps on random data, by key."""
    trainer = trainer or RecordingTrainer(system, task(system, golden), golden.rate)
    for _ in range(golden.steps):
        trainer.step(system.batch(trainer.task))
    trainer.finish()
    return trainer.tensors


def config(system: System, golden: Golden) -> dict[str, Any]:
    """The configuration from which SwiftGAN builds the same system."""
    return {
        "system": system.name,
        "settings": golden.settings,
        "shape": system.shape(golden.channels, golden.side, CLASSES).record(),
        "batch": golden.batch,
        "rate": golden.rate,
        "imagesSeen": golden.images_seen,
        "withoutGradient": list(golden.without_gradient),
        "steps": golden.steps,
    }
