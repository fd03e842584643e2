"""The tuned variant computes what the eager one does; run with `python -m unittest`."""

from __future__ import annotations

import random
import unittest
from dataclasses import replace

import torch
from torch import nn

import common
from common import Options, Trainer
from layers import GaussianNoise
from worker import RECIPES

CASES = [
    Options("gan", "eager", 8, 28, 1, 2),
    Options("cgan", "eager", 8, 28, 1, 2),
    Options("dcgan", "eager", 8, 16, 1, 2, settings={"generatorWidth": "8", "discriminatorWidth": "8"}),
    Options("dcgan", "eager", 8, 16, 1, 2, settings={"generatorWidth": "8", "discriminatorWidth": "8", "upsampling": "transposed"}),
    Options("wgan", "eager", 8, 28, 1, 2, settings={"architecture": "mlp"}),
    Options("wgan", "eager", 8, 16, 1, 2, settings={"width": "8"}),
    Options("sn-gan", "eager", 8, 16, 3, 2, settings={"generatorWidth": "8", "discriminatorWidth": "8"}),
    Options("sn-gan", "eager", 8, 16, 3, 2, settings={"architecture": "resnet", "generatorWidth": "8", "discriminatorWidth": "8"}),
    Options("wgan-gp", "eager", 8, 28, 1, 2),
    Options("wgan-gp", "eager", 8, 16, 3, 2, settings={"architecture": "resnet", "width": "8"}),
]

PLAYERS = [
    Options("infogan", "eager", 8, 8, 1, 2, settings={"width": "8", "features": "32"}),
    Options("sgan", "eager", 8, 8, 1, 2, settings={"generatorWidth": "16", "discriminatorWidths": "32,16"}),
    Options("sgan", "eager", 8, 16, 3, 2, settings={"objective": "odena", "generatorWidth": "8", "discriminatorWidth": "8"}),
    Options("pggan", "eager", 8, 8, 1, 2, settings={"latentSize": "8", "channelBase": "32", "mostChannels": "16"}),
    Options("pix2pix", "eager", 4, 32, 3, 2, settings={"generatorWidths": "4,8,16,16", "discriminatorWidth": "4"}),
    Options("cyclegan", "eager", 2, 32, 3, 2, settings={"blocks": "1", "generatorWidth": "4", "discriminatorWidth": "4", "poolSize": "1"}),
    Options("pixelda", "eager", 8, 16, 3, 2, settings={"blocks": "1", "generatorWidth": "8", "discriminatorWidth": "8"}),
]


def trained(options: Options) -> Trainer:
    """The system after one period and a step from a fixed seed, without noise between layers, which
    the variants draw in other orders."""
    torch.manual_seed(1)
    random.seed(1)
    trainer = RECIPES[options.recipe](options)
    for layer in (m for network in trainer.networks for m in network.modules()):
        if isinstance(layer, nn.Dropout):
            layer.p = 0
        elif isinstance(layer, GaussianNoise):
            layer.deviation = 0
    # With a small epsilon Adam's first updates are signs, which rounding flips.
    for optimizer in vars(trainer).values():
        if isinstance(optimizer, (torch.optim.Adam, torch.optim.RMSprop)):
            optimizer.param_groups[0]["eps"] = 1e-2
    for _ in range(trainer.period + 1):
        trainer.step()
    return trainer


def weights(trainer: Trainer) -> torch.Tensor:
    """All parameters and buffers in one vector."""
    states = [network.state_dict() for network in trainer.networks]
    return torch.cat([v.double().flatten() for state in states for v in state.values()])


class VariantsAgree(unittest.TestCase):
    """Eager, tuned and tuned with torch.compile reach the same weights."""

    def test_weights(self) -> None:
        """After the same steps on the same random numbers."""
        for options in CASES + PLAYERS:
            torch._dynamo.reset()
            eager = weights(trained(options))
            for compiled in (False, True):
                with self.subTest(options=options, compiled=compiled):
                    tuned = weights(trained(replace(options, variant="tuned", compiled=compiled)))
                    self.assertLess((eager - tuned).abs().max().item(), 2e-6)

    def test_training_moves_the_weights(self) -> None:
        """The agreement above is not that of networks at rest, and can fail."""
        for options in CASES + PLAYERS:
            torch.manual_seed(1)
            before = weights(RECIPES[options.recipe](options))
            after = weights(trained(options))
            self.assertGreater((before - after).abs().max().item(), 1e-5)


class Networks(unittest.TestCase):
    """Facts of the networks."""

    def test_parameter_counts(self) -> None:
        """The counts derived by hand from the layers' shapes."""
        generator = 100 * 4096 + 2 * 256 + 9 * (256 * 128 + 128 * 64 + 64) + 2 * (128 + 64) + 1
        discriminator = 16 * (64 + 64 * 128 + 128 * 256) + 64 + 2 * (128 + 256) + 4096 + 1
        trainer = RECIPES["dcgan"](Options("dcgan", "eager", 2, 32, 1, 2))
        self.assertEqual(common.parameter_count(trainer), generator + discriminator)

    def test_outputs_have_the_image_shape(self) -> None:
        """Every generator makes images of the data's shape, every critic one number."""
        for options in CASES:
            trainer = RECIPES[options.recipe](options)
            labels = trainer.fake_labels() if hasattr(trainer, "fake_labels") else ()
            images = trainer.networks[0](trainer.noise(), *labels)
            self.assertEqual(images.shape, (8, *options.image_shape))
            self.assertEqual(trainer.networks[1](images, *labels).shape, (8, 1))

    def test_generators_of_systems(self) -> None:
        """The images of a system with critics of its own have the data's shape."""
        for options in PLAYERS:
            trainer = RECIPES[options.recipe](options)
            if options.recipe == "cyclegan":
                images = trainer.to_a(next(trainer.images_b))
            else:
                images = trainer.system.generate(trainer.system.batch(), trainer.system.draw())
            self.assertEqual(images.shape, (options.batch_size, *options.image_shape))

    def test_unknown_setting(self) -> None:
        """A misspelt setting is an error, not a default."""
        with self.assertRaises(ValueError):
            RECIPES["dcgan"](Options("dcgan", "eager", 2, 32, 1, 2, settings={"widht": "1"}))


if __name__ == "__main__":
    unittest.main()
