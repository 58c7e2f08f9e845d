"""What is wrong with settings: where it stands, its name, and why."""

from __future__ import annotations

import difflib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from connectors.settings.names import NOT_SETTINGS, PREFIX, is_secret, variable
from connectors.settings.settings import BLOCKS, TABLES, Settings


class SettingsRefused(Exception):
    """What is wrong, one line each: the place, the name, why."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def secrets_in(file: Path | None, text: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name in values:
        field = Settings.model_fields.get(name)
        if field is not None and is_secret(field):
            place = _place(file, text, (name,))
            yield f"{place}: is a secret; put it into the environment as {variable(name)}"


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    known = {variable(name) for name in Settings.model_fields}
    for table, section in TABLES.items():
        known |= {variable(f"{table}__{name}") for name in section.model_fields}
    for name in environment:
        if name.startswith(PREFIX) and name.upper() not in known | NOT_SETTINGS:
            yield f"environment: {name}: there is no such setting{_guess(name, known)}"


def told(refused: ValidationError, file: Path | None, text: str) -> Iterator[str]:
    for error in refused.errors(include_url=False):
        at = error["loc"]
        if error["type"] == "extra_forbidden":
            why = f"there is no such setting{_guess(str(at[-1]), _names_at(at))}"
        else:
            why = _why(error["msg"], None if _within_secret(at) else error["input"], at)
        yield f"{_place(file, text, at)}: {why}"


def _within_secret(at: tuple[int | str, ...]) -> bool:
    field = Settings.model_fields.get(str(at[0])) if at else None
    return field is not None and is_secret(field)


def _why(message: str, value: object, at: tuple[int | str, ...]) -> str:
    message = message.removeprefix("Value error, ")
    may_hold_a_password = "@" in str(value)
    if isinstance(value, str | int | float | bool) and at and not may_hold_a_password:
        return f"{value!r} {message[0].lower()}{message[1:]}".replace(" input should", " should")
    return message


def not_json(refused: SettingsError) -> str:
    field = re.search(r'field "(\w+)"', str(refused))
    name = variable(field[1]) if field else str(refused)
    return f"environment: {name}: is not the JSON it should be: {refused.__cause__}"


def _names_at(at: tuple[int | str, ...]) -> set[str]:
    section = (TABLES | BLOCKS)[str(at[0])] if len(at) > 1 else Settings
    return set(section.model_fields)


def _guess(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _place(file: Path | None, text: str, at: tuple[int | str, ...]) -> str:
    """Where a value stands: in the environment, which wins, or in a line of the file."""
    names = [str(part) for part in at if isinstance(part, str)]
    for n in range(len(names), 0, -1):
        if (named := variable("__".join(names[:n]))) in os.environ:
            return f"environment: {named}"
    label = ".".join(names)
    if file is None:
        return label or "settings"
    line = _line_of(text, at)
    place = f"{file}:{line}" if line else str(file)
    return f"{place}: {label}" if label else place


def _line_of(text: str, at: tuple[int | str, ...]) -> int | None:
    """The line of the key at `("limits", "site_pages")` or `("sources", 1, "path")`; else of its table."""
    lines = dict(_keys(text))
    return next((lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in lines), None)


def _keys(text: str) -> Iterator[tuple[tuple[int | str, ...], int]]:
    table: tuple[int | str, ...] = ()
    blocks: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[+)\s*([\w-]+)\s*\]", line):
            table = (header[2],) if header[1] == "[" else (header[2], blocks[header[2]])
            blocks[header[2]] += 1
            yield table, number
        elif key := re.match(r"\s*\"?([\w-]+)\"?(?:\.[\w-]+)*\s*=", line):
            yield (*table, key[1]), number
