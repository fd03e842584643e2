"""The run that a fixture of training steps records: networks, draws, gradients, losses and weights.

Every random draw is kept in order, so that another implementation can replay the steps. Each update is plain
gradient descent (p -= rate grad, 0.05 unless a case says otherwise), whose result, unlike Adam's, does not amplify
rounding.

Keys: `initial/<network>.<key>`, `step<k>/batch/<name>`, `step<k>/random/<ii>`,
`step<k>/update<j>/<network>.<key>` (gradients), `step<k>/loss/<name>` and `final/<network>.<key>`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .modules import Draws, perturb

RATE, STEPS = 0.05, 2
Networks = dict[str, nn.Module]


class Trainer:
    """Named networks, their shared record of draws, and the fixture that is being written."""

    def __init__(self, make: Callable[[Draws], Networks], rate: float = RATE) -> None:
        self.rate, self.draws = rate, Draws()
        self.networks: Networks = {name: perturb(network).train() for name, network in make(self.draws).items()}
        self.tensors: dict[str, Tensor] = {}
        self.step = self.updates = 0
        self.keep_state("initial")

    def __getitem__(self, name: str) -> nn.Module:
        return self.networks[name]

    def keep_state(self, prefix: str) -> None:
        """Keeps every weight and buffer."""
        for name, network in self.networks.items():
            for key, value in network.state_dict().items():
                self.tensors[f"{prefix}/{name}.{key}"] = value.clone()

    def keep_batch(self, batch: dict[str, Tensor]) -> None:
        """Keeps the step's minibatch."""
        for name, value in batch.items():
            self.tensors[f"step{self.step}/batch/{name}"] = value

    def keep_loss(self, name: str, value: Tensor) -> None:
        """Keeps the value of a loss."""
        self.tensors[f"step{self.step}/loss/{name}"] = value.detach().clone()

    def update(self, loss: Tensor, *names: str) -> None:
        """Takes one step of gradient descent in the named networks jointly and keeps their gradients.

        A parameter that the loss does not depend on gets a gradient of zero.
        """
        parameters = {f"{name}.{key}": p for name in names for key, p in self.networks[name].named_parameters()}
        gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
        with torch.no_grad():
            for (key, parameter), gradient in zip(parameters.items(), gradients):
                gradient = torch.zeros_like(parameter) if gradient is None else gradient
                self.tensors[f"step{self.step}/update{self.updates}/{key}"] = gradient
                parameter -= self.rate * gradient
        self.updates += 1

    def finish_step(self) -> None:
        """Keeps the step's draws and starts the next step."""
        for i, value in enumerate(self.draws.values):
            self.tensors[f"step{self.step}/random/{i:02d}"] = value
        self.draws.values.clear()
        self.updates = 0
        self.step += 1
