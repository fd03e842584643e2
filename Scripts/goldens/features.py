"""Family `features`: weights of tiny frozen networks, which goldens of systems name by their files."""

from __future__ import annotations

from Reference.networks.perceptual import tiny_networks

from .store import Case, Fixture

FAMILY = "features"


def fixtures() -> list[Fixture]:
    """Returns the weights of every tiny network, under the keys of the original's."""
    note = "random weights of a tiny network of features"
    return [
        Case(FAMILY, name, {}, f"{name}: {note}", dict(network.state_dict()))
        for name, network in tiny_networks().items()
    ]
