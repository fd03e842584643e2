"""Features and logits of images [N, C, H, W] in [0, 1], each as the package that defines the network computes them."""

from __future__ import annotations

import importlib

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import networks


def compute(name: str, state: networks.State, images: Tensor, batch: int = 32) -> tuple[Tensor, Tensor]:
    """Returns features and logits under the weights `state`."""
    module = networks.build(name)
    missing, unexpected = module.load_state_dict(state, strict=False)
    wrong = [k for k in missing if not k.endswith("num_batches_tracked") and not k.startswith("AuxLogits.")]
    if wrong or unexpected:
        raise ValueError(f"{name}: missing {wrong}, unexpected {unexpected}")
    function = {"inception-fid": pytorch_fid, "inception-torchvision": torchvision_inception,
                "vgg16": vgg, "vgg19": vgg, "digits": digits, "residual": residual,
                "efficientnet-lite0": lite0, "efficientnet-lite1": lite0}[name](module)
    with torch.no_grad():
        parts = [function(part) for part in images.float().split(batch)]
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])


def pytorch_fid(module: nn.Module):
    """pytorch-fid's own wrapper around `module`; logits without offset, as the Inception Score takes them."""
    inception = importlib.import_module("pytorch_fid.inception")
    original = inception.fid_inception_v3
    inception.fid_inception_v3 = lambda: module
    try:
        wrapper = inception.InceptionV3([3]).eval()
    finally:
        inception.fid_inception_v3 = original

    def outputs(images: Tensor) -> tuple[Tensor, Tensor]:
        features = wrapper(images)[0][:, :, 0, 0]
        return features, features @ module.fc.weight.T

    return outputs


def torchvision_inception(module: nn.Module):
    """torchvision's forward pass, with a hook in front of the classifier."""
    return hooked(module, module.fc, lambda x: 2 * F.interpolate(x, (299, 299), mode="bilinear") - 1)


def vgg(module: nn.Module):
    """torchvision's forward pass, with a hook in front of the last layer: the activation of fc2."""
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)
    return hooked(module, module.classifier[6],
                  lambda x: (F.interpolate(x, (224, 224), mode="bilinear") - mean) / deviation)


def digits(module: nn.Module):
    """Luma, 28 padded to 32."""
    luma = torch.tensor([0.299, 0.587, 0.114]).reshape(1, 3, 1, 1)

    def prepared(x: Tensor) -> Tensor:
        x = (x * luma).sum(1, keepdim=True) if x.shape[1] == 3 else x
        x = F.pad(x, (2, 2, 2, 2)) if x.shape[2:] == (28, 28) else x
        return 2 * F.interpolate(x, (32, 32), mode="bilinear") - 1

    return hooked(module, module.fc, prepared)


def residual(module: nn.Module):
    """Resized to 32."""
    return hooked(module, module.fc, lambda x: 2 * F.interpolate(x, (32, 32), mode="bilinear") - 1)


def lite0(module: nn.Module):
    """Resized to 128 by cubic interpolation, the bytes (x - 127) / 128."""
    return hooked(module, module._fc, lambda x: (
        F.interpolate(x, (128, 128), mode="bicubic", antialias=True) * 255 - 127) / 128)


def hooked(module: nn.Module, last: nn.Module, prepared):
    """Returns what enters `last` and what the whole module gives."""
    seen: list[Tensor] = []
    last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))

    def outputs(images: Tensor) -> tuple[Tensor, Tensor]:
        logits = module(prepared(images))
        return seen.pop(), logits

    return outputs
