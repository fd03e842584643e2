"""Layers that PyTorch lacks, written literally from their papers' formulas."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .draws import Draws


class Dropout(nn.Module):
    """Inverted dropout.

    Args:
        channels: whether whole channels are dropped, as `Dropout2d` does.
    """

    def __init__(self, rate: float, draws: Draws, channels: bool = False) -> None:
        super().__init__()
        self.rate, self.draws, self.channels = rate, draws, channels

    def forward(self, x: Tensor) -> Tensor:
        return self.draws.dropped(x, self.rate, self.channels) if self.training else x


def with_dropout(network: nn.Module) -> nn.Module:
    """The network as it is used, but for its dropout, which is its noise."""
    network.eval()
    for layer in network.modules():
        if isinstance(layer, Dropout):
            layer.train()
    return network


class GaussianNoise(nn.Module):
    """Adds N(0, deviation^2) in training."""

    def __init__(self, deviation: float, draws: Draws) -> None:
        super().__init__()
        self.deviation, self.draws = deviation, draws

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.deviation == 0:
            return x
        return x + self.deviation * self.draws.normal_like(x)


class Maxout(nn.Module):
    """Maxout unit (Goodfellow et al. 2013, section 2): h_i = max_j (x W_ij + b_ij)."""

    def __init__(self, inputs: int, outputs: int, pieces: int) -> None:
        super().__init__()
        linear = nn.Linear(inputs, outputs * pieces)
        self.weight, self.bias = linear.weight, linear.bias
        self.outputs, self.pieces = outputs, pieces

    def forward(self, x: Tensor) -> Tensor:
        pieces = F.linear(x, self.weight, self.bias).view(len(x), self.outputs, self.pieces)
        return pieces.max(-1).values


class SignedSigmoid(nn.Module):
    """A sigmoid output unit carried from [0, 1] to [-1, 1]: 2 sigmoid(x) - 1."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * torch.sigmoid(x) - 1


class OffsetBatchNorm(_BatchNorm):
    """Batch normalisation of vectors or images with an offset, `bias`, but no gain."""

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__(channels, eps, affine=False)
        self.bias = nn.Parameter(torch.zeros(channels))

    def _check_input_dim(self, x: Tensor) -> None:
        if x.dim() not in (2, 4):
            raise ValueError(f"expected vectors or images, got {x.dim()} dimensions")


