"""CycleGAN (Zhu et al. 2017) with the residual generators and with U-Nets."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..modules import Draws
from ..store import Case
from ..trainer import Networks, Trainer
from .common import Batch, Shape, images, system_case
from .translation import ResidualTranslator, UNet, patch_discriminator

CHANNELS, BATCH, CAPACITY = 3, 1, 1
JUDGE_WIDTH, WIDTH, UNET_WIDTHS = 4, 6, (4, 8, 8)
CYCLE, IDENTITY = 10.0, 0.5
ORDER = (
    "to_b translates a to b, to_a b to a; judge_a judges images of a, judge_b those of b. Each minibatch: fake_b = to_b(a), "
    "fake_a = to_a(b); update to_b and to_a jointly on G = mean (judge_b(fake_b) - 1)^2 + mean (judge_a(fake_a) - 1)^2 + "
    "cycle_weight cycle + cycle_weight identity_weight identity, with cycle = mean |to_a(fake_b) - a| + mean |to_b(fake_a) - b| "
    "and identity = mean |to_a(a) - a| + mean |to_b(b) - b| kept without weights; then judge_a (pool query of fake_a, made "
    "before G's update; b's pool is another), then judge_b (query of fake_b), each updated on half of mean (judge(real) - 1)^2 "
    "+ mean judge(fake)^2. A full pool draws for each image one uniform scalar and, above 0.5, the index of the image that it "
    "returns and replaces."
)


class Pool:
    """A history of generated images (section 4; Shrivastava et al. 2017, section 2.3)."""

    def __init__(self, capacity: int, draws: Draws) -> None:
        self.capacity, self.draws = capacity, draws
        self.stored: list[Tensor] = []

    def query(self, image: Tensor) -> Tensor:
        """Returns the image, or one from the pool, which the image then replaces."""
        if len(self.stored) < self.capacity:
            self.stored.append(image)
            return image
        if self.draws.uniform(low=0, high=1) <= 0.5:
            return image
        index = int(self.draws.integers(high=self.capacity))
        old, self.stored[index] = self.stored[index], image
        return old


def cycle_step() -> Callable[[Trainer, Batch], None]:
    """Returns a step with its own pair of pools.

    One Adam of the authors' code updates both judges; their gradients do not mix, so they are two updates here. That
    code queries b's pool first.
    """
    pools: dict[str, Pool] = {}

    def step(trainer: Trainer, batch: Batch) -> None:
        to_a, to_b = trainer["to_a"], trainer["to_b"]
        judges = {"a": trainer["judge_a"], "b": trainer["judge_b"]}
        fakes = {"b": to_b(batch["a"]), "a": to_a(batch["b"])}
        adversarial = sum((judges[domain](fake) - 1).square().mean() for domain, fake in fakes.items())
        cycle = F.l1_loss(to_a(fakes["b"]), batch["a"]) + F.l1_loss(to_b(fakes["a"]), batch["b"])
        identity = F.l1_loss(to_a(batch["a"]), batch["a"]) + F.l1_loss(to_b(batch["b"]), batch["b"])
        loss = adversarial + CYCLE * (cycle + IDENTITY * identity)
        for name, value in (("cycle", cycle), ("identity", identity), ("G", loss)):
            trainer.keep_loss(name, value)
        trainer.update(loss, "to_b", "to_a")

        for domain, judge in judges.items():
            pool = pools.setdefault(domain, Pool(CAPACITY, trainer.draws))
            fake = torch.cat([pool.query(image[None]) for image in fakes[domain].detach()])
            loss = 0.5 * ((judge(batch[domain]) - 1).square().mean() + judge(fake).square().mean())
            trainer.keep_loss(f"judge{domain.upper()}", loss)
            trainer.update(loss, f"judge_{domain}")

    return step


def _sample(trainer: Trainer, shape: Shape) -> Batch:
    """Translates both ways: `output` is b's version of `input`, `output_a` a's version of `input_b`."""
    a, b = images(1, shape), images(1, shape)
    to_a, to_b = trainer["to_a"].eval(), trainer["to_b"].eval()
    return {"input": a, "output": to_b(a), "input_b": b, "output_a": to_a(b)}


def _case(name: str, note: str, config: dict, translator: Callable[[], nn.Module], size: int, rate: float) -> Case:
    shape: Shape = (CHANNELS, size, size)

    def make(_: Draws) -> Networks:
        judges = (patch_discriminator(CHANNELS, JUDGE_WIDTH, nn.InstanceNorm2d) for _ in range(2))
        return {"to_b": translator(), "to_a": translator()} | dict(zip(("judge_a", "judge_b"), judges))

    common = dict(
        batch=BATCH,
        image=shape,
        judge_width=JUDGE_WIDTH,
        pool=CAPACITY,
        cycle_weight=CYCLE,
        identity_weight=IDENTITY,
    )
    return system_case(
        name,
        f"{note} {ORDER}",
        common | config,
        make,
        lambda: {"a": images(BATCH, shape), "b": images(BATCH, shape)},
        cycle_step(),
        lambda trainer: _sample(trainer, shape),
        rate,
    )


def cases() -> list[Case]:
    """Returns the case of residual generators and that of U-Nets.

    A cycle through the residual generators is deep enough to amplify rounding; larger images and a smaller rate than
    those of the U-Nets keep that in bounds.
    """
    return [
        _case(
            "cyclegan-resnet",
            "CycleGAN with residual generators of two blocks.",
            dict(width=WIDTH, blocks=2),
            lambda: ResidualTranslator(CHANNELS, WIDTH, 2),
            32,
            0.005,
        ),
        _case(
            "cyclegan-unet",
            "CycleGAN with U-Nets of three levels, InstanceNorm and no dropout.",
            dict(widths=UNET_WIDTHS),
            lambda: UNet(CHANNELS, UNET_WIDTHS, nn.InstanceNorm2d),
            16,
            0.05,
        ),
    ]
