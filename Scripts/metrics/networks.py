"""The feature networks as PyTorch modules, and weights for them that need no download."""

from __future__ import annotations

import importlib
from types import ModuleType

import torch
from torch import Tensor, nn

NAMES = ("inception-fid", "inception-torchvision", "vgg16", "vgg19", "digits", "cifar")
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
    if name == "digits":
        return Digits().eval()
    if name == "cifar":
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


class Digits(nn.Module):
    """DigitsClassifier of GANMetrics."""

    def __init__(self) -> None:
        super().__init__()
        self.stage1 = self.stage(1, 32, 2)
        self.stage2 = self.stage(32, 64, 2)
        self.stage3 = self.stage(64, 128, 1)
        self.embed = nn.Linear(128 * 4 * 4, 128)
        self.fc = nn.Linear(128, 10)

    @staticmethod
    def stage(inputs: int, outputs: int, count: int) -> nn.Sequential:
        """Returns convolutions with normalisation and ReLU."""
        layers: list[nn.Module] = []
        for position in range(count):
            conv = nn.Conv2d(outputs if position else inputs, outputs, 3, padding=1, bias=False)
            layers += [conv, nn.BatchNorm2d(outputs), nn.ReLU()]
        return nn.Sequential(*layers)

    def features(self, x: Tensor) -> Tensor:
        """Maps [N, 1, 32, 32] in [-1, 1] to [N, 128]."""
        x = nn.functional.max_pool2d(self.stage1(x), 2)
        x = nn.functional.max_pool2d(self.stage2(x), 2)
        x = nn.functional.avg_pool2d(self.stage3(x), 2)
        return self.embed(x.flatten(1)).relu()

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, 1, 32, 32] in [-1, 1] to [N, 10]."""
        return self.fc(self.features(x))


class BasicBlock(nn.Module):
    """The basic block of He et al. 2016."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Keeps the size, or halves it at stride 2."""
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (self.downsample(x) if self.downsample else x)).relu()


class Residual(nn.Module):
    """ResidualClassifier of GANMetrics."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(BasicBlock(width, width, 1), BasicBlock(width, width, 1))
        self.layer2 = nn.Sequential(BasicBlock(width, 2 * width, 2), BasicBlock(2 * width, 2 * width, 1))
        self.layer3 = nn.Sequential(BasicBlock(2 * width, 4 * width, 2), BasicBlock(4 * width, 4 * width, 1))
        self.fc = nn.Linear(4 * width, 10)

    def features(self, x: Tensor) -> Tensor:
        """Maps [N, 3, 32, 32] to [N, 256]."""
        return self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu()))).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, 3, 32, 32] to [N, 10]."""
        return self.fc(self.features(x))
