"""What goes wrong in a stage stays in it; run with `python -m unittest gpu_check.test_check` in `Scripts`."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import time
import unittest
import unittest.mock
from collections.abc import Callable
from pathlib import Path

import gpu_table
from gpu_check import goldens, graphs, speed
from gpu_check.check import COMPILE, Check, Failure, Findings, Places


def checked(*bodies: Callable[[Check], Findings], seconds: float = 60) -> dict:
    """The result of a check with these stages."""
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
        check = Check("cpu", seconds, Places(Path(name), Path(name), Path(name)))
        for i, body in enumerate(bodies):
            check.stage(f"stage {i}", 0.5, body)
        status = check.finish()
        result = json.loads((Path(name) / "result.json").read_text())
    return result | {"status": status}


def python(text: str) -> list[str]:
    """A command that runs this text."""
    return [sys.executable, "-c", text]


class Stages(unittest.TestCase):
    """Findings, failures, time."""

    def test_findings(self) -> None:
        """What a stage finds is kept, and all is well."""
        result = checked(lambda check: {"lines": check.output(python("print(1); print(2)"))})
        self.assertEqual(result["stages"]["stage 0"]["lines"], ["1", "2"])
        self.assertEqual(result["status"], 0)

    def test_failures(self) -> None:
        """A command that fails, a fault of the check and findings made before a failure stop nothing."""

        def half(_: Check) -> Findings:
            raise Failure("not all of it", {"found": 1})

        result = checked(
            lambda check: {"lines": check.output(python("print('last words'); raise SystemExit(3)"))},
            lambda check: {"nothing": 1 // 0},
            half,
            lambda check: {},
        )
        first, second, third, fourth = result["stages"].values()
        self.assertIn("ended with 3", first["error"])
        self.assertTrue(first["error"].endswith("last words"))
        self.assertIn("ZeroDivisionError", second["error"])
        self.assertEqual((third["found"], third["error"], third["ok"]), (1, "not all of it", False))
        self.assertTrue(fourth["ok"])
        self.assertEqual(result["status"], 1)

    def test_nothing_is_tried_without_programs(self) -> None:
        """Where the interface does not compile, that alone is reported."""
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
            check = Check("cpu", 60, Places(Path(name), Path(name), Path(name)))
            check.stage(COMPILE, 0.5, lambda check: {"lines": check.output(["false"])})
            check.stage("other", 0.5, lambda check: {"lines": check.output(["true"])})
        self.assertIn("ended with 1", check.result["stages"][COMPILE]["error"])
        self.assertEqual(check.result["stages"]["other"]["error"], "not tried, for compile failed")

    def test_time(self) -> None:
        """A command that takes too long is ended with what it started; later stages find no time left."""
        start = time.monotonic()
        sleeper = "import subprocess, sys; print('begun', flush=True); subprocess.run(['sleep', '60'])"
        result = checked(*[lambda check: {"lines": check.output(python(sleeper))}] * 3, seconds=2)
        self.assertLess(time.monotonic() - start, 10)
        first, *_, last = result["stages"].values()
        self.assertIn("ended by force after 1 s", first["error"])
        self.assertTrue(first["error"].endswith("begun"))
        self.assertFalse(last["ok"])

    def test_golden_that_brings_the_program_down(self) -> None:
        """It is named, and the others are compared."""
        program = f"""#!{sys.executable}
import sys
names = ["layers/a", "layers/b", "layers/c"]
if "--list" in sys.argv:
    print(*names, sep="\\n")
else:
    for name in [name for name in names if name in sys.argv]:
        print('{{"begin": "%s"}}' % name, flush=True)
        if name == "layers/b":
            sys.exit("illegal memory access")
        print('{{"golden": "%s", "worst": 0.5, "problems": []}}' % name, flush=True)