class ConditionalBatchNorm2d(nn.Module):
    """Batch normalisation with one gain and one bias per class (Dumoulin et al. 2017, equation 5)."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Embedding(classes, channels)
        self.bias = nn.Embedding(classes, channels)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        gain, bias = self.gain(labels)[:, :, None, None], self.bias(labels)[:, :, None, None]
        return gain * self.norm(x) + bias


class BatchRenorm(nn.Module):
    """Batch renormalisation of images (Ioffe 2017, algorithm 1).

    What the batch's own mean and deviation give is multiplied by r and shifted by d, which lead to what the running
    ones would give. Both are constants of the backward pass, within [1 / r_max, r_max] and [-d_max, d_max]. The limits
    widen with every `interval` batches; their values, and epsilon, are those of the code of Li 2018.
    """

    LIMITS = (1.1, 0.1), (1.5, 0.3), (2.0, 0.5), (4.0, 1.0)
    EPSILON, MOMENTUM = 1e-3, 0.01

    def __init__(self, channels: int, interval: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_std", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        self.register_buffer("limits", torch.tensor(self.LIMITS), persistent=False)
        self.interval = interval

    def forward(self, x: Tensor) -> Tensor:
        mean, std = self.running_mean, self.running_std
        if self.training:
            mean, std = x.mean((0, 2, 3)), torch.sqrt(x.var((0, 2, 3), correction=0) + self.EPSILON)
        y = (x - mean[:, None, None]) / std[:, None, None]
        if self.training:
            r, d = self.corrections(mean.detach(), std.detach())
            y = y * r[:, None, None] + d[:, None, None]
        return self.weight[:, None, None] * y + self.bias[:, None, None]

    @torch.no_grad()
    def corrections(self, mean: Tensor, std: Tensor) -> tuple[Tensor, Tensor]:
        """r and d of a batch, which then moves the running mean and deviation."""
        r_max, d_max = self.limits[(self.num_batches_tracked // self.interval).clamp(max=len(self.LIMITS) - 1)]
        r = (std / self.running_std).clamp(1 / r_max, r_max)
        d = ((mean - self.running_mean) / self.running_std).clamp(-d_max, d_max)
        self.running_mean += self.MOMENTUM * (mean - self.running_mean)
        self.running_std += self.MOMENTUM * (std - self.running_std)
        self.num_batches_tracked += 1
        return r, d


class SpectralNorm(nn.Module):
    """Spectral normalisation of a linear map, convolution or embedding (Miyato et al. 2018, algorithm 1).

    The iteration runs on W's data: u and v are constants of the backward pass, sigma = u^T W v is not. As in
    the authors' code, evaluation computes the same sigma but leaves the stored u alone, and so does a pass that
    is `untracked`.
    """

    tracked = True

    def __init__(self, layer: nn.Linear | nn.Conv2d | nn.Embedding) -> None:
        super().__init__()
        self.weight = layer.weight
        self.bias = None if isinstance(layer, nn.Embedding) else layer.bias
        self.register_buffer("u", torch.randn(layer.weight.shape[0]))
        self.embeds = isinstance(layer, nn.Embedding)
        self.stride, self.padding = (
            (layer.stride[0], layer.padding[0]) if isinstance(layer, nn.Conv2d) else (None, None)
        )

    def normalised_weight(self) -> Tensor:
        """Returns W / sigma(W), storing the advanced u in training mode."""
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            v = F.normalize(matrix.t() @ self.u, dim=0, eps=1e-12)
            u = F.normalize(matrix @ v, dim=0, eps=1e-12)
        if self.training and self.tracked:
            self.u.copy_(u)
        return self.weight / torch.dot(u, matrix @ v)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.normalised_weight()
        if self.embeds:
            return F.embedding(x, weight)
        if self.padding is None:
            return F.linear(x, weight, self.bias)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


def spectrally_normalised(network: nn.Module) -> nn.Module:
    """Puts spectral normalisation on every linear map, convolution and embedding; adds the buffers `<layer>.u`.

    The gains and biases of conditional batch norms are no maps and stay as they are.
    """
    for name, child in network.named_children():
        if isinstance(child, (nn.Linear, nn.Conv2d, nn.Embedding)):
            setattr(network, name, SpectralNorm(child))
        elif not isinstance(child, ConditionalBatchNorm2d):
            spectrally_normalised(child)
    return network


class WeightNorm(nn.Module):
    """Weight normalisation (Salimans & Kingma 2016, equation 2): w = g v / ||v||, one g per output.

    Args:
        trained: whether g is a parameter; else it is 1 until somebody sets it.
    """

    def __init__(self, layer: nn.Linear | nn.Conv2d, trained: bool = True) -> None:
        super().__init__()
        shape = (-1,) + (1,) * (layer.weight.dim() - 1)
        norm = layer.weight.detach().flatten(1).norm(dim=1).view(shape)
        if trained:
            self.weight_g = nn.Parameter(norm)
        else:
            self.register_buffer("weight_g", torch.ones_like(norm))
        self.weight_v = layer.weight
        self.bias = layer.bias
        self.padding = layer.padding[0] if isinstance(layer, nn.Conv2d) else None

    def forward(self, x: Tensor) -> Tensor:
        weight = self.normalised_weight()
        if self.padding is None:
            return F.linear(x, weight, self.bias)
        return F.conv2d(x, weight, self.bias, padding=self.padding)

    def normalised_weight(self) -> Tensor:
        """g v / ||v||."""
        norm = self.weight_v.flatten(1).norm(dim=1).view_as(self.weight_g)
        return self.weight_g * self.weight_v / norm


class FusedWeightNorm(WeightNorm):
    """Weight normalisation by PyTorch's own operation, which takes a tenth of the formula's time."""

    def normalised_weight(self) -> Tensor:
        """g v / ||v||."""
        return torch._weight_norm(self.weight_v, self.weight_g, 0)


FUNCTIONS = {nn.Linear: F.linear, nn.Conv2d: F.conv2d, nn.ConvTranspose2d: F.conv_transpose2d}
"""What layers do with their input, weight and bias."""


class StrictWeightNorm(nn.Module):
    """Weight normalisation as in Xiang & Li 2017: w = v / sqrt(c sum v^2 + 1e-6), one sum for each output.

    c is 1, and 1 / stride^2 for a transposed convolution, of whose kernel each place of the output sees only that share.

    Args:
        affine: whether the outputs are scaled by `weight_g` and moved by `bias`, at first 1 and 0.
    """

    def __init__(self, layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, affine: bool = False) -> None:
        super().__init__()
        transposed = isinstance(layer, nn.ConvTranspose2d)
        shape = [1] * layer.weight.dim()
        shape[1 if transposed else 0] = -1
        outputs = layer.weight.shape[1 if transposed else 0]
        self.weight_g = nn.Parameter(torch.ones(outputs).view(shape)) if affine else None
        self.weight_v = layer.weight
        self.bias = nn.Parameter(torch.zeros(outputs)) if affine else None
        self.function = FUNCTIONS[type(layer)]
        self.options = {} if isinstance(layer, nn.Linear) else dict(stride=layer.stride, padding=layer.padding)
        self.axes = [axis for axis, size in enumerate(shape) if size == 1]
        self.share = 1 / math.prod(layer.stride) if transposed else 1

    def normalised_weight(self) -> Tensor:
        """g v / sqrt(c sum v^2 + 1e-6)."""
        squares = self.weight_v.square().sum(self.axes, keepdim=True)
        weight = self.weight_v * torch.rsqrt(self.share * squares + 1e-6)
        return weight if self.weight_g is None else self.weight_g * weight

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.normalised_weight(), self.bias, **self.options)


class TPReLU(nn.Module):
    """Translated PReLU (Xiang & Li 2017): x above a learned threshold, below it slope (x - threshold) + threshold."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.full((channels,), 0.25))
        self.threshold = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        threshold = self.threshold.view(-1, *[1] * (x.dim() - 2))
        return F.prelu(x - threshold, self.slope) + threshold


