"""DCGAN (Radford et al. 2016)."""

from __future__ import annotations

from torch import Tensor

from ..adversarial import Adversarial
from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..networks.dcgan import dcgan_discriminator, dcgan_generator
from ..settings import Settings
from ..trainer import Networks, Task

TINY = "latentSize=16 generatorWidth=4 discriminatorWidth=4"


def bench(name: str, variant: str, line: str, **targets: object) -> Bench:
    """A case at 32x32x1 with kernels of 4."""
    return Bench(name, variant, 32, 1, texts(f"kernelSize=4 {line}"), **targets)


class DCGAN(Adversarial):
    """Both networks have batch norm, so that real and fake take two passes; D's running statistics are of real images."""

    name = "dcgan"
    defaults = {
        "generatorWidth": 128,
        "discriminatorWidth": 128,
        "latentSize": 100,
        "upsampling": "transposed",
        "kernelSize": 5,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }
    choices = {"upsampling": {"transposed": {}, "resize": {}}}

    def networks(self, task: Task) -> Networks:
        """The generator and the discriminator."""
        s, resize = task.settings, task.settings["upsampling"] == "resize"
        return {
            "generator": dcgan_generator(s["latentSize"], s["generatorWidth"], task.shape, s["kernelSize"], resize),
            "discriminator": dcgan_discriminator(s["discriminatorWidth"], task.shape, s["kernelSize"]),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """z ~ U(-1, 1)."""
        return draws.uniform(count, settings["latentSize"], low=-1, high=1)

    goldens = (
        Golden(
            "dcgan-k5",
            "DCGAN (Radford et al. 2016), kernel 5, transposed up-sampling.",
            16,
            texts(TINY),
            channels=3,
            seed="recipes/dcgan-k5",
        ),
        Golden(
            "dcgan-k4",
            "DCGAN (Radford et al. 2016), kernel 4, transposed up-sampling.",
            16,
            texts(f"{TINY} kernelSize=4"),
            seed="recipes/dcgan-k4",
        ),
        Golden(
            "dcgan-resize",
            "DCGAN (Radford et al. 2016), kernel 4, resize up-sampling.",
            16,
            texts(f"{TINY} kernelSize=4 upsampling=resize"),
            seed="recipes/dcgan-resize",
        ),
    )
    benches = (
        bench(
            "dcgan-resize",
            "resize",
            "upsampling=resize generatorWidth=64 discriminatorWidth=64",
            over_eager=2.5,
            over_tuned=1.5,
        ),
        bench(
            "dcgan-transposed",
            "transposed",
            "upsampling=transposed generatorWidth=64 discriminatorWidth=64",
            over_eager=1.8,
        ),
        bench(
            "dcgan-bfloat16",
            "resize",
            "upsampling=resize generatorWidth=64 discriminatorWidth=64",
            precision="bfloat16",
            over_eager=4.0,
        ),
        bench("dcgan-width32", "resize-width32", "upsampling=resize generatorWidth=32 discriminatorWidth=32"),
        # The proportions of PyTorch-GAN's script: a discriminator that starts at 16 channels.
        bench("dcgan-thin", "resize-thin-discriminator", "upsampling=resize generatorWidth=64 discriminatorWidth=16"),
    )


system = DCGAN()
