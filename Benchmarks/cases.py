"""What is compared, and how fast it has to be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One configuration of one system, trained by all three workers."""

    name: str
    recipe: str
    variant: str
    size: int
    channels: int
    settings: dict[str, str] = field(default_factory=dict)
    batch: int = 64
    precision: str = "float32"
    period: int = 1
    over_eager: float = 1.0
    """The least speed-up over eager PyTorch; no case may be slower."""
    over_tuned: float | None = None

    def arguments(self, threads: int, precision: str) -> list[str]:
        """The command line of a worker."""
        arguments = ["--recipe", self.recipe, "--batch-size", str(self.batch)]
        arguments += ["--size", str(self.size), "--channels", str(self.channels)]
        arguments += ["--threads", str(threads), "--precision", precision]
        for key, value in self.settings.items():
            arguments += ["--set", f"{key}={value}"]
        return arguments


def dcgan(
    name: str, variant: str, upsampling: str, widths: tuple[int, int] = (64, 64), **rest: object
) -> Case:
    """DCGAN at 32x32x1 with kernels of 4; the widths of generator and discriminator."""
    settings = {"kernelSize": "4", "upsampling": upsampling}
    settings["generatorWidth"], settings["discriminatorWidth"] = map(str, widths)
    return Case(name, "dcgan", variant, 32, 1, settings, **rest)


CASES = [
    Case("gan", "gan", "mlp", 28, 1, {"architecture": "mlp"}, over_eager=1.6),
    dcgan("dcgan-resize", "resize", "resize", over_eager=2.5, over_tuned=1.5),
    dcgan("dcgan-transposed", "transposed", "transposed", over_eager=1.8),
    dcgan("dcgan-bfloat16", "resize", "resize", precision="bfloat16", over_eager=4.0),
    dcgan("dcgan-width32", "resize-width32", "resize", (32, 32)),
    # The proportions of PyTorch-GAN's script: a discriminator that starts at 16 channels.
    dcgan("dcgan-thin", "resize-thin-discriminator", "resize", (64, 16)),
    Case(
        "wgan",
        "wgan",
        "dcgan",
        32,
        1,
        {"architecture": "dcgan", "width": "32", "longStart": "0", "longInterval": "0"},
        period=5,
    ),
    Case("wgan-gp-mlp", "wgan-gp", "mlp", 28, 1, {"architecture": "mlp"}, period=5, over_eager=1.6),
    Case(
        "wgan-gp-resnet",
        "wgan-gp",
        "resnet",
        32,
        3,
        {"architecture": "resnet", "width": "32", "latentSize": "128"},
        period=5,
    ),
    Case(
        "sn-gan-cnn",
        "sn-gan",
        "cnn",
        32,
        1,
        {"architecture": "cnn", "generatorWidth": "32", "discriminatorWidth": "32"},
        period=5,
    ),
    Case(
        "sn-gan-resnet",
        "sn-gan",
        "resnet",
        32,
        3,
        {"architecture": "resnet", "generatorWidth": "32", "discriminatorWidth": "32"},
        period=5,
    ),
    Case("cgan", "cgan", "mlp", 28, 1, {"architecture": "mlp"}),
    Case("infogan", "infogan", "dcgan", 28, 1, {"width": "64", "features": "1024"}),
    Case("sgan-matching", "sgan", "mlp", 28, 1, {"objective": "matching"}),
    Case(
        "sgan-odena",
        "sgan",
        "dcgan",
        32,
        1,
        {"objective": "odena", "generatorWidth": "32", "discriminatorWidth": "32"},
    ),
    Case(
        "pggan",
        "pggan",
        "stage-32",
        32,
        1,
        # Fully grown after the first step of the warm-up.
        {
            "latentSize": "64",
            "channelBase": "512",
            "mostChannels": "64",
            "stableImages": "1",
            "fadeImages": "0",
        },
        batch=16,
    ),
    Case(
        "pix2pix",
        "pix2pix",
        "unet",
        128,
        3,
        {"generatorWidths": "32,64,128,256,256,256,256", "discriminatorWidth": "32"},
        batch=1,
        over_eager=1.3,
    ),
    Case(
        "cyclegan",
        "cyclegan",
        "resnet",
        64,
        3,
        {"generatorWidth": "32", "blocks": "6", "discriminatorWidth": "32"},
        batch=1,
        over_eager=1.3,
    ),
    Case(
        "pixelda",
        "pixelda",
        "digits",
        32,
        3,
        {"generatorWidth": "32", "discriminatorWidth": "32"},
        batch=32,
    ),
]

MEAN_OVER_EAGER = 1.8
"""The geometric mean of the speed-ups over eager PyTorch that the float32 cases must reach."""
