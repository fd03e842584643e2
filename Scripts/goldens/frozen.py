"""Family `frozen`: weights of networks that a system uses and does not train, as their files hold them.

The goldens of those systems name these files in their settings.
"""

from __future__ import annotations

from Reference.networks.frontal import identity_network
from Reference.networks.perceptual import tiny_networks
from Reference.recording import CLASSES

from .store import Case, Fixture

FAMILY = "frozen"


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    return [identity(channels) for channels in (1, 3)] + perceptual()


def identity(channels: int) -> Case:
    """TP-GAN's identity network for grey or colour, as many identities as the goldens have classes."""
    config = {"network": "ResidualClassifier", "channels": channels, "classes": CLASSES}
    note = "A residual classifier of random weights and running statistics."
    return Case(FAMILY, f"identity-{channels}", config, note, dict(identity_network(FAMILY, channels, CLASSES).state_dict()))


def perceptual() -> list[Fixture]:
    """SRGAN's networks of features, tiny, under the keys of the originals' weights."""
    note = "random weights of a tiny network of features"
    return [
        Case(FAMILY, name, {}, f"{name}: {note}", dict(network.state_dict()))
        for name, network in tiny_networks().items()
    ]
