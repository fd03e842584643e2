"""Clustering adversarial autoencoder (Makhzani et al. 2015, section 6)."""

from __future__ import annotations

from ..cases import Bench, Golden, texts
from ..categorical import CategoricalAutoencoder
from ..layers import Dropout
from ..trainer import Batch, Task, Trainer

WIDTHS = "1000,1000"


class ClusteringAAE(CategoricalAutoencoder):
    """The semi-supervised system without labels: the categories are clusters."""

    name = "aae-clusters"
    defaults = {
        "clusters": 30,
        "styleSize": 5,
        "encoderWidths": [3000, 3000],
        "generatorWidths": [3000, 3000],
        "discriminatorWidths": [3000, 3000],
        "inputDropout": 0.2,
        "learningRate": 1e-3,
        "adversarialRate": 2e-4,
        "discriminatorRate": 2e-4,
        "beta1": 0.5,
    }

    def categories(self, task: Task) -> int:
        """The clusters."""
        return task.settings["clusters"]

    def corruption(self, task: Task) -> Dropout:
        """Pixels that are made black."""
        return Dropout(task.settings["inputDropout"], task.draws)

    def step(self, trainer: Trainer, batch: Batch) -> None:
        """The phases of section 2, for both parts of the code."""
        self.autoencode(trainer, batch["images"])

    goldens = (
        Golden(
            "aae-clusters",
            "Clustering adversarial autoencoder with dropout of the input.",
            8,
            texts("clusters=6 styleSize=3 encoderWidths=16,12 generatorWidths=16,12 discriminatorWidths=16,12"),
            batch=32,
        ),
    )
    benches = (Bench("aae-clusters", "mlp", 28, 1, texts(f"encoderWidths={WIDTHS} generatorWidths={WIDTHS} discriminatorWidths={WIDTHS}")),)


system = ClusteringAAE()
