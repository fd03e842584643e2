"""The feature networks as PyTorch modules, and weights for them that need no download."""

from __future__ import annotations

import importlib
from types import ModuleType

import torch
from torch import Tensor, nn

from . import lite

NAMES = ("efficientnet-lite0", "efficientnet-lite1", "inception-fid", "inception-torchvision", "vgg16", "vgg19", "digits", "residual")
State = dict[str, Tensor]


def import_torchvision() -> ModuleType:
    """Imports torchvision also where its compiled operators were built for another torch: models need none of them."""
    original = torch.library.register_fake
    torch.library.register_fake = lambda *_, **__: lambda function: function
    try:
        return importlib.import_module("torchvision")
    finally:
        torch.library.register_fake = original


def build(name: str) -> nn.Module:
    """Returns a network in evaluation mode; its weights are whatever the constructor gives."""
    if name == "efficientnet-lite0":
        return lite.Lite0(folded=True).eval()
    if name == "efficientnet-lite1":
        return lite.Lite1(folded=True).eval()
    if name == "digits":
        return Digits().eval()
    if name == "residual":
        return Residual().eval()
    models = import_torchvision().models
    if name == "inception-fid":
        return fid_inception().eval()
    if name == "inception-torchvision":
        return models.inception_v3(weights=None, init_weights=False, aux_logits=True, transform_input=False).eval()
    return getattr(models, name)(weights=None, init_weights=False).eval()


def fid_inception() -> nn.Module:
    """Returns pytorch-fid's network without its weights, which it would download."""
    import_torchvision()
    inception = importlib.import_module("pytorch_fid.inception")
    original = inception.load_state_dict_from_url
    load = nn.Module.load_state_dict
    inception.load_state_dict_from_url = lambda *_, **__: {}
    nn.Module.load_state_dict = lambda *_, **__: None
    try:
        return inception.fid_inception_v3()
    finally:
        inception.load_state_dict_from_url = original
        nn.Module.load_state_dict = load


def stored(state: State) -> State:
    """Returns the tensors a file of weights holds: no counters, no auxiliary classifier, float32."""
    kept = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked") and not k.startswith("AuxLogits.")}
    return {key: value.float().contiguous() for key, value in kept.items()}


def formula_weights(state: State) -> State:
    """Returns weights that follow from the shapes alone, so that tests in another language have them too.

    Element i of the n-th tensor in order of key starts as u = frac(43758.5453 sin(12.9898 i + n)), uniform in [0, 1).
    """
    return {key: scaled(key, noise(value.numel(), n).reshape(value.shape)) for n, (key, value) in
            enumerate(sorted(state.items()))}


def random_weights(state: State, seed: int) -> State:
    """Returns weights of the same scales from torch's generator."""
    generator = torch.Generator().manual_seed(seed)
    return {key: scaled(key, torch.rand(value.shape, generator=generator)) for key, value in sorted(state.items())}


def noise(count: int, n: int) -> Tensor:
    """Returns `count` values in [0, 1) of the formula above."""
    return torch.frac(torch.sin(torch.arange(count).double() * 12.9898 + n) * 43758.5453).remainder(1.0)


def scaled(key: str, u: Tensor) -> Tensor:
    """Turns uniform values into weights under which activations neither vanish nor explode."""
    if u.ndim > 1:  # variance 2 / fan-in
        return ((u - 0.5) * (24 / u[0].numel()) ** 0.5).float()
    if key.endswith("running_var") or key.endswith("weight"):
        return (u + 0.5).float()
    return ((u - 0.5) * 0.2).float()


def convolutions(inputs: int, outputs: int, count: int) -> nn.Sequential:
    """Returns convolutions with normalisation and ReLU."""
    layers: list[nn.Module] = []
    for position in range(count):
        conv = nn.Conv2d(outputs if position else inputs, outputs, 3, padding=1, bias=False)
        layers += [conv, nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


class Digits(nn.Module):
    """DigitsClassifier of GANMetrics."""

    def __init__(self) -> None:
        super().__init__()
        self.stage1 = convolutions(1, 32, 2)
        self.stage2 = convolutions(32, 64, 2)
        self.stage3 = convolutions(64, 128, 1)
        self.embed = nn.Linear(128 * 4 * 4, 128)
        self.fc = nn.Linear(128, 10)

    def features(self, x: Tensor) -> Tensor:
        """Maps [N, 1, 32, 32] in [-1, 1] to [N, 128]."""
        x = nn.functional.max_pool2d(self.stage1(x), 2)
        x = nn.functional.max_pool2d(self.stage2(x), 2)
        x = nn.functional.avg_pool2d(self.stage3(x), 2)
        return self.embed(x.flatten(1)).relu()

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, 1, 32, 32] in [-1, 1] to [N, 10]."""
        return self.fc(self.features(x))


class Residual(nn.Module):
    """ResidualClassifier of GANMetrics."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.stem = convolutions(3, width, 1)
        self.stage1 = self.halving(width)
        self.block1 = convolutions(2 * width, 2 * width, 2)
        self.stage2 = self.halving(2 * width)
        self.stage3 = self.halving(4 * width)
        self.block3 = convolutions(8 * width, 8 * width, 2)
        self.fc = nn.Linear(8 * width, 10)

    @staticmethod
    def halving(inputs: int) -> nn.Sequential:
        """Returns a convolution that doubles the channels, and a pooling before the normalisation."""
        conv = nn.Conv2d(inputs, 2 * inputs, 3, padding=1, bias=False)
        return nn.Sequential(conv, nn.MaxPool2d(2), nn.BatchNorm2d(2 * inputs), nn.ReLU())

    def features(self, x: Tensor) -> Tensor:
        """Maps [N, 3, 32, 32] to [N, 192]."""
        x = self.stage1(self.stem(x))
        x = self.stage3(self.stage2(x + self.block1(x)))
        return (x + self.block3(x)).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, 3, 32, 32] to [N, 10]."""
        return self.fc(self.features(x))
