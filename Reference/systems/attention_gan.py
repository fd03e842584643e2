"""Attention-GAN for object transfiguration (Chen et al. 2018)."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..cases import Bench, Golden, texts
from ..losses import squared
from ..networks.translation import ResidualTranslator, patch_discriminator
from ..settings import Settings
from ..system import Rule, adam
from ..trainer import Batch, Losses, Networks, Task, Trainer
from .cyclegan import TRANSLATORS, CycleGAN, Pool

TINY = (
    "generatorWidth=6 blocks=2 attentionWidth=4 attentionBlocks=1 discriminatorWidth=4 discriminatorLayers=2 poolSize=1"
)
ATTENTIONS = "attention_a", "attention_b"
PLAYERS = TRANSLATORS + ATTENTIONS
"""What the losses of the generators move."""


def attended(trainer: Trainer, domain: str, *batches: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Each batch of a domain's images as the other domain's, y = A(x) G(x) + (1 - A(x)) x, and the map A(x) (section 3).

    A is the absolute value of a residual generator of one output, which its Tanh keeps below 1.
    """
    generator = "generator_ab" if domain == "a" else "generator_ba"
    changed = trainer.outputs(generator, *((x,) for x in batches))
    maps = [m.abs().clamp(0, 1) for m in trainer.outputs(f"attention_{domain}", *((x,) for x in batches))]
    return [(m * y + (1 - m) * x, m) for x, y, m in zip(batches, changed, maps)]


