#!/usr/bin/env python3
"""Writes a page for each system, and one that lists them, from what the command says of them, the table of results
and the pictures.

    Scripts/documents/system_pages.py GAN FOLDER
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "Documentation/pictures"


def said(gan: str, *words: str) -> object:
    """What the command prints as JSON."""
    return json.loads(subprocess.run([gan, *words, "--json"], capture_output=True, check=True).stdout)


def cells(line: str) -> list[str]:
    """The cells of a row of a table."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def results() -> dict[str, dict[str, str]]:
    """The rows of the table of results by claim."""
    lines = [line for line in (ROOT / "Documentation/Results.md").read_text().splitlines() if line.startswith("| ")]
    head = cells(lines[0])
    rows = [dict(zip(head, cells(line))) for line in lines[2:]]
    return {row["claim"].strip("`"): row for row in rows}


def captions() -> dict[str, str]:
    """What README.md says of each picture."""
    lines = (ROOT / "README.md").read_text().splitlines()
    found = {}
    for above, line in zip(lines, lines[1:]):
        for name, picture in zip(cells(above), cells(line)):
            if match := re.fullmatch(r"!\[.*\]\(Documentation/pictures/([a-z0-9-]+)\.png\)", picture):
                found[match[1]] = name.replace("`", "")
    return found


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    safe = re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text)
    # Options as code: two hyphens would become a dash.
    return re.sub(r"(?<!\S)(--[a-z][a-z-]*)", r"`\1`", safe)


def value(anything: object) -> str:
    """A value of the configuration as `--set` takes it."""
    if isinstance(anything, bool):
        return str(anything).lower()
    if isinstance(anything, list):
        return ",".join(value(one) for one in anything)
    return str(anything)


def papers(text: str) -> str:
    """The papers, with links to arXiv."""
    return re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", escaped(text))


def claims(name: str, names: list[str], rows: dict[str, dict[str, str]]) -> list[str]:
    """The claims of a system with what was found; those of another system whose name begins alike are not its own."""
    longer = [other for other in names if other.startswith(f"{name}-")]
    own = [
        row for claim, row in rows.items()
        if claim == name or claim.startswith(f"{name}-")
        and not any(claim == other or claim.startswith(f"{other}-") for other in longer)
    ]
    if not own:
        return ["No claim has been measured yet."]
    lines = []
    for row in own:
        met, theirs = row["met"].replace("*", ""), escaped(row["the paper's figure"])
        lines += [
            f"**{escaped(row['what'])}**", "",
            f"- Found: {escaped(row['figure'])} ({met})", f"- Beside it: {escaped(row['floor'])}",
            f"- The paper: {theirs}", f"- Again: {row['command']}, {row['time']}", "",
        ]
    return lines


def page(entry: dict, card: dict, names: list[str], rows: dict, captions: dict[str, str]) -> str:
    """The page of a system."""
    name = entry["name"]
    lines = [f"# {card['title']}", "", escaped(card["summary"]), "", "## Overview", "", papers(card["paper"]), ""]
    lines += [f"Learns from {card['data']}; needs {card['needs']}.", "", "```text", f"gan train {name}", "```", ""]
    if (PICTURES / f"{name}.png").exists():
        caption = escaped(captions.get(name, name))
        lines += [f"![{caption}]({name}.png)", "", f"*{caption}*", ""]
    lines += ["## What it was measured to do", "", *claims(name, names, rows)]
    lines += ["## Departures from the paper", ""]
    lines += [f"- {escaped(one)}" for one in card["deviations"]] or ["None."]
    lines += ["", "## Presets", "", "The first is taken unless `--preset` names another.", ""]
    lines += ["| preset | steps of batch | for | settings |", "| --- | --- | --- | --- |"]
    for preset in card["presets"]:
        changes = " ".join(f"{key}={value(one)}" for key, one in sorted(preset["changes"].items()))
        lines.append(
            f"| `{preset['name']}` | {preset['steps']} of {preset['batchSize']} | {escaped(preset['summary'])} | "
            f"{escaped(changes)} |")
    lines += ["", "## Settings", "", "`--set field=value`; those with a star may change when a run is resumed.", ""]
    lines += ["| field | default | meaning |", "| --- | --- | --- |"]
    for field in card["fields"]:
        star = " \\*" if field["mayChange"] else ""
        lines.append(f"| `{field['name']}`{star} | {escaped(value(field['default']))} | {escaped(field['meaning'])} |")
    return "\n".join([*lines, "", "## See also", "", "- <doc:Systems>", ""])


def overview(entries: list[dict]) -> str:
    """The page that lists them all."""
    lines = ["# The systems", "", "Every system of `gan list`, with its card, its picture and what it was measured to do.",
             "", "## Overview", "", "| system | |", "| --- | --- |"]
    lines += [f"| <doc:System-{e['name']}> | {escaped(e['summary'])} |" for e in entries]
    lines += ["", "## Topics", ""]
    for group in dict.fromkeys(e["group"] for e in entries):
        lines += [f"### {group.replace(':', ',')}", ""]
        lines += [f"- <doc:System-{e['name']}>" for e in entries if e["group"] == group] + [""]
    return "\n".join(lines)


def main() -> int:
    """Writes all pages."""
    gan, folder = sys.argv[1], Path(sys.argv[2])
    entries = [entry for entry in said(gan, "list") if "arXiv" in entry["paper"]]
    names, rows, said_of = [entry["name"] for entry in entries], results(), captions()
    for entry in entries:
        card = said(gan, "show", entry["name"])
        (folder / f"System-{entry['name']}.md").write_text(page(entry, card, names, rows, said_of))
    (folder / "Systems.md").write_text(overview(entries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
