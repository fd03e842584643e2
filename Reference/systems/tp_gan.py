"""TP-GAN (Huang et al. 2017): a global and four local paths turn faces to the front."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..cases import Bench, Golden, Shape, texts
from ..draws import Draws
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks.frontal import FrontalGenerator, identity_network, regional_discriminator
from ..system import System, random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer

MEANS = "0.340625,0.3203125,0.675,0.3203125,0.50078125,0.50625,0.50859375,0.6953125"
TINY = "generatorWidth=2 localWidths=2,3,4 discriminatorWidth=4 featureSize=6 noiseSize=5"
WEIGHTS = "adversarialWeight=0.5 identityWeight=20 classWeight=0.7 variationWeight=0.001"
"""Near one, so that every term shows in the gradients."""
FROZEN = "Tests/Fixtures/frozen"


def points(text: str) -> list[tuple[float, float]]:
    """Pairs of a line of numbers."""
    values = [float(word) for word in text.split(",")]
    return list(zip(values[::2], values[1::2]))


def laplacian(x: Tensor) -> Tensor:
    """The sum of four neighbours less four times the pixel, inside of the border."""
    inner = x[:, :, 1:-1, 1:-1]
    return x[:, :, 1:-1, 2:] + x[:, :, 1:-1, :-2] + x[:, :, 2:, 1:-1] + x[:, :, :-2, 1:-1] - 4 * inner


def asymmetry(x: Tensor) -> Tensor:
    """How far the right half is from the mirrored left one, which stays as it is."""
    half = x.shape[3] // 2
    return F.l1_loss(x[:, :, :, half:], x[:, :, :, :half].detach().flip(3))


def variation(x: Tensor) -> Tensor:
    """Absolute differences of neighbours, summed over an image."""
    across, down = (x[:, :, :, 1:] - x[:, :, :, :-1]).abs(), (x[:, :, 1:] - x[:, :, :-1]).abs()
    return (across.sum() + down.sum()) / len(x)


class TPGAN(System):
    """One update of D and one of G with the same fake."""

    name = "tp-gan"
    parts = ("input", "target", "labels")
    defaults = {
        "generatorWidth": 64,
        "localWidths": [64, 128, 256, 512],
        "discriminatorWidth": 64,
        "featureSize": 256,
        "noiseSize": 100,
        "identity": "digits",
        "landmarks": "own",
        "meanLandmarks": MEANS,
        "visibleHalf": "left",
        "symmetryWeight": 0.3,
        "adversarialWeight": 1e-3,
        "identityWeight": 3e-3,
        "variationWeight": 1e-4,
        "classWeight": 1e-3,
        "localWeight": 1.0,
        "learningRate": 1e-4,
        "beta1": 0.9,
    }
    choices = {"landmarks": {"own": {}, "fixed": {}}, "visibleHalf": {"left": {}, "right": {}}}

    def networks(self, task: Task) -> Networks:
        """The generator of both paths and the discriminator."""
        s, shape = task.settings, task.shape
        return {
            "generator": FrontalGenerator(
                shape.channels,
                s["generatorWidth"],
                s["localWidths"],
                s["featureSize"],
                s["noiseSize"],
                shape.classes,
                shape.height,
                points(s["meanLandmarks"]),
            ),
            "discriminator": regional_discriminator(shape.channels, s["discriminatorWidth"], shape.height),
        }

    def noise(self, settings: dict, draws: Draws, count: int) -> Tensor:
        """z ~ N(0, 1)."""
        return draws.normal(count, settings["noiseSize"])

    def shape(self, channels: int, side: int, classes: int) -> Shape:
        """Pairs with identities."""
        return Shape(channels, side, side, classes, channels)

    def batch(self, task: Task) -> Batch:
        """Random pairs, identities, and points of each image where the system is told them."""
        own = task.settings["landmarks"] == "own"
        landmarks = {"input_landmarks": torch.rand(task.batch, 4, 2)} if own else {}
        return random_batch(task, self.parts) | landmarks

    def identity(self, trainer: Trainer) -> torch.nn.Module:
        """The frozen network, the same in every run of a shape."""
        if "identity" not in trainer.memory:
            shape = trainer.task.shape
            network = identity_network(trainer.settings["identity"], shape.channels, shape.classes)
            trainer.memory["identity"] = network.to(trainer.draws.device)
        return trainer.memory["identity"]

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D and one of G with the same fake."""
        inputs, target, labels = (batch[part] for part in self.parts)
        made = trainer.fakes(inputs, trainer.noise(), batch.get("input_landmarks"))
        trainer.minimize("discriminator", self.discriminator_loss, target, made[0][0].detach())
        trainer.minimize("generator", self.generator_loss, made, target, labels, self.identity(trainer))

    def discriminator_loss(self, trainer: Trainer, target: Tensor, fake: Tensor) -> Losses:
        """-E log D(y) - E log(1 - D(G(x))), a mean over four regions."""
        return {"D": discriminator_cross_entropy(*trainer.outputs("discriminator", (target,), (fake,), generated=1))}

    def generator_loss(
        self, trainer: Trainer, made: tuple, target: Tensor, labels: Tensor, identity: torch.nn.Module
    ) -> Losses:
        """The pixels of three sizes and of the parts, symmetry, the adversary, identity, smoothness and the classes."""
        s, (outputs, parts, scores) = trainer.settings, made
        fake = outputs[0]
        whole = F.l1_loss(fake, target)
        pixel = whole + F.l1_loss(outputs[1], F.avg_pool2d(target, 2)) + F.l1_loss(outputs[2], F.avg_pool2d(target, 4))
        patches = trainer["generator"].at_places(target)
        local = torch.stack([F.l1_loss(part, patch) for part, patch in zip(parts, patches)]).sum()
        shown = fake if s["visibleHalf"] == "left" else fake.flip(3)
        symmetry = asymmetry(shown) + asymmetry(laplacian(shown))
        adversarial = generator_nonsaturating(trainer.on_generated("discriminator", fake))
        pairs = zip(identity(self.small(fake)), identity(self.small(target)))
        same = torch.stack([F.l1_loss(found, wanted) for found, wanted in pairs]).sum()
        classes = F.cross_entropy(scores, labels)
        total = pixel + s["localWeight"] * local + s["symmetryWeight"] * symmetry + s["adversarialWeight"] * adversarial
        total = total + s["identityWeight"] * same + s["variationWeight"] * variation(fake)
        return {"G": total + s["classWeight"] * classes, "L1": whole, "identity": same, "class": classes}

    def small(self, x: Tensor) -> Tensor:
        """32x32, what the identity network reads."""
        return F.avg_pool2d(x, x.shape[3] // 32) if x.shape[3] > 32 else x

    def sample(self, trainer: Trainer) -> Batch:
        """Turned images in evaluation mode."""
        (x,) = random_batch(replace(trainer.task, batch=4), ("input",)).values()
        own = trainer.settings["landmarks"] == "own"
        landmarks = {"input_landmarks": torch.rand(4, 4, 2)} if own else {}
        z = self.noise(trainer.settings, Draws(), 4)
        output = trainer["generator"].eval()(x, z, landmarks.get("input_landmarks"))[0][0]
        return {"input": x, "noise": z, "output": output} | landmarks

    goldens = (
        Golden(
            "tp-gan",
            "TP-GAN in grey, with the landmarks of each image; the left half is the visible one.",
            32,
            texts(f"{TINY} {WEIGHTS} identity={FROZEN}/identity-1.safetensors"),
            batch=4,
            rate=0.002,
            seed="systems/tp-gan-133",
        ),
        Golden(
            "tp-gan-colour",
            "TP-GAN in colour, with the same landmarks in all images; the right half is the visible one.",
            32,
            texts(f"{TINY} {WEIGHTS} landmarks=fixed visibleHalf=right identity={FROZEN}/identity-3.safetensors"),
            channels=3,
            batch=4,
            rate=0.002,
            seed="systems/tp-gan-colour-21",
        ),
    )
    benches = (
        Bench(
            "tp-gan",
            "turned",
            32,
            1,
            texts("generatorWidth=16 localWidths=16,32,64 discriminatorWidth=32 featureSize=64 landmarks=fixed"),
            batch=16,
        ),
    )


system = TPGAN()
