#!/usr/bin/env python3
"""Writes manual pages of a command from what it says of itself, one for each subcommand.

    gan --experimental-dump-help | Scripts/make_manual.py FOLDER VERSION

Swift-argument-parser's plugin `generate-manual` does the like in a package that is being built; this needs the
command alone, as an installation has it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Iterator

Command = dict[str, Any]


def escaped(text: str) -> str:
    """Text as roff shows it: hyphens stay hyphens, and nothing is taken for a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("~", "\\(ti").replace("^", "\\(ha")
    return "\\&" + text if text.startswith((".", "\\(aq")) else text


def option_names(argument: Command) -> str:
    """`-o, --output FILE`, or the name of what is no option."""
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        return f"\\fI{escaped(value)}\\fR" + (" ..." if argument["isRepeating"] else "")
    dashes = {"short": "-", "long": "--", "longWithSingleDash": "-"}
    names = sorted((dashes[name["kind"]] + name["name"] for name in argument["names"]), key=len)
    text = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    return text if argument["kind"] == "flag" else f"{text} \\fI{escaped(value)}\\fR"


def described(argument: Command) -> str:
    """What an argument is for, and its default where the text does not say it."""
    text = argument.get("abstract", "")
    default = argument.get("defaultValue")
    return text if default is None or "(default:" in text else f"{text} (default: {default})"


def synopsis(names: list[str], command: Command) -> str:
    """The line that shows what must be there."""
    words = [f"\\fB{escaped(' '.join(names))}\\fR"]
    if command.get("subcommands"):
        return " ".join([*words, "\\fIsubcommand\\fR"])
    for argument in shown(command):
        if argument["kind"] == "positional" or not argument["isOptional"]:
            name = option_names(argument)
            words.append(f"[{name}]" if argument["isOptional"] else name)
    return " ".join([*words, "[\\fIoptions\\fR]"])


def shown(command: Command) -> list[Command]:
    """The arguments that help lists."""
    return [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]


def option_lines(command: Command) -> Iterator[str]:
    """All arguments, under the titles that they have in help."""
    title = None
    for argument in shown(command):
        if argument.get("sectionTitle") != title:
            title = argument.get("sectionTitle")
            yield f".SS {escaped(title or 'Other')}"
        yield from (".TP", option_names(argument), escaped(described(argument)))


def discussion_lines(text: str) -> Iterator[str]:
    """Paragraphs as they are, and lines with a deeper margin as they stand."""
    for paragraph in text.split("\n\n"):
        head, _, rest = paragraph.partition("\n")
        if head.strip() == "EXAMPLES:":
            yield from (".SH EXAMPLES", ".nf", *(escaped(line.strip()) for line in rest.splitlines()), ".fi")
        else:
            yield from (".PP", escaped(" ".join(paragraph.split())))


def page(names: list[str], command: Command, version: str) -> str:
    """One manual page."""
    name = "-".join(names)
    lines = [
        f'.TH "{escaped(name.upper())}" 1 "" "SwiftGAN {version}" "SwiftGAN"',
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS",
        synopsis(names, command),
    ]
    subcommands = visible(command)
    if subcommands:
        lines.append(".SH COMMANDS")
        for sub in subcommands:
            pages = f"\\fB{escaped('-'.join([*names, sub['commandName']]))}\\fR(1)"
            lines += [".TP", pages, escaped(sub.get("abstract", ""))]
    text, _, examples = command.get("discussion", "").partition("EXAMPLES:")
    if text.strip():
        lines += [".SH DESCRIPTION", *discussion_lines(text.strip())]
    lines += [".SH OPTIONS", *option_lines(command)]
    if examples:
        lines += discussion_lines("EXAMPLES:" + examples)
    if len(names) > 1:
        lines += [".SH SEE ALSO", f"\\fB{escaped('-'.join(names[:-1]))}\\fR(1)"]
    return "\n".join(lines) + "\n"


def visible(command: Command) -> list[Command]:
    """The subcommands that help lists."""
    return [
        sub for sub in command.get("subcommands", []) if sub["shouldDisplay"] and sub["commandName"] != "help"
    ]


def pages(command: Command, version: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """A command's page and those of all below it, by the names of their files."""
    names = [*above, command["commandName"]]
    yield "-".join(names) + ".1", page(names, command, version)
    for sub in visible(command):
        yield from pages(sub, version, tuple(names))


def main() -> None:
    """Writes the files."""
    folder, version = Path(sys.argv[1]), sys.argv[2]
    command = json.load(sys.stdin)["command"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(command, version):
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
