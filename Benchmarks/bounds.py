"""How much faster than PyTorch a step can get at most while it computes the same products.

    python Benchmarks/bounds.py

For each float32 case a few steps of the tuned variant (not compiled) run under PyTorch's profiler. What they spend in
convolutions and matrix products is LibTorch's own kernels, which both sides call: a step that did nothing else would
take that long. Writes `bounds.md` beside this file.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from report import machine_facts
from training import Options, Training, zoo

from Reference.cases import Bench  # noqa: E402

HERE = Path(__file__).resolve().parent
PRODUCTS = (
    "mkldnn_convolution",
    "mkldnn_convolution_backward",
    "convolution_backward",
    "addmm",
    "mm",
    "bmm",
    "baddbmm",
    "mv",
    "addmv",
    "_mkldnn_transposed",
    "slow_conv_transpose2d",
)
NOTE = """Products are convolutions and matrix products. "Most over eager" is the eager step of `results.md` over the products
alone, as channels-last PyTorch computes them: what would be reached if everything else took no time. Only a network
that is computed with fewer products (`UpsampleConv2d`, `ConvPool2d`, one pass for two) can pass it."""
PERIODS = 4
ROUNDS = 3


def is_product(name: str) -> bool:
    """Whether an operation multiplies matrices or convolves."""
    return name.startswith(("aten::", "mkldnn::")) and name.split("::")[1] in PRODUCTS


def product_ms(training: Training) -> float:
    """Milliseconds of a step that are products: the median of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            training.median_ms(PERIODS * training.period)
        products = [e.self_cpu_time_total for e in profiler.key_averages() if is_product(e.key)]
        times.append(sum(products) / 1000 / (PERIODS * training.period))
    return statistics.median(times)


def row(case: Bench, measured: dict[str, float]) -> tuple[str, float, float, float]:
    """Name, milliseconds of products, and how much faster than eager a step can be and is."""
    shape = case.batch, case.size, case.channels
    training = Training(Options(case.recipe, "tuned", *shape, settings=dict(case.settings)))
    training.warm_up()
    products, eager = product_ms(training), measured["eager_ms"]
    return case.name, products, eager / products, eager / measured["ours_ms"]


def table(rows: list[tuple[str, float, float, float]]) -> str:
    """One line a case, and the geometric means."""
    means = (statistics.geometric_mean(row[column] for row in rows) for column in (2, 3))
    cells = [[name, f"{ms:.1f}", f"{most:.2f}x", f"{reached:.2f}x"] for name, ms, most, reached in rows]
    cells.append(["geometric mean", "", *(f"{mean:.2f}x" for mean in means)])
    header = ["case", "products ms", "most over eager", "reached"]
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, ["---"] * len(header), *cells])


def main() -> None:
    """Profiles every case of the last full run of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    results = json.loads((HERE / "results.json").read_text())
    found = {(r["recipe"], r["variant"]): r for r in results if r["precision"] == "float32"}
    cases = [c for c in zoo.benches() if c.precision == "float32" and (c.recipe, c.variant) in found]
    text = table([row(case, found[case.recipe, case.variant]) for case in cases])
    facts = "\n".join(f"- {fact}" for fact in machine_facts(threads, ROUNDS))
    (HERE / "bounds.md").write_text(f"# Bounds\n\n{facts}\n\n{text}\n\n{NOTE}\n")
    print(text)


if __name__ == "__main__":
    main()
