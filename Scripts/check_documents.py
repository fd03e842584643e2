#!/usr/bin/env python3
"""Runs every command of the articles in Sources/SwiftGAN/SwiftGAN.docc at tiny sizes.

Blocks marked `sh` are run, one after the other, in a folder of its own for each article; of the image sets that an
article speaks of, small ones made of digits lie there. Blocks marked `text`, which need what a test machine does not
have, and commands within sentences are only read: the options of `gan` in them must exist. Blocks marked `swift` must
stand in Tests/Consumer/main.swift, which another test builds and runs.

    Scripts/check_documents.py .build/release/gan              # all articles
    Scripts/check_documents.py .build/release/gan Pairs Video  # some
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from documents import pictures  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "Sources/SwiftGAN/SwiftGAN.docc"
SECONDS = 300  # for one command


@dataclass
class Block:
    """Some lines of an article."""

    article: Path
    line: int  # of the first line
    language: str
    text: str

    def commands(self) -> list[tuple[int, str]]:
        """Its commands with the line on which each begins; `\\` goes on, comments are left out."""
        found: list[tuple[int, str]] = []
        begun = None
        for offset, line in enumerate(self.text.splitlines()):
            if begun is not None:
                found[-1] = (begun, found[-1][1] + "\n" + line)
            elif line.strip() and not line.lstrip().startswith("#"):
                found.append((self.line + offset, line))
            else:
                continue
            begun = found[-1][0] if line.endswith("\\") else None
        return found


def blocks(article: Path) -> list[Block]:
    """The fenced blocks of an article."""
    found: list[Block] = []
    inside = None
    for number, line in enumerate(article.read_text().splitlines(), 1):
        if line.startswith("```"):
            if inside is None:
                inside = Block(article, number + 1, line[3:].strip(), "")
            else:
                found.append(inside)
                inside = None
        elif inside is not None:
            inside.text += line + "\n"
    return found


class Checker:
    """What all articles share: the command, a folder, and the runs that were trained already."""

    def __init__(self, gan: Path, folder: Path) -> None:
        self.gan, self.folder = gan, folder
        tools = folder / "bin"
        tools.mkdir()
        (tools / "gan").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/Scripts/documents/tiny_gan.py" "$@"\n')
        (tools / "gan").chmod(0o755)
        self.environment = {
            **os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "GAN": str(gan), "GAN_RUNS": str(folder / "trained"),
            # Features of references are computed once, also for the tests of the command.
            "XDG_CACHE_HOME": str(Path(tempfile.gettempdir()) / "gan-test-cache"),
            "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1",
        }

    @cache
    def options(self, words: tuple[str, ...]) -> set[str]:
        """The long options of a subcommand; none where there is no such one."""
        helped = subprocess.run([self.gan, *words, "--help"], capture_output=True, text=True)
        return set(re.findall(r"--[a-z][a-z0-9-]*", helped.stdout)) if helped.returncode == 0 else set()

    def unknown(self, command: str) -> str | None:
        """What is wrong with the options of `gan` in a command that is not run."""
        match = re.search(r"(?:^|[\s/(])gan ([a-z]+)( [a-z]+)?(.*)", command.replace("\\\n", " "), re.DOTALL)
        if not match:
            return None
        words = (match[1],)
        if match[1] in ("data", "analyze") and match[2]:
            words += (match[2].strip(),)
        known = self.options(words)
        if not known:
            return f"there is no gan {' '.join(words)}"
        rest = re.split(r"\s#|[|;`]", match[3])[0]
        wrong = [option for option in re.findall(r"(?<!\S)--[a-z][a-z0-9-]*", rest) if option not in known]
        return f"gan {' '.join(words)} has no {', '.join(wrong)}" if wrong else None

    def read(self, article: Path) -> list[str]:
        """What is wrong with the blocks that are not run."""
        found = []
        program = (ROOT / "Tests/Consumer/main.swift").read_text().replace("\\(folder)/", "runs/")
        for block in blocks(article):
            if block.language == "swift":
                for offset, line in enumerate(block.text.splitlines()):
                    if line.strip() and f"{line}\n" not in program:
                        found.append(f"{article.name}:{block.line + offset}: not in Tests/Consumer/main.swift: {line}")
            if block.language in ("sh", "swift", "python", ""):
                continue
            for line, command in block.commands():
                if problem := self.unknown(command):
                    found.append(f"{article.name}:{line}: {problem}")
        for number, line in enumerate(article.read_text().splitlines(), 1):
            for span in re.findall(r"`(gan [^`]+)`", line):
                if problem := self.unknown(span):
                    found.append(f"{article.name}:{number}: {problem}")
        return found

    def run(self, article: Path) -> list[str]:
        """What is wrong with the commands that are run; the first failure ends an article."""
        place = self.folder / article.stem
        place.mkdir()
        runnable = [block for block in blocks(article) if block.language == "sh"]
        pictures.make(place, "\n".join(block.text for block in runnable))
        for block in runnable:
            for line, command in block.commands():
                begin = time.monotonic()
                try:
                    done = subprocess.run(
                        ["bash", "-euo", "pipefail", "-c", command], cwd=place, env=self.environment, text=True,
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
                    status, output = done.returncode, done.stdout
                except subprocess.TimeoutExpired as late:
                    output = late.stdout.decode() if isinstance(late.stdout, bytes) else late.stdout or ""
                    status, output = 124, f"{output}\nnot done after {SECONDS} seconds"
                if os.environ.get("VERBOSE"):
                    print(f"{time.monotonic() - begin:6.1f} s  {article.name}:{line}: {command}", flush=True)
                if status:
                    tail = "\n".join(f"    {text}" for text in output.strip().splitlines()[-12:])
                    return [f"{article.name}:{line}: status {status}: {command}\n{tail}"]
        return []


def main() -> int:
    """Checks the articles, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gan", type=Path, help="the command")
    parser.add_argument("articles", nargs="*", help="names of articles (default: all)")
    arguments = parser.parse_args()
    articles = [CATALOGUE / f"{name}.md" for name in arguments.articles] or sorted(CATALOGUE.glob("*.md"))
    begin = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="gan-documents-"))
    try:
        checker = Checker(arguments.gan.resolve(), folder)
        problems = [problem for article in articles for problem in checker.read(article)]
        # Those with most commands first, so that none of them is left alone at the end.
        articles.sort(key=lambda article: -sum(block.language == "sh" for block in blocks(article)))
        with ThreadPoolExecutor(2) as workers:
            for found in workers.map(checker.run, articles):
                problems += found
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for problem in problems:
        print(problem, file=sys.stderr)
    commands = sum(len(b.commands()) for a in articles for b in blocks(a) if b.language == "sh")
    print(f"{len(articles)} articles, {commands} commands run, {len(problems)} problems, {time.monotonic() - begin:.0f} s")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
