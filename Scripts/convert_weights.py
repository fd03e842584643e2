"""Turns weights of feature networks into the safetensors files that GANMetrics reads.

    python Scripts/convert_weights.py inception-fid --from pt_inception-2015-12-05-6726825d.pth --out inception.safetensors
    python Scripts/convert_weights.py vgg16 --from vgg16-397923af.pth --out vgg16.safetensors
    python Scripts/convert_weights.py efficientnet-lite0 --from efficientnet-lite0-57934424.pth --out lite0.safetensors
    python Scripts/convert_weights.py inception-fid --random 7 --out random.safetensors

Prints the SHA-256 of the file, by which results name it. Keys stay those of PyTorch; counters of batches and
torchvision's auxiliary classifier, which evaluation does not use, are left out. The normalisations of
EfficientNet-Lite0 and Lite1 become part of their convolutions; Scripts/bootstrap converts them. `--random` needs torchvision (and for
inception-fid the package pytorch-fid) for the shapes; `--from` needs torch and safetensors only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch

from metrics import lite, networks


def main() -> int:
    """Parses the arguments, writes the file and prints its checksum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=networks.NAMES)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="path", type=Path, help="a .pth file with a state dictionary")
    source.add_argument("--random", type=int, metavar="SEED", help="random weights, for tests")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    arguments = parser.parse_args()

    if arguments.path is not None:
        state = torch.load(arguments.path, map_location="cpu", weights_only=True)
        problem = check(arguments.network, networks.stored(state))
        if problem:
            parser.error(f"{arguments.path}: {problem}")
        if arguments.network.startswith("efficientnet"):
            state = lite.folded(state)
    else:
        state = networks.random_weights(networks.stored(networks.build(arguments.network).state_dict()), arguments.random)
    content = encoded(networks.stored(state), arguments.network)
    arguments.out.write_bytes(content)
    print(hashlib.sha256(content).hexdigest())
    return 0


def encoded(state: networks.State, network: str) -> bytes:
    """Returns a safetensors file, the same bytes whatever versions are installed: checksums of it are written down."""
    header: dict[str, object] = {"__metadata__": {"network": network}}
    data = b""
    for key, tensor in sorted(state.items()):
        values = tensor.numpy().astype("<f4").tobytes()
        header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def check(name: str, state: networks.State) -> str | None:
    """Says what tells that a state dictionary belongs to another network; None if nothing does."""
    classifier = {"inception-fid": ("fc.weight", [1008, 2048]), "inception-torchvision": ("fc.weight", [1000, 2048]),
                  "vgg16": ("features.28.weight", [512, 512, 3, 3]), "vgg19": ("features.34.weight", [512, 512, 3, 3]),
                  "digits": ("fc.weight", [10, 128]), "residual": ("fc.weight", [10, 192]),
                  "efficientnet-lite0": ("_blocks.15._project_conv.weight", [320, 1152, 1, 1]),
                  "efficientnet-lite1": ("_blocks.20._project_conv.weight", [320, 1152, 1, 1])}
    key, shape = classifier[name]
    if key not in state:
        return f"no tensor {key}, so these are no weights of {name}"
    found = list(state[key].shape)
    return None if found == shape else f"{key} has shape {found}, {name} has {shape}"


if __name__ == "__main__":
    raise SystemExit(main())
