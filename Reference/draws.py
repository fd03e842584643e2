"""Where steps and layers draw their random numbers."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class Draws:
    """Random numbers as PyTorch makes them, on one device."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = torch.device(device)

    def place(self, shape: tuple[int, ...]) -> torch.device:
        """Where numbers are drawn; single ones decide something on the host."""
        return self.device if shape else torch.device("cpu")

    def normal(self, *shape: int) -> Tensor:
        """Draws from N(0, 1)."""
        return torch.randn(shape, device=self.place(shape))

    def uniform(self, *shape: int, low: float, high: float) -> Tensor:
        """Draws from U(low, high)."""
        return torch.rand(shape, device=self.place(shape)) * (high - low) + low

    def integers(self, *shape: int, high: int) -> Tensor:
        """Draws integers uniformly from 0 ..< high."""
        return torch.randint(high, shape, device=self.place(shape))

    def normal_like(self, x: Tensor) -> Tensor:
        """Draws from N(0, 1), one number for each element."""
        return torch.randn_like(x)

    def dropped(self, x: Tensor, rate: float, channels: bool) -> Tensor:
        """Zeroes elements, or whole channels, with the probability `rate` and scales the others."""
        return (F.dropout2d if channels else F.dropout)(x, rate)


class RecordedDraws(Draws):
    """Keeps what is drawn, in order, so that another implementation can replay it."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[Tensor] = []

    def _keep(self, value: Tensor) -> Tensor:
        self.values.append(value)
        return value

    def normal(self, *shape: int) -> Tensor:
        """Draws from N(0, 1)."""
        return self._keep(super().normal(*shape))

    def uniform(self, *shape: int, low: float, high: float) -> Tensor:
        """Draws from U(low, high)."""
        return self._keep(super().uniform(*shape, low=low, high=high))

    def integers(self, *shape: int, high: int) -> Tensor:
        """Draws integers uniformly from 0 ..< high."""
        return self._keep(super().integers(*shape, high=high))

    def normal_like(self, x: Tensor) -> Tensor:
        """Draws from N(0, 1), one number for each element."""
        return self.normal(*x.shape)

    def dropped(self, x: Tensor, rate: float, channels: bool) -> Tensor:
        """Inverted dropout, `x * mask / (1 - rate)`, with a mask of ones (kept) and zeros."""
        shape = (*x.shape[:2], 1, 1) if channels else tuple(x.shape)
        return x * self._keep((torch.rand(shape) >= rate).float()) / (1 - rate)
