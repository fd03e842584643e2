"""Turns weights of PyTorch into the safetensors files that SwiftGAN reads: of feature networks, and of networks for `gan import`.

    python Scripts/convert_weights.py inception-fid --from pt_inception-2015-12-05-6726825d.pth --out inception.safetensors
    python Scripts/convert_weights.py vgg16 --from vgg16-397923af.pth --out vgg16.safetensors
    python Scripts/convert_weights.py efficientnet-lite0 --from efficientnet-lite0-57934424.pth --out lite0.safetensors
    python Scripts/convert_weights.py state-dict --from latest_net_G.pth --out generator.safetensors
    python Scripts/convert_weights.py inception-fid --random 7 --out random.safetensors

Prints the SHA-256 of the file, by which results name it. Keys stay those of PyTorch; counters of batches and
torchvision's auxiliary classifier, which evaluation does not use, are left out. The normalisations of
EfficientNet-Lite0 and Lite1 become part of their convolutions; Scripts/bootstrap converts them. `--random` needs torchvision (and for
inception-fid the package pytorch-fid) for the shapes; `--from` needs torch and safetensors only.

`state-dict` takes any state dictionary, also one that lies in the file under `state_dict`, `model`, `generator` or
the like, or whose keys begin with `module.`; the file tells the order of its tensors. Files are read without running
code that they may hold (`weights_only`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch

from metrics import lite, networks

PLAIN = "state-dict"


def main() -> int:
    """Parses the arguments, writes the file and prints its checksum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=(*networks.NAMES, PLAIN))
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="path", type=Path, help="a .pth file with a state dictionary")
    source.add_argument("--random", type=int, metavar="SEED", help="random weights, for tests")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    arguments = parser.parse_args()

    if arguments.path is not None:
        state = loaded(parser, arguments.path)
        if arguments.network == PLAIN:
            return write(arguments.out, plain(parser, arguments.path, state), PLAIN, ordered=True)
        problem = check(arguments.network, networks.stored(state))
        if problem:
            parser.error(f"{arguments.path}: {problem}")
        if arguments.network.startswith("efficientnet"):
            state = lite.folded(state)
    elif arguments.network == PLAIN:
        parser.error(f"{PLAIN} needs --from")
    else:
        state = networks.random_weights(networks.stored(networks.build(arguments.network).state_dict()), arguments.random)
    return write(arguments.out, networks.stored(state), arguments.network)


def loaded(parser: argparse.ArgumentParser, path: Path) -> object:
    """Returns what torch.save has written, if it consists of tensors and plain values alone."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever it is, it is the file's
        lines = str(error).strip().splitlines() or [type(error).__name__]
        parser.error(f"{path}: cannot be read as weights: {lines[0]}")


def plain(parser: argparse.ArgumentParser, path: Path, found: object) -> networks.State:
    """Returns the floating-point tensors of a state dictionary, wherever it lies in what was saved."""
    if isinstance(found, dict) and not any(isinstance(value, torch.Tensor) for value in found.values()):
        inner = [value for value in found.values() if isinstance(value, dict) and any(isinstance(v, torch.Tensor) for v in value.values())]
        if len(inner) != 1:
            parser.error(f"{path}: holds {len(inner)} state dictionaries, expected one; it has {', '.join(map(str, found)) or 'nothing'}")
        found = inner[0]
    if not isinstance(found, dict):
        parser.error(f"{path}: holds a {type(found).__name__}, expected a state dictionary")
    state = {key: value for key, value in found.items() if isinstance(value, torch.Tensor) and value.is_floating_point()}
    if all(key.startswith("module.") for key in state):
        state = {key.removeprefix("module."): value for key, value in state.items()}
    return {key: value.detach().float().contiguous() for key, value in state.items()}


def write(path: Path, state: networks.State, network: str, ordered: bool = False) -> int:
    """Writes a safetensors file and prints its checksum."""
    content = encoded(state, network, ordered)
    path.write_bytes(content)
    print(hashlib.sha256(content).hexdigest())
    return 0


def encoded(state: networks.State, network: str, ordered: bool = False) -> bytes:
    """Returns a safetensors file, the same bytes whatever versions are installed: checksums of it are written down."""
    facts = {"network": network}
    if ordered:
        facts["order"] = json.dumps(list(state), separators=(",", ":"))
    header: dict[str, object] = {"__metadata__": facts}
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
