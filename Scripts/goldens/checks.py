"""Assertions of the checks."""

from __future__ import annotations

import torch
from torch import Tensor


def require(condition: bool, message: str) -> None:
    """Raises an error with `message` unless the condition holds."""
    if not condition:
        raise AssertionError(message)


def close(a: Tensor, b: Tensor, message: str, tolerance: float = 1e-9) -> None:
    """Requires two tensors to agree within an absolute and relative tolerance."""
    require(torch.allclose(a, b, rtol=tolerance, atol=tolerance), message)
