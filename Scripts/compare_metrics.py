"""Compares GANMetrics with pytorch-fid, torch-fidelity, prdc, scikit-image and pytorch-msssim; run by hand.

    swift build -c release --product metrics-probe
    python Scripts/compare_metrics.py                        # values and all networks, with random weights
    python Scripts/compare_metrics.py --images 2100          # also an FID with covariances of full rank (slow)
    python Scripts/compare_metrics.py --write-fixtures       # writes Tests/GANMetricsTests/Fixtures

Prints a table of both values and their relative difference. Needs torch, safetensors, and without dependencies:
pytorch-fid torch-fidelity prdc torchvision scipy scikit-learn scikit-image pytorch-msssim and what these import
(pillow tqdm joblib cloudpickle threadpoolctl imageio lazy_loader narwhals packaging tifffile). No weights are downloaded.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from metrics import arrays, fixtures, networks, outputs, values

PROBE = Path(__file__).resolve().parent.parent / ".build" / "release" / "metrics-probe"
VALUE_TOLERANCE, FEATURE_TOLERANCE, FID_TOLERANCE = 1e-4, 1e-4, 1e-3


def main() -> int:
    """Parses the arguments and prints the table; the status is 1 if anything differs too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=96, help="pictures of each set for the FID of a network")
    parser.add_argument("--network", action="append", choices=networks.NAMES, help="only these networks")
    parser.add_argument("--probe", type=Path, default=PROBE, help="the built metrics-probe")
    parser.add_argument("--write-fixtures", action="store_true", help="write the fixtures (of --network) instead of comparing")
    arguments = parser.parse_args()
    if arguments.write_fixtures:
        fixtures.write(arguments.network)
        return 0
    print(f"{'what':34} {'package':16} {'theirs':>14} {'ours':>14} {'relative':>10}")
    with tempfile.TemporaryDirectory() as folder:
        good = [compare_values(arguments.probe, Path(folder), *size) for size in ((400, 32), (3000, 256))]
        for name in arguments.network or networks.NAMES:
            good.append(compare_network(arguments.probe, Path(folder), name, arguments.images))
    return 0 if all(good) else 1


def compare_values(probe: Path, folder: Path, samples: int, features: int) -> bool:
    """Compares every metric on sets of features, logits and images."""
    content = arrays.sets(samples, features)
    a = arrays.images(3, 3, 181, 200)
    content |= {"images": a / 255, "images2": arrays.degraded(a) / 255}
    save_file({key: value.contiguous() for key, value in content.items()}, folder / "arrays.safetensors")
    ours = json.loads(subprocess.check_output([probe, "values", folder / "arrays.safetensors"], text=True))
    theirs = values.of_sets(content["fake"], content["real"]) | values.of_logits(content["logits"])
    theirs |= values.of_images(content["images"], content["images2"])
    ours["ssim again"] = ours["ssim"]
    good = [row(f"{key} ({samples} x {features})", package, value, ours[key], VALUE_TOLERANCE)
            for key, (value, package) in theirs.items()]
    return all(good)


def compare_network(probe: Path, folder: Path, name: str, count: int) -> bool:
    """Compares features, logits and an FID of one network under random weights."""
    state = networks.random_weights(networks.stored(networks.build(name).state_dict()), seed=11)
    save_file(state, folder / "weights.safetensors")
    real = arrays.images(count, 3, 40, 36, seed=21) / 255
    fake = arrays.degraded(arrays.images(count, 3, 40, 36, seed=22)) / 255
    theirs, ours = [], []
    seconds = {"theirs": 0.0, "ours": 0.0}
    for images in (fake, real):
        start = time.time()
        theirs.append(outputs.compute(name, state, images))
        seconds["theirs"] += time.time() - start
        start = time.time()
        ours.append(run_network(probe, folder, name, images))
        seconds["ours"] += time.time() - start
    good = [tensors(f"{name} {what}", theirs[0][i], ours[0][i]) for i, what in enumerate(("features", "logits"))]
    reference, package = values.frechet(theirs[0][0], theirs[1][0])["fid"]
    save_file({"fake": ours[0][0], "real": ours[1][0]}, folder / "arrays.safetensors")
    found = json.loads(subprocess.check_output([probe, "values", folder / "arrays.safetensors"], text=True))
    good.append(row(f"{name} fid of {count} images", package, reference, found["fid"], FID_TOLERANCE))
    print(f"{name}: {2 * count} images, PyTorch {seconds['theirs']:.1f} s, ours {seconds['ours']:.1f} s")
    return all(good)


def run_network(probe: Path, folder: Path, name: str, images: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the features and logits that the probe computes."""
    save_file({"images": images.contiguous()}, folder / "images.safetensors")
    files = [folder / f"{part}.safetensors" for part in ("weights", "images", "out")]
    subprocess.run([probe, "features", name, *files], check=True, stderr=subprocess.DEVNULL)
    result = load_file(files[2])
    return result["features"].clone(), result["logits"].clone()  # the next run overwrites the mapped file


def tensors(what: str, theirs: Tensor, ours: Tensor) -> bool:
    """Compares two tensors by their largest difference over their largest element."""
    difference = ((theirs - ours).abs().max() / theirs.abs().max()).item()
    norm = theirs.norm().item()
    print(f"{what:34} {'PyTorch':16} {norm:14.8g} {ours.norm().item():14.8g} {difference:10.1e}")
    return difference < FEATURE_TOLERANCE


def row(what: str, package: str, theirs: float, ours: float, tolerance: float) -> bool:
    """Prints one line and says whether the values agree."""
    difference = abs(theirs - ours) / max(abs(theirs), 1e-12)
    print(f"{what:34} {package:16} {theirs:14.8g} {ours:14.8g} {difference:10.1e}")
    return difference < tolerance


if __name__ == "__main__":
    torch.manual_seed(0)
    raise SystemExit(main())
