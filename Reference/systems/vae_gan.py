"""VAE/GAN (Larsen et al. 2016): a variational autoencoder that compares images by a discriminator's features."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import RMSprop

from ..cases import Bench, Golden, Shape, texts
from ..settings import Settings
from ..system import Rule, System
from ..trainer import Batch, Networks, Objective, Task, Trainer

TINY = (
    "latentSize=6 encoderWidths=4,6,8 encoderFeatures=16 decoderWidths=8,6,4 "
    "discriminatorWidths=4,6,8,8 discriminatorFeatures=12 similarityWeight=0.001"
)
DOUBLINGS = 3


def halving(inputs: int, outputs: int) -> list[nn.Module]:
    """A 5x5 convolution of stride 2 without bias, batch norm and ReLU."""
    return [nn.Conv2d(inputs, outputs, 5, 2, 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def doubling(inputs: int, outputs: int) -> list[nn.Module]:
    """A transposed 5x5 convolution of stride 2 without bias, batch norm and ReLU."""
    convolution = nn.ConvTranspose2d(inputs, outputs, 5, 2, 2, output_padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]


def dense(inputs: int, outputs: int) -> list[nn.Module]:
    """A fully connected layer without bias, batch norm and ReLU."""
    return [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]


def area(shape: Shape) -> int:
    """Positions of the smallest maps."""
    return (shape.height >> DOUBLINGS) * (shape.width >> DOUBLINGS)


def vae_encoder(settings: Settings, shape: Shape) -> nn.Sequential:
    """Table 1's encoder: means and log variances side by side.

    Sequential: 0 to 8 three times Conv2d, BatchNorm2d, ReLU; 9 Flatten, 10 Linear, 11 BatchNorm1d, 12 ReLU, 13 Linear
    with bias.
    """
    a, b, c = settings["encoderWidths"]
    features = settings["encoderFeatures"]
    return nn.Sequential(
        *halving(shape.channels, a),
        *halving(a, b),
        *halving(b, c),
        nn.Flatten(),
        *dense(c * area(shape), features),
        nn.Linear(features, 2 * settings["latentSize"]),
    )


def vae_decoder(settings: Settings, shape: Shape) -> nn.Sequential:
    """Table 1's decoder.

    Sequential: 0 Linear, 1 BatchNorm1d, 2 ReLU, 3 Unflatten, 4 to 12 three times ConvTranspose2d, BatchNorm2d, ReLU; 13
    Conv2d with bias, 14 Tanh.
    """
    a, b, c = settings["decoderWidths"]
    height, width = shape.height >> DOUBLINGS, shape.width >> DOUBLINGS
    return nn.Sequential(
        *dense(settings["latentSize"], a * height * width),
        nn.Unflatten(1, (a, height, width)),
        *doubling(a, a),
        *doubling(a, b),
        *doubling(b, c),
        nn.Conv2d(c, shape.channels, 5, padding=2),
        nn.Tanh(),
    )


class SimilarityDiscriminator(nn.Module):
    """Table 1's discriminator, cut behind its last convolution, where images are compared.

    `trunk`: 0 Conv2d of stride 1 with bias, 1 ReLU, 2 to 7 twice Conv2d, BatchNorm2d, ReLU, 8 Conv2d; `head`: 0
    BatchNorm2d, 1 ReLU, 2 Flatten, 3 Linear, 4 BatchNorm1d, 5 ReLU, 6 Linear to one logit.
    """

    def __init__(self, settings: Settings, shape: Shape) -> None:
        super().__init__()
        a, b, c, d = settings["discriminatorWidths"]
        features = settings["discriminatorFeatures"]
        last, *behind = halving(c, d)
        first = nn.Conv2d(shape.channels, a, 5, padding=2)
        self.trunk = nn.Sequential(first, nn.ReLU(), *halving(a, b), *halving(b, c), last)
        self.head = nn.Sequential(*behind, nn.Flatten(), *dense(d * area(shape), features), nn.Linear(features, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the features and the logits [N]."""
        features = self.trunk(x)
        return features, self.head(features).flatten()


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)), summed over the code and averaged over images (Kingma & Welling 2014, B)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()


def surprise(found: Tensor, expected: Tensor) -> Tensor:
    """-log N(found; expected, 1) but for its constant, summed over an image's numbers and averaged over images."""
    return 0.5 * (found - expected).square().sum() / len(found)


