#!/usr/bin/env python3
"""Puts the measured tables and that of the systems into README.md, between their markers, so that nobody types them.

The systems are those that the command lists, so it must have been built.

    Scripts/update_readme.py            # writes README.md
    Scripts/update_readme.py --check    # status 1 where README.md is not what it would write
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# For each marker: the measured page and the columns that the README shows.
TABLES = {
    "speed": (
        "Benchmarks/results.md",
        ["case", "ours ms", "eager ms", "over eager", "over tuned", "MiB ours / eager"],
    ),
    "results": ("Documentation/Results.md", ["claim", "figure", "floor", "met"]),
}


def cells(line: str) -> list[str]:
    """The cells of one row."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def table(page: str, columns: list[str]) -> str:
    """The first table of a page, reduced to some of its columns, to medians and to claims in float32."""
    lines = [line for line in page.splitlines() if line.startswith("| ") and "` in bfloat16 |" not in line]
    head = cells(lines[0])
    places = [head.index(column) for column in columns]
    rows = [[re.sub(r" \([\d.]+-[\d.]+\)", "", cells(line)[i]) for i in places] for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def citation(paper: str) -> str:
    """`Goodfellow et al. 2014` of a paper as a card names it; of several papers each."""
    parts = []
    for one in paper.split(";"):
        one = re.sub(r"^\s*[a-z ]+: ", "", one)
        authors = one.split(". ")[0].split(", ")
        year = re.findall(r"\b(?:19|20)\d\d\b", one.split("arXiv")[0])[-1]
        names = {1: authors[0], 2: " and ".join(authors)}.get(len(authors), f"{authors[0].strip()} et al.")
        parts.append(f"{names.strip()} {year}")
    return ", ".join(parts)


def needs(entry: dict) -> str:
    """What a system learns from, and what its networks ask of the images."""
    if entry["needs"] == "images":
        return entry["data"]
    # Of images speaks the first half already.
    asked = re.sub(r"^images whose ", "", entry["needs"].replace("square images", "square"))
    return f"{entry['data']}; {asked}"


def systems() -> str:
    """The table of the systems, as the command lists them."""
    listed = subprocess.run([ROOT / ".build/release/gan", "list", "--json"], capture_output=True, check=True)
    entries = [entry for entry in json.loads(listed.stdout) if "arXiv" in entry["paper"]]
    rows = [f"| `{e['name']}` | {citation(e['paper'])} | {needs(e)} |" for e in entries]
    return "\n".join(["| system | paper | needs |", "| --- | --- | --- |", *rows])


def updated(readme: str) -> str:
    """The README with every table as measured or listed."""
    tables = {name: table((ROOT / path).read_text(), columns) for name, (path, columns) in TABLES.items()}
    for name, text in {**tables, "systems": systems()}.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = readme.split(begin)
        after = rest.split(end)[1]
        readme = before + begin + text + "\n" + end + after
    return readme


def main() -> int:
    """Writes or compares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    place = ROOT / "README.md"
    old = place.read_text()
    new = updated(old)
    if parser.parse_args().check:
        if new != old:
            print("README.md: a table is not as measured; run Scripts/update_readme.py")
        return int(new != old)
    place.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
