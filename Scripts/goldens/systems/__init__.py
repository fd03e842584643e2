"""Family `systems`: the first two training steps of the systems beyond the plain recipes, one module each."""

from __future__ import annotations

from ..store import Fixture
from . import cyclegan, infogan, pix2pix, pixelda, progressive, semi, spectral, wgan


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    return [*wgan.cases(), *spectral.cases(), *infogan.cases(), *progressive.cases(), *semi.cases(), *pix2pix.cases(), *cyclegan.cases(), *pixelda.cases()]
