"""Adversarial autoencoder (Makhzani et al. 2015, sections 2 and 2.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..draws import Draws
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks import autoencoders
from ..settings import Settings
from ..system import Rule, System, adam, random_batch
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "encoderWidths=16,12 generatorWidths=16,12 discriminatorWidths=16,12"


class AAE(System):
    """Reconstruction updates encoder and decoder, regularisation the discriminator and then the encoder alone."""

    name = "aae"
    defaults = {
        "variant": "unsupervised",
        "prior": "gaussian",
        "latentSize": 8,
        "components": 10,
        **autoencoders.WIDTHS,
        "adversarialWeight": 1.0,
        "learningRate": 5e-4,
        "adversarialRate": 2e-4,
        "discriminatorRate": 2e-4,
        "beta1": 0.5,
    }
    choices = {
        "variant": {"unsupervised": {}, "labeled": {"prior": "mixture", "latentSize": 2}},
        "prior": {"gaussian": {}, "mixture": {"latentSize": 2}, "swiss-roll": {"latentSize": 2}},
    }
    one_pass = True

    def networks(self, task: Task) -> Networks:
        """Encoder, decoder, and the judge of codes, which is told the label, or that there is none."""
        s, image = task.settings, task.shape.image
        told = task.shape.classes + 1 if s["variant"] == "labeled" else 0
        pixels = image[0] * image[1] * image[2]
        return {
            "encoder": nn.Sequential(
                nn.Flatten(), *autoencoders.rectified(pixels, s["encoderWidths"], s["latentSize"])
            ),
            "generator": autoencoders.decoder(s["latentSize"], s["generatorWidths"], image),
            "discriminator": autoencoders.judge(s["latentSize"] + told, s["discriminatorWidths"]),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Each phase has an optimizer of its own."""
        return {
            ("encoder", "generator"): adam(settings["learningRate"], 0.9),
            ("discriminator",): adam(settings["discriminatorRate"], settings["beta1"]),
            ("encoder",): adam(settings["adversarialRate"], settings["beta1"]),
        }

    def noise(self, settings: Settings, draws: Draws, count: int) -> Tensor:
        """Codes of the whole prior."""
        if settings["prior"] == "gaussian":
            return draws.normal(count, settings["latentSize"])
        if settings["prior"] == "mixture":
            component = draws.integers(count, 1, high=settings["components"])
            return autoencoders.spokes(draws, component, settings["components"])
        return autoencoders.roll(draws, draws.uniform(count, 1, low=0, high=1))

    def labeled_noise(self, trainer: Trainer, labels: Tensor) -> Tensor:
        """Codes of the part of the prior that belongs to each label."""
        s, draws = trainer.settings, trainer.draws
        if s["prior"] == "mixture":
            return autoencoders.spokes(draws, labels[:, None], s["components"])
        place = draws.uniform(len(labels), 1, low=0, high=1)
        return autoencoders.roll(draws, (labels[:, None] + place) / trainer.task.shape.classes)

    def batch(self, task: Task) -> Batch:
        """Images, and a few with labels where the judge is told of them."""
        labeled = task.settings["variant"] == "labeled"
        return random_batch(task, ("labeled", "labels", "images") if labeled else ("images",))

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """The two phases of section 2."""
        trainer.minimize(("encoder", "generator"), self.reconstruction_loss, batch["images"])
        images, codes, told = batch["images"], trainer.noise(), ()
        if "labeled" in batch:
            labels, classes = batch["labels"], trainer.task.shape.classes
            images = torch.cat([images, batch["labeled"]])
            codes = torch.cat([codes, self.labeled_noise(trainer, labels)])
            told = (autoencoders.one_hot(torch.cat([torch.full_like(labels, classes), labels]), classes + 1),)
        fake = trainer["encoder"](images)
        trainer.minimize("discriminator", self.discriminator_loss, codes, fake.detach(), *told)
        trainer.minimize("encoder", self.encoder_loss, fake, *told)

    def reconstruction_loss(self, trainer: Trainer, images: Tensor) -> Losses:
        """The squared distance of images from what becomes of their codes."""
        again = trainer["generator"](trainer["encoder"](images))
        return {"reconstruction": autoencoders.reconstruction(images, again)}

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, *told: Tensor) -> Losses:
        """The cross-entropy of the prior's codes and the images'."""
        inputs = ((torch.cat([codes, *told], 1),) for codes in (real, fake))
        return {"D": discriminator_cross_entropy(*trainer.outputs("discriminator", *inputs, generated=1))}

    def encoder_loss(self, trainer: Trainer, fake: Tensor, *told: Tensor) -> Losses:
        """The encoder's codes are to pass for the prior's."""
        values = trainer["discriminator"](torch.cat([fake, *told], 1))
        return {"G": trainer.settings["adversarialWeight"] * generator_nonsaturating(values)}

    goldens = (
        Golden(
            "aae",
            "Adversarial autoencoder (Makhzani et al. 2015) with a Gaussian prior.",
            8,
            texts(f"latentSize=6 {TINY} adversarialWeight=0.5"),
        ),
        Golden("aae-mixture", "AAE with a mixture of Gaussians as prior.", 8, texts(f"prior=mixture {TINY}"), channels=3),
        Golden("aae-swiss-roll", "AAE with a Swiss roll as prior.", 8, texts(f"prior=swiss-roll {TINY}")),
        Golden(
            "aae-labeled",
            "AAE whose discriminator is told the label: a Gaussian of the mixture for each (section 2.3).",
            8,
            texts(f"variant=labeled components=4 {TINY}"),
        ),
        Golden(
            "aae-labeled-swiss-roll",
            "AAE whose discriminator is told the label: a part of the Swiss roll for each.",
            8,
            texts(f"variant=labeled prior=swiss-roll {TINY}"),
        ),
    )
    benches = (Bench("aae", "mlp", 28, 1),)


system = AAE()
