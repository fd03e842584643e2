"""Frozen networks by whose maps images are compared, and the tiny ones that goldens are made with."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VGG19 = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
"""Channels and convolutions of each stage (Simonyan & Zisserman 2015, configuration E)."""
LITE0 = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40))
"""Blocks, kernel, stride of the first, expansion and channels of the first stages (Tan & Le 2019, table 1)."""
TINY = "Tests/Fixtures/frozen/vgg19.safetensors", "Tests/Fixtures/frozen/efficientnet-lite0.safetensors"
"""The files of weights of the tiny networks, as a golden's setting names them."""


class VGG(nn.Module):
    """The convolutions of VGG-19; maps after the activation of `last`, a position among torchvision's `features`.

    Position 8 is relu2_2, 35 is relu5_4. Maps are divided by 12.75 (Ledig et al. 2017, section 3.2).
    """

    def __init__(self, last: int, base: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for channels, count in VGG19:
            for _ in range(count):
                layers += [nn.Conv2d(inputs, channels * base // 64, 3, padding=1), nn.ReLU()]
                inputs = channels * base // 64
            layers.append(nn.MaxPool2d(2))
        self.features, self.last = nn.Sequential(*layers), last
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Maps of images [N, 3, H, W] in [-1, 1]."""
        x = ((x + 1) / 2 - self.mean) / self.deviation
        return self.features[: self.last + 1](x) / 12.75


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's border: where it is odd, the pixel more lies right and below."""

    def forward(self, x: Tensor) -> Tensor:
        """Maps [N, C, H, W] to sides of H / stride, rounded up."""
        widths: list[int] = []
        for axis in (1, 0):
            side, stride, kernel = x.shape[2 + axis], self.stride[axis], self.kernel_size[axis]
            total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            widths += [total // 2, total - total // 2]
        return super().forward(F.pad(x, widths))


class Bottleneck(nn.Module):
    """1x1 that widens, one filter a channel, 1x1 that narrows; normalisations are part of the convolutions."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self._expand_conv = SameConv(inputs, inner, 1) if expansion > 1 else None
        self._depthwise_conv = SameConv(inner, inner, kernel, stride, groups=inner)
        self._project_conv = SameConv(inner, outputs, 1)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """The block's output."""
        y = x if self._expand_conv is None else F.relu6(self._expand_conv(x))
        y = self._project_conv(F.relu6(self._depthwise_conv(y)))
        return x + y if self.is_residual else y


class Widened(nn.Module):
    """The beginning of a block."""

    def __init__(self, inputs: int, expansion: int) -> None:
        super().__init__()
        self._expand_conv = SameConv(inputs, inputs * expansion, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The activations in front of the block's filters."""
        return F.relu6(self._expand_conv(x))


class Lite0(nn.Module):
    """EfficientNet-Lite0 up to the activations that its fourth stage is about to halve; a quarter of them."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, 32, 3, 2)
        blocks: list[nn.Module] = []
        inputs = 32
        for count, kernel, stride, expansion, outputs in LITE0:
            for position in range(count):
                blocks.append(Bottleneck(inputs, outputs, kernel, 1 if position else stride, expansion))
                inputs = outputs
        self._blocks = nn.Sequential(*blocks, Widened(inputs, 6))

    def forward(self, x: Tensor) -> Tensor:
        """Maps of images [N, 3, H, W] in [-1, 1]."""
        levels = (x + 1) / 2 * 255
        return self._blocks(F.relu6(self._conv_stem((levels - 127) / 128))) / 4


def perceptual_network(content: str, weights: str) -> nn.Module:
    """The network of the setting `content`, tiny where `weights` names a tiny one; its weights are random."""
    if content == "efficientnet-lite0":
        network: nn.Module = Lite0()
    else:
        network = VGG({"vgg22": 8, "vgg54": 35}[content], base=4 if weights in TINY else 64)
    return drawn(network).requires_grad_(False).eval()


@torch.no_grad()
def drawn(network: nn.Module) -> nn.Module:
    """Draws weights under which activations neither vanish nor explode, from a generator of their own."""
    generator = torch.Generator().manual_seed(19)
    for index, (key, value) in enumerate(network.named_parameters()):
        deviation = (2 / value[0].numel()) ** 0.5 if value.ndim > 1 else 0.1
        # The first convolution of VGG sees numbers of the size of 1, and its maps are divided by 12.75.
        louder = 8.0 if index == 0 and isinstance(network, VGG) else 1.0
        value.copy_(louder * deviation * torch.randn(value.shape, generator=generator))
    return network


def tiny_networks() -> dict[str, nn.Module]:
    """The tiny networks by the names of their files."""
    files = (path.removeprefix("Tests/Fixtures/frozen/").removesuffix(".safetensors") for path in TINY)
    contents = "vgg54", "efficientnet-lite0"
    return {name: perceptual_network(content, path) for name, content, path in zip(files, contents, TINY)}