"""

        def replay(check: Check) -> Findings:
            path = Path(check.places.program("golden-replay"))
            path.parent.mkdir()
            path.write_text(program)
            path.chmod(0o755)
            return goldens.replay(check, "float32")

        stage = checked(replay)["stages"]["stage 0"]
        self.assertEqual(stage["worst"], {"layers/c": 0.5, "layers/a": 0.5})
        self.assertEqual(list(stage["failed"]), ["layers/b"])
        self.assertEqual(stage["failed"]["layers/b"][-1], "illegal memory access")
        self.assertEqual(stage["left"], [])

    def test_slow_and_broken_cases(self) -> None:
        """A case that takes too long is named and fails nothing; one that breaks does."""
        program = """import json, pathlib, sys, time, types
CASES = [types.SimpleNamespace(name=name) for name in ["slow", "quick", "broken"]]
if __name__ == "__main__":
    case, folder = sys.argv[sys.argv.index("--case") + 1], pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
    if case == "slow":
        time.sleep(30)
    if case == "broken":
        sys.exit("no such kernel")
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps([{"ours_ms": 1}]))
"""

        def timed(check: Check) -> Findings:
            (check.places.folder / "Benchmarks").mkdir()
            (check.places.folder / "Benchmarks" / "compare.py").write_text(program)
            return speed.cases(check)

        with unittest.mock.patch.multiple(speed, MOST_SECONDS=1, LEAST_SECONDS=5):
            stage = checked(timed)["stages"]["stage 0"]
        self.assertEqual((stage["cases"], stage["slow"], stage["left"]), ({"quick": {"ours_ms": 1}}, ["slow"], []))
        self.assertEqual(list(stage["failed"]), ["broken"])
        self.assertIn("no such kernel", stage["error"])


class Graphs(unittest.TestCase):
    """Repeated steps beside others."""

    def compared(self, factor: float) -> dict:
        """The stage of a program whose losses are these times larger where steps are repeated."""
        program = f"""#!{sys.executable}
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
folder.mkdir()
loss = {factor} if os.environ["SWIFTGAN_GRAPHS"] == "on" else 1.0
lines = [{{"step": step, "loss/D": loss, "images_per_second": 9.0}} for step in (4, 8)]
(folder / "metrics.jsonl").write_text("\\n".join(map(json.dumps, lines)))
"""

        def stage(check: Check) -> Findings:
            path = Path(check.places.program("gan"))
            path.parent.mkdir()
            path.write_text(program)
            path.chmod(0o755)
            return graphs.compare(check, "gan", [])

        return checked(stage)["stages"]["stage 0"]

    def test_losses(self) -> None:
        """Equal ones pass, others are named."""
        self.assertEqual(self.compared(1.0)["worst"], 0)
        self.assertIn("loss/D of step", self.compared(1.2)["error"])


class Table(unittest.TestCase):
    """The page's text."""

    def test_section(self) -> None:
        """Facts, goldens, times with their means, and failures."""
        case = {"ours_ms": 1, "eager_ms": 2, "tuned_ms": 1, "ours_mib": 10, "eager_mib": 20}
        facts = {"ok": True, "torch": "2.11.0", "processor": "EPYC", "cores": 2, "system": "Linux", "gpu": "H100"}
        golden = {"ok": True, "tolerance": "1 %", "compared": 2, "worst": {"a": 0.25}, "failed": {}}
        text = gpu_table.section(
            {
                "stages": {
                    "machine": facts | {"memory_gib": 79.2},
                    "goldens tf32": golden,
                    "graphs gan": {"ok": True, "images_per_second": 900, "without": 300, "worst": 0.002},
                    "train dcgan": {"ok": False, "error": "command\nlast words"},
                    "speed": {"ok": True, "cases": {"dcgan": case, "pggan": case | {"eager_ms": 8}}},
                }
            }
        )
        self.assertIn("- GPU: H100 (79.2 GiB)", text)
        self.assertIn("| tf32 | 1 % | 2 | 0.25 | none |", text)
        self.assertIn("| gan | 900 | 300 | **3.00x** | 0.002 |", text)
        self.assertIn("| geometric mean |  |  |  | **4.00x** | **1.00x** |  |", text)
        self.assertIn("- failed: train dcgan: last words", text)


if __name__ == "__main__":
    unittest.main()
