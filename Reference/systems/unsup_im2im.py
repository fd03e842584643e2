"""Unsupervised image-to-image translation by a generator of two domains and an encoder (Dong et al. 2017)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, Shape, texts
from ..losses import discriminator_cross_entropy, generator_nonsaturating
from ..networks.dcgan import dcgan_generator, strided_body
from ..settings import Settings
from ..system import Rule, System, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer

TINY = "latentSize=12 embeddingSize=3 generatorWidth=4 discriminatorWidth=4"
DOMAINS = 2


class DomainGenerator(nn.Module):
    """DCGAN's generator, `body`, on the noise and the domain's vector of the table `embedding`, side by side."""

    def __init__(self, latent: int, size: int, width: int, shape: Shape, kernel: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(DOMAINS, size)
        self.body = dcgan_generator(latent + size, width, shape, kernel)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([z, self.embedding(labels)], 1))


class UnsupIm2Im(System):
    """An AC-GAN whose classes are the domains, then an encoder that finds the noise of its images again."""

    name = "unsup-im2im"
    parts = ("a", "b")
    defaults = {
        "generatorSteps": 369_000,
        "latentSize": 100,
        "embeddingSize": 5,
        "generatorWidth": 128,
        "discriminatorWidth": 64,
        "kernelSize": 5,
        "learningRate": 2e-4,
        "encoderRate": 1e-4,
        "beta1": 0.5,
    }

    def networks(self, task: Task) -> Networks:
        """The discriminator's outputs are source and domains, the encoder's, of the same layers, are z."""
        s, shape = task.settings, task.shape
        return {
            "generator": DomainGenerator(
                s["latentSize"], s["embeddingSize"], s["generatorWidth"], shape, s["kernelSize"]
            ),
            "discriminator": nn.Sequential(
                *strided_body(s["discriminatorWidth"], shape, s["kernelSize"], 1 + DOMAINS)
            ),
            "encoder": nn.Sequential(
                *strided_body(s["discriminatorWidth"], shape, s["kernelSize"], s["latentSize"])
            ),
        }

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """The encoder has a rate of its own."""
        encoder = adam(settings["encoderRate"], settings["beta1"])
        return super().rules(settings) | {("encoder",): encoder}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """A step of the first phase, or of the second once the first is over."""
        if trainer.steps < trainer.settings["generatorSteps"]:
            self.generation_step(trainer, batch)
        else:
            self.encoding_step(trainer)

    def latent(self, trainer: Trainer) -> Tensor:
        """z ~ N(0, 1) for as many images as both domains together show."""
        return trainer.draws.normal(DOMAINS * trainer.count, trainer.settings["latentSize"])

    def generation_step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of D, then two of G, all with the same noise; the domains asked for are those of the real images."""
        real = torch.cat([batch["a"], batch["b"]])
        labels = torch.arange(DOMAINS, device=real.device).repeat_interleave(trainer.count)
        z = self.latent(trainer)
        fake = trainer.fakes(z, labels)
        trainer.minimize("discriminator", self.discriminator_loss, real, fake.detach(), labels)
        trainer.minimize("generator", self.generator_loss, fake, labels)
        trainer.minimize("generator", self.second_loss, z, labels)

    def encoding_step(self, trainer: Trainer) -> None:
        """The generator stays as it is, and its batch norms use what they have gathered."""
        z = self.latent(trainer)
        labels = trainer.draws.integers(len(z), high=DOMAINS)
        generator = trainer["generator"].eval()
        with torch.no_grad():
            images = generator(z, labels)
        generator.train()
        trainer.minimize("encoder", self.encoder_loss, images, z)

    def discriminator_loss(self, trainer: Trainer, real: Tensor, fake: Tensor, labels: Tensor) -> Losses:
        """The source of real and generated images, and the domain of real ones."""
        on_real, on_fake = trainer.outputs("discriminator", (real,), (fake,), generated=1)
        domains = F.cross_entropy(on_real[:, 1:], labels)
        return {"D": discriminator_cross_entropy(on_real[:, 0], on_fake[:, 0]) + domains, "class": domains}

    def generator_loss(self, trainer: Trainer, fake: Tensor, labels: Tensor) -> Losses:
        """Generated images are to pass for real ones of the domain asked for."""
        outputs = trainer.on_generated("discriminator", fake)
        return {"G": generator_nonsaturating(outputs[:, 0]) + F.cross_entropy(outputs[:, 1:], labels)}

    def second_loss(self, trainer: Trainer, z: Tensor, labels: Tensor) -> Losses:
        """The same of the images of the updated generator."""
        return self.generator_loss(trainer, trainer["generator"](z, labels), labels)

    def encoder_loss(self, trainer: Trainer, images: Tensor, z: Tensor) -> Losses:
        """E (E(G(z, c)) - z)^2."""
        return {"encoder": F.mse_loss(trainer["encoder"](images), z)}

    def sample(self, trainer: Trainer) -> Batch:
        """Four images of a as images of b: G(E(x), b)."""
        x = self.batch(trainer.task)["a"][:4]
        generator, encoder = trainer["generator"].eval(), trainer["encoder"].eval()
        return {"input": x, "output": generator(encoder(x), torch.ones(len(x), dtype=torch.long))}

    goldens = (
        Golden(
            "unsup-im2im",
            "Unsup-Im2Im (Dong et al. 2017), the generator's phase.",
            16,
            texts(f"generatorSteps=2 {TINY}"),
            channels=3,
            batch=4,
        ),
        Golden(
            "unsup-im2im-encoder",
            "Unsup-Im2Im, the last step of the generator's phase and the first of the encoder's.",
            16,
            texts(f"generatorSteps=1 kernelSize=4 {TINY}"),
            batch=4,
        ),
    )
    benches = (
        Bench(
            "unsup-im2im",
            "generator",
            32,
            3,
            texts("generatorWidth=64 discriminatorWidth=64"),
            batch=32,
        ),
        Bench(
            "unsup-im2im-encoder",
            "encoder",
            32,
            3,
            texts("generatorSteps=1 generatorWidth=64 discriminatorWidth=64"),
            batch=32,
        ),
    )


system = UnsupIm2Im()
