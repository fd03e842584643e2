"""Values of the metrics on given arrays, each by the Python package that defines it."""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np
import torch
from torch import Tensor

from . import networks


def of_sets(fake: Tensor, real: Tensor) -> dict[str, tuple[float, str]]:
    """Returns value and package by metric for features [N, D] and [M, D]."""
    values = frechet(fake, real)
    values |= kernel(fake, real)
    values |= manifold(fake, real)
    return values


def frechet(fake: Tensor, real: Tensor) -> dict[str, tuple[float, str]]:
    """The Fréchet distance by pytorch-fid, which takes scipy's square root of a matrix."""
    if fake.shape[1] > 2048:  # where that takes many minutes
        return {"fid": (low_rank_frechet(fake.double().numpy(), real.double().numpy()), "definition")}
    networks.import_torchvision()
    from pytorch_fid.fid_score import calculate_frechet_distance

    a, b = fake.double().numpy(), real.double().numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = calculate_frechet_distance(
            a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False))
    return {"fid": (float(value), "pytorch-fid")}


def low_rank_frechet(a: np.ndarray, b: np.ndarray) -> float:
    """The same without matrices of features: the trace of (S1 S2)^(1/2) is a nuclear norm of products of samples."""
    x, y = (a - a.mean(0)) / (len(a) - 1) ** 0.5, (b - b.mean(0)) / (len(b) - 1) ** 0.5
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + (x**2).sum() + (y**2).sum()
                 - 2 * np.linalg.norm(x @ y.T, "nuc"))


def kernel(fake: Tensor, real: Tensor) -> dict[str, tuple[float, str]]:
    """The kernel distance by torch-fidelity on subsets, and on everything by its definition."""
    networks.import_torchvision()
    from torch_fidelity.metric_kid import kid_features_to_metric

    size = min(1000, len(fake) // 2, len(real) // 2)
    result = kid_features_to_metric(
        fake.double(), real.double(), kid_subsets=100, kid_subset_size=size, kid_kernel="poly",
        kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1, rng_seed=2020, verbose=False)
    return {
        "kid": (result["kernel_inception_distance_mean"], "torch-fidelity"),
        "kid deviation": (result["kernel_inception_distance_std"], "torch-fidelity"),
        "kid full": (full_kernel(fake.double().numpy(), real.double().numpy()), "definition"),
    }


def full_kernel(a: np.ndarray, b: np.ndarray) -> float:
    """The unbiased estimate of Bińkowski et al. 2018, equation 4, without subsets."""
    def k(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (x @ y.T / x.shape[1] + 1) ** 3

    aa, bb = k(a, a), k(b, b)
    n, m = len(a), len(b)
    within = (aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return float(within - 2 * k(a, b).mean())


def manifold(fake: Tensor, real: Tensor) -> dict[str, tuple[float, str]]:
    """Precision and recall at 3 neighbours by torch-fidelity, everything at 5 by prdc."""
    from prdc import compute_prdc
    from torch_fidelity.metric_prc import calculate_precision_recall_full

    precision, recall = calculate_precision_recall_full(fake.double(), real.double(), neighborhood=3)
    values = {"precision 3": (precision, "torch-fidelity"), "recall 3": (recall, "torch-fidelity")}
    for k in (3, 5):
        with contextlib.redirect_stdout(io.StringIO()):
            result = compute_prdc(real.double().numpy(), fake.double().numpy(), nearest_k=k)
        values |= {f"{key} {k}": (float(value), "prdc") for key, value in result.items()
                   if f"{key} {k}" not in values}
    return values


def of_logits(logits: Tensor) -> dict[str, tuple[float, str]]:
    """The Inception Score by torch-fidelity, in order and shuffled."""
    networks.import_torchvision()
    from torch_fidelity.metric_isc import isc_features_to_metric

    plain = isc_features_to_metric(logits, splits=10, shuffle=False)
    shuffled = isc_features_to_metric(logits, splits=10, shuffle=True, rng_seed=2020)
    return {
        f"is{suffix}{kind}": (result[f"inception_score_{key}"], "torch-fidelity")
        for suffix, result in (("", plain), (" shuffled", shuffled))
        for kind, key in (("", "mean"), (" deviation", "std"))
    }


def of_images(a: Tensor, b: Tensor) -> dict[str, tuple[float, str]]:
    """PSNR and SSIM by scikit-image, MS-SSIM by pytorch-msssim, for images in [0, 1]."""
    from pytorch_msssim import ms_ssim, ssim
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    pairs = [(x.double().numpy(), y.double().numpy()) for x, y in zip(a, b, strict=True)]
    similar = [
        structural_similarity(x, y, data_range=1, channel_axis=0, gaussian_weights=True, sigma=1.5,
                              use_sample_covariance=False) for x, y in pairs]
    return {
        "psnr": (float(np.mean([peak_signal_noise_ratio(y, x, data_range=1) for x, y in pairs])), "scikit-image"),
        "ssim": (float(np.mean(similar)), "scikit-image"),
        "ssim again": (ssim(a.double(), b.double(), data_range=1).item(), "pytorch-msssim"),
        "ms-ssim": (ms_ssim(a.double(), b.double(), data_range=1).item(), "pytorch-msssim"),
    }
