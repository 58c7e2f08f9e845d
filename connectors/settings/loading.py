"""The settings that are in force: the file's, and the environment's, which win."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from connectors.settings import refusals
from connectors.settings.refusals import SettingsRefused
from connectors.settings.settings import Settings

FILE_NAME = "comptoir.toml"


def load_settings(file: Path | None = None, **overrides: Any) -> Settings:
    """Read `file` (when None: $COMPTOIR_SETTINGS, else ./comptoir.toml if it is there) and the environment.

    Relative paths count from the file's folder. Overrides win over all. Raises SettingsRefused.
    """
    place = find_file(file)
    text = _read(place) if place else ""
    values = _parse(place, text) if place else {}
    problems = [*refusals.secrets_in(place, text, values), *refusals.unknown_variables(os.environ)]
    try:
        settings = Settings(**(values | overrides))
    except ValidationError as refused:
        problems += refusals.told(refused, place, text)
    except SettingsError as refused:
        problems.append(refusals.not_json(refused))
    if problems:
        raise SettingsRefused(tuple(dict.fromkeys(problems)))
    return _anchored(settings, (place.parent if place else Path()).absolute())


def find_file(file: Path | None) -> Path | None:
    """The settings file that counts, or None where the defaults do."""
    if file is not None:
        return file
    if named := os.environ.get("COMPTOIR_SETTINGS"):
        return Path(named)
    here = Path(FILE_NAME)
    return here if here.is_file() else None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise SettingsRefused((f"{file}: no such file; write one with: comptoir init DIR",)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused((f"{file}: cannot be read: {error}",)) from None


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{file}:{line[1]}" if line else str(file)
        raise SettingsRefused((f"{place}: is not TOML: {error}",)) from None


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Paths of the file count from its folder."""

    def anchored(path: Path) -> Path:
        return Path(os.path.normpath(folder / path.expanduser()))

    sources = tuple(
        source.model_copy(update={"path": anchored(source.path)}) if source.path else source
        for source in settings.sources
    )
    mail = settings.mail
    if mail.ca_file:
        mail = mail.model_copy(update={"ca_file": anchored(mail.ca_file)})
    rasa = settings.rasa
    if rasa.actions:
        rasa = rasa.model_copy(update={"actions": anchored(rasa.actions)})
    return settings.model_copy(
        update={
            "data": anchored(settings.data),
            "brief": anchored(settings.brief) if settings.brief else None,
            "sources": sources,
            "mail": mail,
            "rasa": rasa,
        }
    )
