"""Who came to the demo shop and what they said, read from deploy/demo/history.yaml."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from escalation.roster import Agent, Role


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """Ways to say it, by language."""

    fr: tuple[str, ...]
    en: tuple[str, ...]

    def of(self, language: str) -> tuple[str, ...]:
        return self.fr if language == "fr" else self.en


class Said(_Part):
    fr: str
    en: str

    def of(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


class Written(_Part):
    title: str
    questions: tuple[str, ...]
    text: str


class Entries(_Part):
    fr: Written
    en: Written


class Colleague(_Part):
    name: str
    display: str
    role: Role
    teams: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    def agent(self) -> Agent:
        return Agent(self.name, self.display, self.role, self.teams, self.languages)


class Story(Words):
    """Something that customers come with."""

    weight: int = 1
    about: frozenset[str] = frozenset()
    """Twin keys of the entries that answer it; none: the help centre does not."""
    then: Words | None = None
    """What they add while they wait for a person."""
    reply: Said | None = None
    """Of a colleague."""
    entry: Entries | None = None
    """What became of it in the help centre."""


class Canned(_Part):
    title: str
    language: str
    text: str


class Ratings(_Part):
    good: Words
    bad: Words


class Script(_Part):
    colleagues: tuple[Colleague, ...]
    customers: tuple[str, ...]
    questions: tuple[Story, ...]
    holes: tuple[Story, ...]
    persons: tuple[Story, ...]
    spam: tuple[str, ...]
    greetings: Words
    thanks: Words
    too_little: Words
    back_to_assistant: Words
    """How they begin who come back after a day or more."""
    back_to_person: Words
    patience: Said
    anything_else: Said
    ratings: Ratings
    notes: tuple[str, ...]
    canned: tuple[Canned, ...]


def read_script(path: Path) -> Script:
    return Script.model_validate(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))
