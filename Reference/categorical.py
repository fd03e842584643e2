"""The autoencoders whose codes are a category beside a style (Makhzani et al. 2015, sections 4 to 6)."""

from __future__ import annotations

import torch
from torch import Tensor

from .draws import Draws
from .losses import discriminator_cross_entropy, generator_nonsaturating
from .networks import autoencoders
from .settings import Settings
from .system import Rule, System, adam
from .trainer import Batch, Losses, Networks, Task, Trainer


class CategoricalAutoencoder(System):
    """Each part of the code has a discriminator of its own; both learn in one update, and so do both encoders."""

    one_pass = True

    def categories(self, task: Task) -> int:
        """How many values the category has."""
        raise NotImplementedError

    def corruption(self, task: Task) -> torch.nn.Module:
        """What is done to images in training before they are encoded."""
        raise NotImplementedError

    def networks(self, task: Task) -> Networks:
        """Encoder, decoder and the two judges."""
        s, image, categories = task.settings, task.shape.image, self.categories(task)
        return {
            "encoder": autoencoders.CategoryEncoder(
                image, s["encoderWidths"], categories, s["styleSize"], self.corruption(task)
            ),
            "generator": autoencoders.decoder(s["styleSize"] + categories, s["generatorWidths"], image),
            "style_discriminator": autoencoders.judge(s["styleSize"], s["discriminatorWidths"]),
            "category_discriminator": autoencoders.judge(categories, s["discriminatorWidths"]),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """Each phase has optimizers of its own."""
        judges = adam(settings["discriminatorRate"], settings["beta1"])
        return {
            ("encoder", "generator"): adam(settings["learningRate"], 0.9),
            ("style_discriminator", "category_discriminator"): judges,
            ("encoder",): adam(settings["adversarialRate"], settings["beta1"]),
        }

    def target(self, trainer: Trainer) -> tuple[Tensor, Tensor]:
        """Styles from N(0, 1) and categories with equal probabilities."""
        categories = self.categories(trainer.task)
        style = trainer.draws.normal(trainer.count, trainer.settings["styleSize"])
        return style, autoencoders.one_hot(trainer.draws.integers(trainer.count, high=categories), categories)

    def sample(self, trainer: Trainer) -> Batch:
        """Four images in evaluation mode."""
        categories = self.categories(trainer.task)
        style = Draws().normal(4, trainer.settings["styleSize"])
        z = torch.cat([style, autoencoders.one_hot(torch.arange(4) % categories, categories)], 1)
        return {"input": z, "output": trainer["generator"].eval()(z)}

    def autoencode(self, trainer: Trainer, images: Tensor) -> None:
        """Reconstruction, then regularisation."""
        trainer.minimize(("encoder", "generator"), self.reconstruction_loss, images)
        logits, style = trainer["encoder"](images)
        codes, goal = (style, logits.softmax(1)), self.target(trainer)
        constant = tuple(code.detach() for code in codes)
        judges = "style_discriminator", "category_discriminator"
        trainer.minimize(judges, self.discriminator_loss, goal, constant)
        trainer.minimize("encoder", self.encoder_loss, codes)

    def weight(self, trainer: Trainer) -> float:
        """Of what the encoder learns without labels."""
        return trainer.settings.get("unlabeledWeight", 1.0)

    def reconstruction_loss(self, trainer: Trainer, images: Tensor) -> Losses:
        """The squared distance of images from what becomes of their codes, in which the softmax stands for y."""
        logits, style = trainer["encoder"](images)
        again = trainer["generator"](torch.cat([style, logits.softmax(1)], 1))
        return {"reconstruction": self.weight(trainer) * autoencoders.reconstruction(images, again)}

    def discriminator_loss(
        self, trainer: Trainer, goal: tuple[Tensor, Tensor], codes: tuple[Tensor, Tensor]
    ) -> Losses:
        """The cross-entropies of styles and of categories."""
        style = trainer.outputs("style_discriminator", (goal[0],), (codes[0],))
        category = trainer.outputs("category_discriminator", (goal[1],), (codes[1],))
        return {"D": discriminator_cross_entropy(*style) + discriminator_cross_entropy(*category)}

    def encoder_loss(self, trainer: Trainer, codes: tuple[Tensor, Tensor]) -> Losses:
        """Styles and categories of images are to pass for drawn ones."""
        style = generator_nonsaturating(trainer["style_discriminator"](codes[0]))
        category = generator_nonsaturating(trainer["category_discriminator"](codes[1]))
        return {"G": self.weight(trainer) * (style + category)}
