"""Family `layers`: one forward and backward pass of every layer.

Keys: `input/<i>`, `weight/<key>` (parameters and buffers before the pass), `random/<ii>` (dropout masks),
`output`, `upstream` (the cotangent), `grad/input<i>`, `grad/<key>`, `after/<key>` (buffers that the training
pass changed) and `eval_output` (evaluation mode, after that pass) where it differs from `output`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from Reference import layers as modules
from Reference.draws import RecordedDraws

from .store import Case, Fixture, seed

FAMILY = "layers"
IMAGES = (2, 4, 6, 6)


def layer_case(
    name: str, note: str, config: dict, make: Callable[[], nn.Module], inputs: Callable[[], list[Tensor]]
) -> Case:
    """Runs one layer forward and backward in training mode, then forward in evaluation mode."""
    seed(FAMILY, name)
    layer = modules.perturb(make()).train()
    arguments = [x.requires_grad_() if x.is_floating_point() else x for x in inputs()]
    tensors = {f"input/{i}": x.detach().clone() for i, x in enumerate(arguments)}
    tensors |= {f"weight/{key}": value.clone() for key, value in layer.state_dict().items()}

    output = layer(*arguments)
    upstream = torch.randn_like(output)
    tensors |= {"output": output.detach(), "upstream": upstream}
    tensors |= _masks(layer)
    tensors |= _gradients(layer, arguments, output, upstream)
    tensors |= {
        f"after/{key}": value.clone()
        for key, value in layer.named_buffers()
        if not torch.equal(value, tensors[f"weight/{key}"])
    }
    with torch.no_grad():
        evaluated = layer.eval()(*arguments)
    if not torch.equal(evaluated, output):
        tensors["eval_output"] = evaluated
    return Case(FAMILY, name, config, note, tensors)


def _masks(layer: nn.Module) -> dict[str, Tensor]:
    """Returns the masks that a dropout layer drew."""
    if not isinstance(layer, modules.Dropout):
        return {}
    return {f"random/{i:02d}": mask for i, mask in enumerate(layer.draws.values)}


def _gradients(layer: nn.Module, arguments: list[Tensor], output: Tensor, upstream: Tensor) -> dict[str, Tensor]:
    """Returns the vector-Jacobian products with respect to floating-point inputs and to parameters."""
    targets = {f"input{i}": x for i, x in enumerate(arguments) if x.is_floating_point()}
    targets |= dict(layer.named_parameters())
    gradients = torch.autograd.grad(output, list(targets.values()), upstream)
    return {f"grad/{key}": gradient for key, gradient in zip(targets, gradients)}


def _images(*shape: int) -> Callable[[], list[Tensor]]:
    return lambda: [torch.randn(shape)]


def _linear_and_convolutions() -> Iterator[Case]:
    for name, bias in (("linear", True), ("linear-no-bias", False)):
        config = {"layer": "Linear", "in": 5, "out": 3, "bias": bias}
        yield layer_case(name, "Linear map.", config, partial(nn.Linear, 5, 3, bias=bias), _images(4, 5))

    convolutions = {
        "conv2d-k3s1p1": dict(kernel=3, stride=1, padding=1),
        "conv2d-k4s2p1": dict(kernel=4, stride=2, padding=1),
        "conv2d-k5s2p2": dict(kernel=5, stride=2, padding=2),
        "conv2d-dilation": dict(kernel=3, stride=1, padding=2, dilation=2),
        "conv2d-groups": dict(kernel=3, stride=1, padding=1, groups=2),
        "conv2d-no-bias": dict(kernel=3, stride=1, padding=1, bias=False),
        "conv2d-1x1": dict(kernel=1, stride=1, padding=0),
    }
    for name, options in convolutions.items():
        options = dict(dilation=1, groups=1, bias=True) | options
        config = {"layer": "Conv2d", "in": 4, "out": 6} | options
        yield layer_case(name, "Convolution.", config, partial(_convolution, nn.Conv2d, options), _images(*IMAGES))

    transposed = {
        "conv-transpose2d-k4s2p1": dict(kernel=4, stride=2, padding=1),
        "conv-transpose2d-k5s2p2": dict(kernel=5, stride=2, padding=2, output_padding=1),
        "conv-transpose2d-no-bias": dict(kernel=4, stride=2, padding=1, bias=False),
    }
    for name, options in transposed.items():
        options = dict(output_padding=0, bias=True) | options
        config = {"layer": "ConvTranspose2d", "in": 4, "out": 6} | options
        yield layer_case(
            name, "Transposed convolution.", config, partial(_convolution, nn.ConvTranspose2d, options), _images(2, 4, 4, 4)
        )


def _convolution(kind: type[nn.Module], options: dict) -> nn.Module:
    options = dict(options)
    return kind(4, 6, kernel_size=options.pop("kernel"), **options)


def _normalisations() -> Iterator[Case]:
    def case(name: str, config: dict, make: Callable[[], nn.Module], shape: tuple[int, ...]) -> Case:
        return layer_case(name, "Normalisation layer, epsilon 1e-5.", {"eps": 1e-5} | config, make, _images(*shape))

    yield case(
        "batch-norm1d", dict(layer="BatchNorm1d", features=5, momentum=0.1, affine=True), lambda: nn.BatchNorm1d(5), (6, 5)
    )
    for name, momentum, affine in (
        ("batch-norm2d", 0.1, True),
        ("batch-norm2d-momentum", 0.2, True),
        ("batch-norm2d-no-affine", 0.1, False),
    ):
        config = dict(layer="BatchNorm2d", features=3, momentum=momentum, affine=affine)
        make = partial(nn.BatchNorm2d, 3, momentum=momentum, affine=affine)
        yield case(name, config, make, (4, 3, 5, 5))
    for name, affine in (("instance-norm2d", False), ("instance-norm2d-affine", True)):
        config = dict(layer="InstanceNorm2d", features=3, affine=affine)
        yield case(name, config, partial(nn.InstanceNorm2d, 3, affine=affine), (2, 3, 5, 5))
    yield case("layer-norm-images", dict(layer="LayerNorm", shape=[3, 4, 4]), lambda: nn.LayerNorm([3, 4, 4]), (2, 3, 4, 4))
    yield case("layer-norm-last", dict(layer="LayerNorm", shape=[6]), lambda: nn.LayerNorm(6), (4, 6))
    config = dict(layer="ImageLayerNorm", channels=3)
    yield case("image-layer-norm", config, lambda: nn.GroupNorm(1, 3), (2, 3, 4, 5))
    yield layer_case(
        "conditional-batch-norm2d",
        "Batch normalisation with one gain and bias per class.",
        dict(layer="ConditionalBatchNorm2d", features=3, classes=4, momentum=0.1, eps=1e-5),
        _conditional_batch_norm,
        lambda: [torch.randn(6, 3, 4, 4), torch.tensor([2, 0, 3, 3, 1, 2])],
    )


def _conditional_batch_norm() -> nn.Module:
    layer = modules.ConditionalBatchNorm2d(3, 4)
    nn.init.normal_(layer.gain.weight, 1, 0.3)
    nn.init.normal_(layer.bias.weight, 0, 0.3)
    return layer


def _activations() -> Iterator[Case]:
    activations: dict[str, tuple[dict, Callable[[], nn.Module]]] = {
        "leaky-relu": (dict(layer="LeakyReLU", slope=0.2), lambda: nn.LeakyReLU(0.2)),
        "relu": (dict(layer="ReLU"), nn.ReLU),
        "tanh": (dict(layer="Tanh"), nn.Tanh),
        "sigmoid": (dict(layer="Sigmoid"), nn.Sigmoid),
        "softplus": (dict(layer="Softplus"), nn.Softplus),
        "gelu": (dict(layer="GELU", approximate="none"), nn.GELU),
        "silu": (dict(layer="SiLU"), nn.SiLU),
        "elu": (dict(layer="ELU", alpha=1.0), nn.ELU),
        "signed-sigmoid": (dict(layer="SignedSigmoid"), modules.SignedSigmoid),
    }
    for name, (config, make) in activations.items():
        yield layer_case(name, "Activation function.", config, make, lambda: [3 * torch.randn(4, 8)])
    for name, count in (("prelu", 1), ("prelu-channels", 4)):
        config = dict(layer="PReLU", parameters=count, initial=0.25)
        yield layer_case(name, "Parametric rectifier.", config, partial(nn.PReLU, count), _images(2, 4, 3, 3))
    for name, shape in (("tprelu", (2, 4, 3, 3)), ("tprelu-vectors", (6, 4))):
        config = dict(layer="TPReLU", parameters=4)
        yield layer_case(name, "Translated parametric rectifier.", config, partial(modules.TPReLU, 4), _images(*shape))
    config = {"layer": "Maxout", "in": 6, "out": 4, "pieces": 3}
    yield layer_case("maxout", "Maxout unit.", config, lambda: modules.Maxout(6, 4, 3), _images(5, 6))


def _resampling() -> Iterator[Case]:
    layers: dict[str, tuple[dict, Callable[[], nn.Module]]] = {
        "reflection-pad2d": (dict(layer="ReflectionPad2d", padding=[2, 1, 3, 1]), lambda: nn.ReflectionPad2d((2, 1, 3, 1))),
        "zero-pad2d": (dict(layer="ZeroPad2d", padding=[2, 1, 3, 1]), lambda: nn.ZeroPad2d((2, 1, 3, 1))),
        "replication-pad2d": (
            dict(layer="ReplicationPad2d", padding=[2, 1, 3, 1]),
            lambda: nn.ReplicationPad2d((2, 1, 3, 1)),
        ),
        "pixel-shuffle": (dict(layer="PixelShuffle", factor=2), lambda: nn.PixelShuffle(2)),
        "avg-pool2d": (dict(layer="AvgPool2d", kernel=2), lambda: nn.AvgPool2d(2)),
        "max-pool2d": (dict(layer="MaxPool2d", kernel=2), lambda: nn.MaxPool2d(2)),
        "adaptive-avg-pool2d": (dict(layer="AdaptiveAvgPool2d", size=1), lambda: nn.AdaptiveAvgPool2d(1)),
        "upsample-nearest": (dict(layer="Upsample", mode="nearest", scale=2), lambda: nn.Upsample(scale_factor=2)),
        "upsample-bilinear": (
            dict(layer="Upsample", mode="bilinear", scale=2, align_corners=False),
            lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        ),
    }
    note = "Padding, pooling or resampling; padding is (left, right, top, bottom)."
    for name, (config, make) in layers.items():
        yield layer_case(name, note, config, make, _images(2, 4, 4, 6))


def _dropout_and_embedding() -> Iterator[Case]:
    config = dict(layer="Embedding", classes=5, features=3)
    labels = torch.tensor([4, 0, 2, 2, 1])
    yield layer_case("embedding", "Embedding.", config, lambda: nn.Embedding(5, 3), lambda: [labels])
    for name, rate, channels in (("dropout", 0.5, False), ("dropout-rate", 0.2, False), ("dropout2d", 0.25, True)):
        config = dict(layer="Dropout2d" if channels else "Dropout", rate=rate)
        make = partial(modules.Dropout, rate, RecordedDraws(), channels)
        yield layer_case(name, "Dropout with the given mask of kept values.", config, make, _images(4, 6, 3, 3))


def _reparametrisations() -> Iterator[Case]:
    wrappers: dict[str, tuple[str, Callable[[nn.Module], nn.Module], dict]] = {
        "spectral-norm": ("SpectralNorm", modules.SpectralNorm, dict(eps=1e-12, iterations=1)),
        "weight-norm": ("WeightNorm", modules.WeightNorm, dict(dim=0)),
        "equalised": ("Equalised", modules.Equalised, dict(gain="sqrt(2)", initial="N(0, 1)")),
    }
    for name, (kind, wrapper, options) in wrappers.items():
        note = f"{kind} of a layer, by its paper's formula."
        config = {"layer": kind, "of": "Conv2d", "in": 4, "out": 6, "kernel": 3, "stride": 1, "padding": 1} | options
        make = partial(_wrapped, wrapper, partial(nn.Conv2d, 4, 6, 3, padding=1))
        yield layer_case(f"{name}-conv2d", note, config, make, _images(*IMAGES))
        config = {"layer": kind, "of": "Linear", "in": 5, "out": 3} | options
        make = partial(_wrapped, wrapper, partial(nn.Linear, 5, 3))
        yield layer_case(f"{name}-linear", note, config, make, _images(4, 5))


def _strict_weight_norms() -> Iterator[Case]:
    """Small weights, for which the 1e-6 under the root counts."""
    layers: dict[str, tuple[dict, Callable[[], nn.Module], tuple[int, ...]]] = {
        "linear": ({"of": "Linear", "in": 5, "out": 3}, partial(nn.Linear, 5, 3), (4, 5)),
        "conv2d": (
            {"of": "Conv2d", "in": 4, "out": 6, "kernel": 4, "stride": 2, "padding": 1},
            partial(nn.Conv2d, 4, 6, 4, 2, 1),
            IMAGES,
        ),
        "conv-transpose2d": (
            {"of": "ConvTranspose2d", "in": 4, "out": 6, "kernel": 4, "stride": 2, "padding": 1},
            partial(nn.ConvTranspose2d, 4, 6, 4, 2, 1),
            (2, 4, 4, 4),
        ),
    }
    for name, (config, make, shape) in layers.items():
        for kind, affine in (("strict", False), ("affine", True)):
            config = {"layer": "StrictWeightNorm", "affine": affine, "eps": 1e-6} | config
            note = "Weight normalisation of Xiang & Li 2017, by its formula."
            yield layer_case(f"{kind}-weight-norm-{name}", note, config, partial(_small, make, affine), _images(*shape))


def _small(make: Callable[[], nn.Module], affine: bool) -> nn.Module:
    layer = make()
    with torch.no_grad():
        layer.weight.mul_(0.01)
    return modules.StrictWeightNorm(layer, affine)


def _wrapped(wrapper: Callable[[nn.Module], nn.Module], make: Callable[[], nn.Module]) -> nn.Module:
    """Returns a wrapped new layer; equalised layers store N(0, 1) weights."""
    layer = make()
    if wrapper is modules.Equalised:
        nn.init.normal_(layer.weight)
    return wrapper(layer)


def _composites() -> Iterator[Case]:
    layers: dict[str, tuple[dict, Callable[[], nn.Module]]] = {
        "self-attention": (dict(layer="SelfAttention", channels=16), _self_attention),
        "generator-block-up": (
            {"layer": "GeneratorBlock", "in": 16, "out": 4},
            lambda: modules.GeneratorBlock(16, 4),
        ),
        "critic-block-down": (
            {"layer": "CriticBlock", "in": 16, "hidden": 16, "out": 8},
            lambda: modules.CriticBlock(16, 8),
        ),
        "critic-block-plain": (dict(layer="PlainCriticBlock", channels=16), lambda: modules.PlainCriticBlock(16)),
        "critic-block-first": ({"layer": "FirstCriticBlock", "in": 16, "out": 4}, lambda: modules.FirstCriticBlock(16, 4)),
        "upsample-conv2d": ({"layer": "UpsampleConv2d", "in": 16, "out": 3}, lambda: modules.UpsampleConv2d(16, 3)),
        "conv-pool2d": ({"layer": "ConvPool2d", "in": 16, "out": 3}, lambda: modules.ConvPool2d(16, 3)),
        "pixel-norm": (dict(layer="PixelNorm", eps=1e-8), modules.PixelNorm),
    }
    for name, (config, make) in layers.items():
        yield layer_case(name, "Composite layer, by its literal composition.", config, make, _images(2, 16, 4, 4))
    config = dict(layer="MinibatchStandardDeviation", group=4, features=1, eps=1e-8)
    yield layer_case(
        "minibatch-standard-deviation",
        "Minibatch standard deviation; image i is in group i mod (N / group).",
        config,
        modules.MinibatchStandardDeviation,
        _images(8, 3, 4, 4),
    )


def _self_attention() -> nn.Module:
    layer = modules.SelfAttention(16)
    nn.init.constant_(layer.gamma, 0.7)
    return layer


def fixtures() -> list[Fixture]:
    """Returns every case of the family."""
    return [
        *_linear_and_convolutions(),
        *_normalisations(),
        *_activations(),
        *_resampling(),
        *_dropout_and_embedding(),
        *_reparametrisations(),
        *_strict_weight_norms(),
        *_composites(),
    ]
