"""The comparison refuses what is not comparable; run with `python -m unittest`."""

from __future__ import annotations

import json
import stat
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import compare
import report
from compare import CASES, Bench, zoo
from report import Measurement
from training import Options, Training
from workers import Turn

VARIANTS = "eager", "tuned"
GAN = next(case for case in CASES if case.name == "gan")


def worker_script(folder: Path, name: str, ready: str, answer: str) -> str:
    """A worker that answers every line alike."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{ready}'\nwhile read line; do echo '{answer}'; done\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def measured(ours: list[float], eager: list[float], mib: float = 1) -> Measurement:
    """A measurement of GAN with the given times."""
    return Measurement(
        GAN,
        7,
        ours=[Turn(ms, mib) for ms in ours],
        eager=[Turn(ms, 2) for ms in eager],
        tuned=[Turn(ms, 2) for ms in eager],
    )


class Cases(unittest.TestCase):
    """What the workers are asked to build."""

    def test_both_variants(self) -> None:
        """Every case can be built in PyTorch, of as many parameters as written and as tuned."""
        for case in CASES:
            shape = case.batch, case.size, case.channels
            built = [Training(Options(case.recipe, name, *shape, settings=dict(case.settings))) for name in VARIANTS]
            self.assertEqual(built[0].parameters, built[1].parameters, case.name)


class Protocol(unittest.TestCase):
    """Runs against stand-in workers."""

    ready = '{"ready": true, "parameters": 7}'

    def compare(self, ready: str, answer: str) -> tuple[list[Measurement], list[str]]:
        """GAN with a well-behaved PyTorch and the given worker as ours."""
        with tempfile.TemporaryDirectory() as name:
            python = worker_script(Path(name), "python", self.ready, '{"ms": 400, "peak_mib": 9}')
            ours = worker_script(Path(name), "ours", ready, answer)
            line = ["--quick", "--ours", ours, "--python", python]
            return compare.measure_all([GAN], compare.parse(line))

    def test_same_network(self) -> None:
        """Times and memory arrive; the speed-up is theirs over ours."""
        measurements, failures = self.compare(self.ready, '{"ms": 200, "peak_mib": 8}')
        self.assertEqual(failures, [])
        self.assertEqual(measurements[0].over(measurements[0].eager), 2)
        self.assertEqual(len(measurements[0].ours), 3)

    def test_other_network(self) -> None:
        """Networks with other parameter counts are not compared."""
        answer = '{"ms": 1, "peak_mib": 8}'
        measurements, failures = self.compare('{"ready": true, "parameters": 8}', answer)
        self.assertEqual(measurements, [])
        self.assertIn("networks differ", failures[0])

    def test_noise_on_standard_output(self) -> None:
        """A line that is not the protocol's ends the case."""
        self.assertIn("instead of JSON", self.compare("hello", "")[1][0])

    def test_missing_worker(self) -> None:
        """A command that is not there fails its case only."""
        line = ["--ours", "/nonexistent/gan", "--quick"]
        self.assertEqual(len(compare.measure_all([GAN], compare.parse(line))[1]), 1)


class Report(unittest.TestCase):
    """Medians, ratios, verdicts."""

    def test_ratio_is_the_median_of_the_rounds(self) -> None:
        """Not the ratio of the medians, which a drift of the machine would spoil."""
        measurement = measured(ours=[1, 10, 4], eager=[2, 20, 12])
        self.assertEqual(measurement.over(measurement.eager), 2)

    def test_targets(self) -> None:
        """Speed and memory each have their verdict."""
        self.assertEqual([met for _, met in measured([1], [2], mib=3).targets()], [True, True, False])
        self.assertEqual([met for _, met in measured([2], [2], mib=2).targets()], [False, True, True])

    def test_overall_targets(self) -> None:
        """The slowest case is named; the mean is geometric, over float32 alone."""
        slow, fast = measured([2], [1]), measured([1], [18])
        fast = replace(fast, case=replace(fast.case, name="fast"))
        (text, met), (mean, mean_met), *tuned = report.overall_targets([slow, fast])
        self.assertIn(f"{GAN.name} 0.50x", text)
        self.assertFalse(met)
        self.assertIn("float32: 3.00x", mean)
        self.assertTrue(mean_met)
        self.assertEqual(len(tuned), 2)
        half = replace(slow, case=replace(slow.case, precision="bfloat16"))
        self.assertIn("18.00x", report.overall_targets([half, fast])[1][0])
        self.assertEqual(report.overall_targets([]), [])

    def test_every_case_has_a_floor(self) -> None:
        """No case may be slower than eager PyTorch, and every system has one."""
        self.assertGreaterEqual(min(case.over_eager for case in CASES), 1)
        self.assertEqual(len({case.name for case in CASES}), len(CASES))
        self.assertEqual({case.recipe for case in CASES}, set(zoo.systems()))

    def test_record_keys(self) -> None:
        """The keys other tools read."""
        keys = "recipe variant precision batch size ours_ms eager_ms tuned_ms ours_mib eager_mib"
        self.assertEqual(list(json.loads(json.dumps(measured([1], [2]).record()))), keys.split())

    def test_partial_runs_do_not_overwrite_the_results(self) -> None:
        """Only a full run publishes without being told where."""
        self.assertIsNone(compare.parse(["--quick"]).output)
        self.assertIsNone(compare.parse(["--case", "gan"]).output)
        self.assertEqual(compare.parse([]).output, compare.HERE)

    def test_steps_are_whole_periods(self) -> None:
        """A turn of WGAN-GP holds whole rounds of five critic updates."""
        case = next(case for case in CASES if case.recipe == "wgan-gp")
        self.assertEqual(compare.steps_per_turn(case, 10, 1500), 150)
        self.assertEqual(compare.steps_per_turn(case, 1000, 1500), 5)

    def test_markdown_names_failures_and_misses(self) -> None:
        """A reader sees what was not met and what could not be measured."""
        text = report.markdown([measured([2], [2], mib=3)], ["fact"], ["cgan: ended"])
        self.assertIn("**not met**", text)
        self.assertIn("failed: cgan: ended", text)


if __name__ == "__main__":
    unittest.main()