class AttentionGAN(CycleGAN):
    """CycleGAN whose translations are laid over their inputs where attention networks, one a domain, say."""

    name = "attention-gan"
    defaults = {
        "variant": "unsupervised",
        "blocks": 9,
        "attentionBlocks": 6,
        "generatorWidth": 64,
        "attentionWidth": 64,
        "discriminatorWidth": 64,
        "discriminatorLayers": 3,
        "cycleWeight": 10.0,
        "sparsityWeight": 1.0,
        "consistencyWeight": 1.0,
        "maskWeight": 1.0,
        "poolSize": 50,
        "learningRate": 2e-4,
        "beta1": 0.5,
    }
    choices = {"variant": {"unsupervised": {}, "supervised": {}}}

    def networks(self, task: Task) -> Networks:
        """Two translators, an attention network for each domain, and two discriminators."""
        s, channels = task.settings, task.shape.channels
        networks: Networks = {
            name: ResidualTranslator(channels, s["generatorWidth"], s["blocks"]) for name in TRANSLATORS
        }
        for name in ATTENTIONS:
            networks[name] = ResidualTranslator(channels, s["attentionWidth"], s["attentionBlocks"], 1)
        for domain in self.parts:
            networks[f"discriminator_{domain}"] = patch_discriminator(
                channels, s["discriminatorWidth"], s["discriminatorLayers"], nn.InstanceNorm2d
            )
        return networks

    def rules(self, settings: Settings) -> dict[tuple[str, ...], Rule]:
        """The authors' two Adams of generators and of attention networks have the same numbers: one moves both."""
        rule = adam(settings["learningRate"], settings["beta1"])
        return {PLAYERS: rule, ("discriminator_a",): rule, ("discriminator_b",): rule}

    def batch(self, task: Task) -> Batch:
        """Random images and, where the maps are supervised, masks uniform in [0, 1]."""
        images = super().batch(task)
        if task.settings["variant"] == "unsupervised":
            return images
        shape = (task.batch, 1, task.shape.height, task.shape.width)
        return images | {f"{domain}_mask": torch.rand(shape) for domain in self.parts}

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """One update of generators and attention networks, then one of each discriminator on a query of its pool."""
        drawn = trainer.apply(self.drawn, batch["a"], batch["b"])
        trainer.minimize(PLAYERS, self.translator_loss, batch, drawn)
        for domain in self.parts:
            pool = trainer.memory.setdefault(domain, Pool(trainer.settings["poolSize"], trainer.draws))
            fake = torch.cat([pool.query(image[None]) for image in drawn[f"fake_{domain}"].detach()])
            trainer.minimize(f"discriminator_{domain}", self.discriminator_loss, domain, batch[domain], fake)

    def drawn(self, trainer: Trainer, a: Tensor, b: Tensor) -> dict[str, Tensor]:
        """Both ways there and back, with the maps of the images and of their translations."""
        ((fake_b, map_a),) = attended(trainer, "a", a)
        (fake_a, map_b), (back_a, map_fake_b) = attended(trainer, "b", b, fake_b)
        ((back_b, map_fake_a),) = attended(trainer, "a", fake_a)
        return {
            "fake_a": fake_a,
            "fake_b": fake_b,
            "back_a": back_a,
            "back_b": back_b,
            "map_a": map_a,
            "map_b": map_b,
            "map_fake_a": map_fake_a,
            "map_fake_b": map_fake_b,
        }

    def translator_loss(self, trainer: Trainer, batch: Batch, drawn: dict[str, Tensor]) -> Losses:
        """Least squares against both discriminators, cycle consistency and what is asked of the maps."""
        s = trainer.settings
        fooled = sum(squared(trainer[f"discriminator_{domain}"](drawn[f"fake_{domain}"]), 1) for domain in self.parts)
        cycle = sum(F.l1_loss(drawn[f"back_{domain}"], batch[domain]) for domain in self.parts)
        maps = self.map_losses(s, batch, drawn)
        weights = {"sparsity": s["sparsityWeight"], "consistency": s["consistencyWeight"], "masks": s["maskWeight"]}
        asked = sum(weights[name] * loss for name, loss in maps.items())
        return {"G": fooled + s["cycleWeight"] * cycle + asked, "cycle": cycle} | maps

    def map_losses(self, settings: Settings, batch: Batch, drawn: dict[str, Tensor]) -> Losses:
        """Sparse maps that stay when their image is translated; where there are masks, these maps alone."""
        a, b = drawn["map_a"], drawn["map_b"]
        if settings["variant"] == "supervised":
            return {"masks": F.l1_loss(a, batch["a_mask"]) + F.l1_loss(b, batch["b_mask"])}
        consistency = F.l1_loss(drawn["map_fake_b"], a.detach()) + F.l1_loss(drawn["map_fake_a"], b.detach())
        return {"sparsity": a.abs().mean() + b.abs().mean(), "consistency": consistency}

    def sample(self, trainer: Trainer) -> Batch:
        """Translates both ways; `attention` is where `input` is changed."""
        batch = self.batch(replace(trainer.task, batch=1))
        a, b = batch["a"], batch["b"]
        for name in PLAYERS:
            trainer[name].eval()
        ((output, attention),), ((output_a, _),) = attended(trainer, "a", a), attended(trainer, "b", b)
        return {"input": a, "output": output, "attention": attention, "input_b": b, "output_a": output_a}

    goldens = (
        # As deep as CycleGAN's residual generators, and as sensitive to rounding.
        Golden(
            "attention-gan",
            "Attention-GAN (Chen et al. 2018): sparse maps that agree there and back.",
            32,
            texts(TINY),
            channels=3,
            batch=1,
            rate=0.005,
            seed="systems/attention-gan-20",
        ),
        Golden(
            "attention-gan-supervised",
            "Attention-GAN whose maps are compared with masks.",
            32,
            texts(f"variant=supervised {TINY}"),
            channels=3,
            batch=2,
            rate=0.005,
            seed="systems/attention-gan-supervised-28",
        ),
    )
    benches = (
        Bench(
            "attention-gan",
            "resnet",
            64,
            3,
            texts("generatorWidth=32 blocks=6 attentionWidth=32 discriminatorWidth=32"),
            batch=4,
        ),
    )


system = AttentionGAN()