class Equalised(nn.Module):
    """Equalised learning rate (Karras et al. 2018, section 4.1): w' = w * gain / sqrt(fan_in) at run time."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias
        self.scale = gain / math.sqrt(layer.weight[0].numel())
        self.padding = layer.padding[0] if isinstance(layer, nn.Conv2d) else None

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight * self.scale
        if self.padding is None:
            return F.linear(x, weight, self.bias)
        return F.conv2d(x, weight, self.bias, padding=self.padding)


class SelfAttention(nn.Module):
    """Self-attention over positions (Zhang et al. 2019, section 3): gamma * v(o) + x.

    `query` is the paper's g, `key` its f, `value` its h and `output` its v. Keys and values are the largest of 2x2
    positions: position j attends to the pooled positions i by a softmax over i of query_j . key_i.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query, self.key = (nn.Conv2d(channels, channels // 8, 1, bias=False) for _ in range(2))
        self.value = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.output = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.tensor(0.0))

    def forward(self, x: Tensor) -> Tensor:
        query = self.query(x).flatten(2)
        key, value = (F.max_pool2d(layer(x), 2).flatten(2) for layer in (self.key, self.value))
        scores = torch.einsum("ncj,nci->nji", query, key)
        o = torch.einsum("nji,nci->ncj", scores.softmax(dim=2), value)
        return self.gamma * self.output(o.unflatten(2, x.shape[2:])) + x


class UpsampleConv2d(nn.Conv2d):
    """Nearest-neighbour x2 up-sampling followed by a 3x3 convolution (Odena et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, 3, padding=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.interpolate(x, scale_factor=2, mode="nearest"))


class ConvPool2d(nn.Conv2d):
    """A 3x3 convolution followed by 2x2 average pooling (Gulrajani et al. 2017, appendix F)."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, 3, padding=1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(super().forward(x), 2)


class PixelNorm(nn.Module):
    """Pixelwise feature normalisation (Karras et al. 2018, section 4.2), epsilon 1e-8."""

    def forward(self, x: Tensor) -> Tensor:
        return x / torch.sqrt(x.square().mean(1, keepdim=True) + 1e-8)


class MinibatchStandardDeviation(nn.Module):
    """Minibatch standard deviation (Karras et al. 2018, section 3), one feature map per group.

    With M = N / group, image i belongs to group i mod M. The deviation is the biased one, epsilon 1e-8 under
    the root, and its mean over channels and positions is appended as the last channel.
    """

    def __init__(self, group: int = 4) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        group = min(self.group, len(x))
        grouped = x.view(group, -1, *x.shape[1:])
        variance = (grouped - grouped.mean(0)).square().mean(0)
        statistic = torch.sqrt(variance + 1e-8).mean((1, 2, 3)).repeat(group)
        return torch.cat([x, statistic.view(-1, 1, 1, 1).expand(-1, 1, *x.shape[2:])], 1)


class GeneratorBlock(nn.Module):
    """Up-sampling residual block (Gulrajani et al. 2017, appendix F): BN-ReLU-up-conv-BN-ReLU-conv."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.interpolate(F.relu(self.norm1(x)), scale_factor=2, mode="nearest"))
        h = self.conv2(F.relu(self.norm2(h)))
        return h + self.shortcut(F.interpolate(x, scale_factor=2, mode="nearest"))


class ConditionalGeneratorBlock(nn.Module):
    """The up-sampling residual block with conditional batch norms, each {norm, gain, bias}."""

    def __init__(self, inputs: int, outputs: int, classes: int) -> None:
        super().__init__()
        self.norm1 = ConditionalBatchNorm2d(inputs, classes)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = ConditionalBatchNorm2d(outputs, classes)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)
        for norm in (self.norm1, self.norm2):
            nn.init.normal_(norm.gain.weight, 1, 0.3)
            nn.init.normal_(norm.bias.weight, 0, 0.3)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        h = self.conv1(F.interpolate(F.relu(self.norm1(x, labels)), scale_factor=2, mode="nearest"))
        h = self.conv2(F.relu(self.norm2(h, labels)))
        return h + self.shortcut(F.interpolate(x, scale_factor=2, mode="nearest"))


class CriticBlock(nn.Module):
    """Down-sampling residual block without normalisation: ReLU-conv-ReLU-conv-pool.

    As in the code of Gulrajani et al. 2017, the first convolution keeps the number of channels, unless `hidden` says
    otherwise.
    """

    def __init__(self, inputs: int, outputs: int, hidden: int | None = None) -> None:
        super().__init__()
        hidden = hidden or inputs
        self.conv1 = nn.Conv2d(inputs, hidden, 3, padding=1)
        self.conv2 = nn.Conv2d(hidden, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(F.relu(self.conv1(F.relu(x))))
        return F.avg_pool2d(h, 2) + F.avg_pool2d(self.shortcut(x), 2)


class PlainCriticBlock(nn.Module):
    """Residual block at constant resolution and width: ReLU-conv-ReLU-conv plus the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(F.relu(self.conv1(F.relu(x)))) + x


class FirstCriticBlock(nn.Module):
    """The critic's first block ("optimised" in the code of Gulrajani et al. 2017): conv-ReLU-conv-pool."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(F.relu(self.conv1(x)))
        return F.avg_pool2d(h, 2) + self.shortcut(F.avg_pool2d(x, 2))


@contextlib.contextmanager
def untracked(network: nn.Module) -> Iterator[None]:
    """Meanwhile passes in training leave running statistics and the vectors of power iterations as they are."""
    norms = [layer for layer in network.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]
    spectral = [layer for layer in network.modules() if isinstance(layer, SpectralNorm)]
    for norm in norms:
        norm.track_running_stats = False
    for layer in spectral:
        layer.tracked = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
        for layer in spectral:
            layer.tracked = True


@torch.no_grad()
def perturb(module: nn.Module) -> nn.Module:
    """Moves what starts at 0 or 1 off it: normalisations, running statistics, learned slopes, attention's gamma."""
    for part in module.modules():
        if isinstance(part, (_BatchNorm, nn.InstanceNorm2d, nn.LayerNorm, nn.GroupNorm)):
            for parameter in (part.weight, part.bias):
                if parameter is not None:
                    parameter.add_(0.2 * torch.randn_like(parameter))
        if isinstance(part, _BatchNorm):
            part.running_mean.normal_(0, 0.2)
            part.running_var.uniform_(0.5, 1.5)
        if isinstance(part, BatchRenorm):
            for parameter in (part.weight, part.bias):
                parameter.add_(0.2 * torch.randn_like(parameter))
            part.running_mean.normal_(0, 0.2)
            part.running_std.uniform_(0.7, 1.2)
        if isinstance(part, StrictWeightNorm) and part.bias is not None:
            for parameter in (part.weight_g, part.bias):
                parameter.add_(0.2 * torch.randn_like(parameter))
        if isinstance(part, TPReLU):
            part.threshold.normal_(0, 0.2)
            # Half of the slopes lie at an end of [0, 1], where an update may lead out of it.
            part.slope.uniform_(-0.5, 1.5).clamp_(0, 1)
        if isinstance(part, SelfAttention):
            part.gamma.add_(0.5 + 0.2 * torch.rand(()))
    return module
