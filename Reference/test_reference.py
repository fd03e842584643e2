"""The tuned variant computes what the eager one does; run with `python -m unittest Reference.test_reference`."""

from __future__ import annotations

import unittest

import torch

from . import zoo
from .cases import texts
from .draws import Draws
from .layers import Dropout, GaussianNoise
from .system import System
from .trainer import Task, Trainer
from .variants import EagerTrainer, TunedTrainer

CLASSES, FULLY_GROWN = 10, 1 << 62
CASES = [
    ("gan", 8, 28, 1, ""),
    ("cgan", 8, 28, 1, ""),
    ("dcgan", 8, 16, 1, "kernelSize=4 upsampling=resize generatorWidth=8 discriminatorWidth=8"),
    ("dcgan", 8, 16, 1, "kernelSize=4 generatorWidth=8 discriminatorWidth=8"),
    ("wgan", 8, 28, 1, "architecture=mlp longStart=0 longInterval=0"),
    ("wgan", 8, 16, 1, "width=8 longStart=0 longInterval=0"),
    ("sn-gan", 8, 16, 3, "generatorWidth=8 discriminatorWidth=8"),
    ("sn-gan", 8, 16, 3, "architecture=resnet generatorWidth=8 discriminatorWidth=8"),
    ("sn-gan", 8, 16, 3, "architecture=resnet conditional=true generatorWidth=8 discriminatorWidth=8"),
    ("sagan", 8, 8, 3, "latentSize=12 generatorWidth=8 discriminatorWidth=8"),
    ("sagan", 8, 16, 3, "conditional=true latentSize=12 generatorWidth=8 discriminatorWidth=8"),
    ("wgan-gp", 8, 28, 1, ""),
    ("wgan-gp", 8, 16, 3, "architecture=resnet width=8"),
    ("infogan", 8, 8, 1, "width=8 features=32"),
    ("sgan", 8, 16, 3, "generatorWidth=8 discriminatorWidth=8"),
    ("improved-gan", 8, 8, 1, "generatorWidth=16 discriminatorWidths=32,16"),
    ("pggan", 8, 8, 1, "latentSize=8 channelBase=32 maxChannels=16"),
    ("pix2pix", 4, 32, 3, "generatorWidths=4,8,16,16 discriminatorWidth=4"),
    ("cyclegan", 2, 32, 3, "blocks=1 generatorWidth=4 discriminatorWidth=4 poolSize=1 identityWeight=0.5"),
    ("pixelda", 8, 16, 3, "blocks=1 generatorWidth=8 discriminatorWidth=8 maxGradientNorm=0.2"),
]
Case = tuple[str, int, int, int, str]


def small(system: System) -> Case:
    """The first golden of a system as a case."""
    golden = system.goldens[0]
    line = " ".join(f"{key}={value}" for key, value in golden.settings.items())
    return system.name, golden.batch, golden.side, golden.channels, line


CASES += [small(system) for name, system in zoo.systems().items() if name not in {case[0] for case in CASES}]
"""Further systems are compared in the configuration of their first golden."""


def prepared(case: Case) -> tuple[System, Task]:
    """The system of a case and what it is built for."""
    name, count, size, channels, line = case
    system = zoo.systems()[name]
    settings, shape = system.settings(texts(line)), system.shape(channels, size, CLASSES)
    return system, Task(settings, shape, count, Draws(), FULLY_GROWN)


def built(case: Case, variant: str = "eager") -> EagerTrainer:
    """A new trainer from a fixed seed."""
    torch.manual_seed(1)
    system, task = prepared(case)
    if variant == "eager":
        return EagerTrainer(system, task)
    return TunedTrainer(system, task, compiled=variant == "compiled")


def trained(case: Case, variant: str = "eager") -> Trainer:
    """The trainer after one period and a step, without noise between layers, which the variants draw in
    other orders."""
    trainer = built(case, variant)
    for layer in (layer for network in trainer.networks.values() for layer in network.modules()):
        if isinstance(layer, Dropout):
            layer.rate = 0
        elif isinstance(layer, GaussianNoise):
            layer.deviation = 0
    # With a small epsilon Adam's first updates are signs, which rounding flips.
    for optimizer in trainer.optimizers.values():
        optimizer.param_groups[0]["eps"] = 1e-2
    for _ in range(trainer.system.period(trainer.settings) + 1):
        trainer.step(trainer.system.batch(trainer.task))
    return trainer


def weights(trainer: Trainer) -> torch.Tensor:
    """All parameters and buffers in one vector."""
    states = [network.state_dict() for network in trainer.all_networks]
    return torch.cat([value.double().flatten() for state in states for value in state.values()])


class VariantsAgree(unittest.TestCase):
    """Eager, tuned and tuned with torch.compile reach the same weights."""

    def test_weights(self) -> None:
        """After the same steps on the same random numbers."""
        for case in CASES:
            torch._dynamo.reset()
            eager = weights(trained(case))
            for variant in ("tuned", "compiled"):
                with self.subTest(case=case, variant=variant):
                    self.assertLess((eager - weights(trained(case, variant))).abs().max().item(), 2e-6)

    def test_training_moves_the_weights(self) -> None:
        """The agreement above is not that of networks at rest, and can fail."""
        for case in CASES:
            moved = weights(built(case)) - weights(trained(case))
            self.assertGreater(moved.abs().max().item(), 1e-5)

    def test_every_system(self) -> None:
        """Every system of the folder is recorded and timed."""
        for name, system in zoo.systems().items():
            self.assertTrue(system.goldens and system.benches, name)


class Networks(unittest.TestCase):
    """Facts of the networks."""

    def test_parameter_counts(self) -> None:
        """The counts derived by hand from the layers' shapes."""
        generator = 100 * 4096 + 2 * 256 + 9 * (256 * 128 + 128 * 64 + 64) + 2 * (128 + 64) + 1
        discriminator = 16 * (64 + 64 * 128 + 128 * 256) + 64 + 2 * (128 + 256) + 4096 + 1
        line = "kernelSize=4 upsampling=resize generatorWidth=64 discriminatorWidth=64"
        networks = built(("dcgan", 2, 32, 1, line)).all_networks
        count = sum(parameter.numel() for network in networks for parameter in network.parameters())
        self.assertEqual(count, generator + discriminator)

    def test_images_have_the_shape_of_the_data(self) -> None:
        """The images of every golden's sample, whose networks goldens and benchmark share."""
        for case in CASES:
            trainer = built(case)
            images = trainer.system.sample(trainer)["output"]
            self.assertEqual(images.shape[1:], trainer.task.shape.image, case)

    def test_wrong_settings(self) -> None:
        """A misspelt field or choice is an error, not a default."""
        for line in ("widht=1", "upsampling=bilinear"):
            with self.assertRaises(ValueError):
                prepared(("dcgan", 2, 32, 1, line))

    def test_last_stage(self) -> None:
        """A growing system that has not reached its last stage is an error, not another network."""
        system, task = prepared(("pggan", 8, 8, 1, ""))
        with self.assertRaises(ValueError):
            system.networks(Task(task.settings, task.shape, 8, Draws(), images_seen=0))


if __name__ == "__main__":
    unittest.main()
