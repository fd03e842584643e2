"""A system's settings: the fields of the Swift configuration, read from their text as after `--set`."""

from __future__ import annotations

from collections.abc import Mapping

Setting = bool | int | float | str | list[int]
Settings = dict[str, Setting]
Choices = Mapping[str, Mapping[str, Settings]]
"""For each field with a choice its values, and the defaults that go with each of them."""


def parsed(name: str, given: Mapping[str, str], defaults: Settings, choices: Choices) -> Settings:
    """The values of all fields of the system `name`; an unknown field or choice is an error."""
    unknown = given.keys() - defaults.keys()
    if unknown:
        raise ValueError(f"{name} has no setting {', '.join(sorted(unknown))}")
    settings = dict(defaults)
    for key, values in choices.items():
        chosen = given.get(key, settings[key])
        if chosen not in values:
            raise ValueError(f"{key}: {chosen!r} is none of {', '.join(values)}")
        settings |= values[chosen]
    return settings | {key: read(text, defaults[key]) for key, text in given.items()}


def read(text: str, like: Setting) -> Setting:
    """The value of a text, of the same type as another one."""
    if isinstance(like, bool):
        return {"true": True, "false": False}[text]
    if isinstance(like, list):
        return [int(item) for item in text.split(",")]
    return type(like)(text)
