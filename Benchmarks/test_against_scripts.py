"""The comparison with scripts reads what both sides say; run with `python -m unittest`."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

import against_scripts
from against_scripts import CASES, Measurement, RunError, Stamp, Timing, Workshop

SCRIPT = """
import argparse, gzip, os, struct, time
parser = argparse.ArgumentParser()
for name in ("--n_epochs", "--batch_size", "--img_size"):
    parser.add_argument(name, type=int)
options = parser.parse_args()
with open("../../data/mnist/MNIST/raw/train-images-idx3-ubyte", "rb") as file:
    count = struct.unpack(">4I", file.read(16))[1]
    assert len(file.read()) == count * 784
steps = count // options.batch_size
for i in range(steps):
    time.sleep(0.004)
    print("[Epoch %d/%d] [Batch %d/%d] [D loss: 1]" % (0, options.n_epochs, i, steps))
"""
OURS = """
import sys, time
steps = int(sys.argv[sys.argv.index("--steps") + 1])
for step in range(1, steps + 1):
    time.sleep(0.002)
    print(f" 20%  step {step}  19 images/s", flush=True)
"""
BROKEN = "raise AttributeError('no such thing any more')"


class Scripts(unittest.TestCase):
    """Runs stand-ins of both sides."""

    def compare(self, script: str) -> tuple[list[Measurement], list[str]]:
        """GAN by a script and a stand-in of ours."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "checkout" / "implementations" / "gan").mkdir(parents=True)
            (folder / "checkout" / "implementations" / "gan" / "gan.py").write_text(script)
            (folder / "ours.py").write_text(OURS)
            line = ["--pytorch-gan", str(folder / "checkout"), "--steps", "10"]
            arguments = against_scripts.parse([*line, "--gan", f"{sys.executable} {folder / 'ours.py'}"])
            (folder / "work").mkdir()
            return against_scripts.measure_all(CASES[:1], Workshop(folder / "work", arguments), 1)

    def test_both_sides(self) -> None:
        """Steps are timed from the output, and the slower one is found slower."""
        (measurement,), failures = self.compare(SCRIPT)
        self.assertEqual(failures, [])
        self.assertGreaterEqual(measurement.script[0].step_ms, 4)
        self.assertGreater(measurement.ratio("step_ms"), 1)

    def test_broken_script(self) -> None:
        """A script that does not run is named with its last words."""
        measurements, failures = self.compare(BROKEN)
        self.assertEqual(measurements, [])
        self.assertEqual(failures, ["gan: AttributeError: no such thing any more"])


class Numbers(unittest.TestCase):
    """What is made of the stamps."""

    def test_step_leaves_out_the_warm_up(self) -> None:
        """Of ten steps the first two do not count."""
        stamps = [Stamp(0, 9.0), Stamp(2, 10.0), Stamp(6, 10.2), Stamp(9, 10.7)]
        self.assertAlmostEqual(against_scripts.step_ms(stamps, 10), 100)
        with self.assertRaises(RunError):
            against_scripts.step_ms(stamps[:2], 10)

    def test_lines(self) -> None:
        """Epochs count on; other lines are left out."""
        lines = [(1.0, "Namespace(n_epochs=1)"), (2.0, "[Epoch 1/2] [Batch 3/10] [D loss: 0.1, acc: 9%]")]
        self.assertEqual(against_scripts.script_steps(lines), [Stamp(13, 2.0)])
        self.assertEqual(against_scripts.our_steps([(3.0, " 40%  step 20  9 images/s")]), [Stamp(20, 3.0)])

    def test_means(self) -> None:
        """The mean is geometric, over the medians of the rounds' ratios."""
        slow = Measurement(CASES[0], [Timing(1, 1)] * 3, [Timing(8, 2), Timing(2, 2), Timing(8, 2)])
        fast = Measurement(CASES[1], [Timing(1, 1)], [Timing(2, 2)])
        text = against_scripts.report([slow, fast], ["sgan: broken"])
        self.assertIn("| geometric mean |  |  | **4.00x** |  |  | **2.00x** |", text)
        self.assertIn("- not compared: sgan: broken", text)

    def test_steps_of_one_pass(self) -> None:
        """More steps than one pass over the digits are refused."""
        with self.assertRaises(SystemExit):
            against_scripts.parse(["--pytorch-gan", ".", "--steps", "938"])


if __name__ == "__main__":
    unittest.main()