class VAEGAN(System):
    """Algorithm 1, with the balance of the players that the authors' code keeps; or without D, a plain VAE.

    D sees real images, reconstructions and samples in one batch, whose statistics its running ones follow.
    """

    name = "vae-gan"
    defaults = {
        "similarity": "learned",
        "similarityWeight": 1e-6,
        "reconstructionWeight": 1.0,
        "equilibrium": 0.68,
        "margin": 0.35,
        "latentSize": 128,
        "encoderWidths": [64, 128, 256],
        "encoderFeatures": 1024,
        "decoderWidths": [256, 128, 32],
        "discriminatorWidths": [32, 128, 256, 256],
        "discriminatorFeatures": 512,
        "learningRate": 3e-4,
    }
    choices = {"similarity": {"learned": {}, "pixels": {}}}

    def networks(self, task: Task) -> Networks:
        """The encoder, the decoder, and the discriminator where images are compared by it."""
        networks: Networks = {
            "encoder": vae_encoder(task.settings, task.shape),
            "generator": vae_decoder(task.settings, task.shape),
        }
        if task.settings["similarity"] == "learned":
            networks["discriminator"] = SimilarityDiscriminator(task.settings, task.shape)
        return networks

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """RMSProp for all."""
        rule = Rule(RMSprop, {"lr": settings["learningRate"], "alpha": 0.9})
        players = ("encoder", "generator", "discriminator")
        return {(name,): rule for name in players if settings["similarity"] == "learned" or name != "discriminator"}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One forward pass from which every network takes its own gradient."""
        epsilon = trainer.draws.normal(trainer.count, trainer.settings["latentSize"])
        if trainer.settings["similarity"] == "pixels":
            trainer.minimize_jointly(self.autoencoding, batch["images"], epsilon)
        else:
            trainer.minimize_jointly(self.adversarial, batch["images"], epsilon, trainer.noise())

    def autoencoding(self, trainer: Trainer, real: Tensor, epsilon: Tensor) -> dict[str, Objective]:
        """A VAE's bound, in pixels."""
        code, prior = self.coded(trainer, real, epsilon)
        similarity = surprise(trainer["generator"](code), real)
        return {
            "encoder": Objective({"encoder": prior + similarity, "prior": prior}),
            "generator": Objective({"G": similarity}),
        }

    def adversarial(self, trainer: Trainer, real: Tensor, epsilon: Tensor, noise: Tensor) -> dict[str, Objective]:
        """The encoder sees no L_GAN, the discriminator no L_llike (algorithm 1)."""
        settings = trainer.settings
        code, prior = self.coded(trainer, real, epsilon)
        decoded = trainer["generator"](torch.cat([code, noise]))
        features, logits = trainer["discriminator"](torch.cat([real, decoded]))
        of_real, of_reconstructions, _ = features.chunk(3)
        similarity = surprise(of_reconstructions, of_real)
        on_real, on_reconstructions, on_samples = logits.chunk(3)
        weight = settings["reconstructionWeight"]
        real_cost = F.softplus(-on_real).mean()
        fake_cost = F.softplus(on_samples).mean() + weight * F.softplus(on_reconstructions).mean()
        fake_cost = fake_cost / (1 + weight)
        adversarial = real_cost + fake_cost
        generator_moves, discriminator_moves = self.balance(settings, real_cost.detach(), fake_cost.detach())
        return {
            "encoder": Objective({"encoder": prior + similarity, "prior": prior, "similarity": similarity}),
            "generator": Objective(
                {"G": settings["similarityWeight"] * similarity - adversarial, "balance/G": generator_moves},
                generator_moves,
            ),
            "discriminator": Objective(
                {"D": adversarial, "balance/D": discriminator_moves}, discriminator_moves
            ),
        }

    def coded(self, trainer: Trainer, real: Tensor, epsilon: Tensor) -> tuple[Tensor, Tensor]:
        """Codes drawn by the encoder, and the divergence of their distributions from the prior."""
        mean, log_variance = trainer["encoder"](real).chunk(2, 1)
        return mean + (0.5 * log_variance).exp() * epsilon, divergence(mean, log_variance)

    def balance(self, settings: Settings, real_cost: Tensor, fake_cost: Tensor) -> tuple[Tensor, Tensor]:
        """Whether decoder and discriminator move, as 0 or 1; both where neither would."""
        low = settings["equilibrium"] - settings["margin"]
        high = settings["equilibrium"] + settings["margin"]
        discriminator_rests = (real_cost < low) | (fake_cost < low)
        generator_rests = (real_cost > high) | (fake_cost > high)
        neither = discriminator_rests & generator_rests
        return (~generator_rests | neither).float(), (~discriminator_rests | neither).float()

    goldens = (
        Golden(
            "vae-gan",
            "VAE/GAN with reconstructions among the fakes; both players move.",
            16,
            texts(TINY),
            channels=3,
            seed="systems/vae-gan-0",
        ),
        Golden(
            "vae-gan-balance",
            "VAE/GAN: the decoder rests in the first step, in the second the discriminator.",
            16,
            texts(f"{TINY} equilibrium=0.66 margin=0 learningRate=0.01"),
            seed="systems/vae-gan-balance-3",
        ),
        Golden(
            "vae-gan-samples",
            "VAE/GAN whose discriminator does not judge reconstructions.",
            16,
            texts(f"{TINY} reconstructionWeight=0"),
            seed="systems/vae-gan-samples-2",
        ),
        # Squares of all pixels are added up: longer steps would climb, and magnify what is rounded.
        Golden("vae-gan-pixels", "A plain VAE.", 16, texts(f"{TINY} similarity=pixels"), 3, rate=0.001),
    )
    benches = (
        Bench(
            "vae-gan",
            "conv5",
            64,
            3,
            texts(
                "latentSize=128 encoderWidths=16,32,64 encoderFeatures=256 decoderWidths=64,32,16 "
                "discriminatorWidths=16,32,64,64 discriminatorFeatures=128"
            ),
        ),
    )


system = VAEGAN()
