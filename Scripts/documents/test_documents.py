"""Tests of the check of the articles: it must find what is wrong.

    cd Scripts && python3 -m unittest documents.test_documents
"""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import check_documents  # noqa: E402
from documents import pictures, system_pages, tiny_gan  # noqa: E402

FAKE = """#!/bin/sh
case "$*" in
  "train --help") echo "  --data <name>  --steps <n>" ;;
  "sample --help") echo "  --output <file>" ;;
  sample*broken*) echo "gan: no such run" >&2; exit 1 ;;
  sample*) exit 0 ;;
  *) exit 64 ;;
esac
"""


class CheckTests(unittest.TestCase):
    """What the check finds."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        gan = self.folder / "gan"
        gan.write_text(FAKE)
        gan.chmod(0o755)
        self.checker = check_documents.Checker(gan, self.folder)

    def article(self, text: str) -> Path:
        """An article of such a text."""
        path = self.folder / "Article.md"
        path.write_text(text)
        return path

    def test_commands(self) -> None:
        """Lines that go on are one command, with the line of its beginning."""
        block = check_documents.blocks(self.article("a\n```sh\n# no\none \\\n  two\n\nthree\n```\n"))[0]
        self.assertEqual(block.commands(), [(4, "one \\\n  two"), (7, "three")])

    def test_failure(self) -> None:
        """A command that fails is told with its line and its output, and nothing after it is run."""
        found = self.checker.run(self.article("```sh\ngan sample good\ngan sample broken\ntouch late\n```\n"))
        self.assertEqual(len(found), 1)
        self.assertIn("Article.md:3: status 1: gan sample broken", found[0])
        self.assertIn("no such run", found[0])
        self.assertFalse((self.folder / "Article/late").exists())

    def test_options(self) -> None:
        """Options that do not exist are found in blocks that are not run and in sentences."""
        text = "Say `gan train x --stepz 4`.\n\n```text\ngan train x --data y --devize cuda\ngan nothing\n```\n"
        self.assertEqual(self.checker.read(self.article(text)), [
            "Article.md:4: gan train has no --devize", "Article.md:5: there is no gan nothing",
            "Article.md:1: gan train has no --stepz"])

    def test_swift(self) -> None:
        """Swift that no test builds is found."""
        text = '```swift\nimport SwiftGAN\nlet run = try Nothing.train("x")\n```\n'
        found = self.checker.read(self.article(text))
        self.assertEqual(len(found), 1)
        self.assertIn("Article.md:3: not in Tests/Consumer/main.swift", found[0])

    def test_smaller(self) -> None:
        """Trainings are short and small, and keep what an article sets."""
        made = tiny_gan.smaller(["train", "dcgan", "--minutes", "3", "--size", "256", "--set", "generatorWidth=4"])
        self.assertEqual(tiny_gan.option(made, "--steps"), str(tiny_gan.STEPS))
        self.assertEqual(tiny_gan.option(made, "--size"), "64")
        self.assertNotIn("--minutes", made)
        self.assertEqual([word for word in made if word.startswith("generatorWidth")], ["generatorWidth=4"])
        self.assertEqual(tiny_gan.smaller(["evaluate", "run", "--count", "9999"])[-2:], ["--count", "300"])
        self.assertEqual(tiny_gan.smaller(["list"]), ["list"])

    def test_pictures(self) -> None:
        """Only what commands name is made."""
        pictures.make(self.folder, "gan data inspect flowers/\ngan x runs/photos/ photo.png")
        self.assertTrue((self.folder / "flowers/roses/0000.png").read_bytes().startswith(b"\x89PNG"))
        self.assertTrue((self.folder / "photo.png").exists())
        self.assertFalse((self.folder / "photos").exists())

    def test_pages(self) -> None:
        """A system has its own claims and not those of one whose name begins alike."""
        row = {"what": "w", "figure": "f", "floor": "l", "the paper's figure": "p", "command": "c", "time": "t"}
        rows = {name: {**row, "what": name, "met": "**not met**"} for name in ("aae", "aae-semi", "aae-semi-100")}
        lines = system_pages.claims("aae", ["aae", "aae-semi"], rows)
        self.assertEqual([line for line in lines if line.startswith("**")], ["**aae**"])
        self.assertIn("- Found: f (not met)", lines)
        self.assertEqual(sum(line.startswith("**") for line in system_pages.claims("aae-semi", ["aae", "aae-semi"], rows)), 2)
        self.assertEqual(system_pages.escaped("a_b by --size, x"), "a\\_b by `--size`, x")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    unittest.main()
