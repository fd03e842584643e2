"""In which configurations a system is compared with SwiftGAN; settings are as after `--set`."""

from __future__ import annotations

from dataclasses import dataclass, field


def texts(line: str) -> dict[str, str]:
    """The settings of a line such as `width=8 criticSteps=2`."""
    return dict(setting.split("=", 1) for setting in line.split())


@dataclass(frozen=True)
class Shape:
    """The shape of the data."""

    channels: int
    height: int
    width: int
    classes: int = 0
    inputs: int | None = None
    """Channels of the pictures that are translated, where there are any."""

    @property
    def image(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.height, self.width

    @property
    def doublings(self) -> int:
        """How often 4x4 doubles until it is the image's size."""
        doublings = (self.height // 4).bit_length() - 1
        if 4 << doublings != self.height or self.height != self.width:
            raise ValueError(f"{self.height}x{self.width} is not 4x4 times a power of two")
        return doublings

    def record(self) -> dict[str, int | None]:
        """The object of a fixture's configuration."""
        names = {"channels": self.channels, "height": self.height, "width": self.width}
        return names | {"classes": self.classes, "inputChannels": self.inputs}


@dataclass(frozen=True)
class Golden:
    """A configuration so small that a step takes milliseconds, whose first steps are recorded."""

    name: str
    note: str
    side: int
    settings: dict[str, str]
    channels: int = 1
    batch: int = 8
    rate: float = 0.05
    """Of gradient descent, in every update."""
    steps: int = 2
    """More for a system whose players take turns."""
    images_seen: int = 0
    """Images seen before the first step, for a system that changes its networks by their number."""
    without_gradient: tuple[str, ...] = ()
    """Parameters that no loss depends on."""
    cancelled: tuple[str, ...] = ()
    """Parameters that a normalisation or a difference cancels but for rounding."""
    seed: str = ""
    """What the random numbers come from, where it is not `systems/<name>`: with those of the name something stands
    so near a kink that rounding decides (`make_goldens.py --seeds`), or does not show what it should."""


@dataclass(frozen=True)
class Bench:
    """A configuration in which a training step is timed, by all three workers."""

    name: str
    variant: str
    size: int
    channels: int
    settings: dict[str, str] = field(default_factory=dict)
    batch: int = 64
    precision: str = "float32"
    over_eager: float = 1.0
    """The least speed-up over eager PyTorch; no case may be slower."""
    over_tuned: float = 1.0
    """The least speed-up over tuned PyTorch; no case may be slower."""
    recipe: str = ""
    """The name of the system, which `zoo.benches` fills in, like `period`."""
    period: int = 1
    """Steps after which the work repeats."""

    def arguments(self, threads: int, precision: str) -> list[str]:
        """The command line of a worker."""
        arguments = ["--recipe", self.recipe, "--batch-size", str(self.batch)]
        arguments += ["--size", str(self.size), "--channels", str(self.channels)]
        arguments += ["--threads", str(threads), "--precision", precision]
        for key, value in self.settings.items():
            arguments += ["--set", f"{key}={value}"]
        return arguments
