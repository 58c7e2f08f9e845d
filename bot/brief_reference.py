"""docs/brief.md, made from the fields of the brief: `python -m bot.brief_reference > docs/brief.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum, StrEnum
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.brief import (
    Brief,
    Example,
    ForbiddenTopic,
    Place,
    Policy,
    SensitiveTopic,
)
from bot.decisions import Priority
from bot.errand_rules import Action, Slot
from bot.model_use import ModelUse
from bot.routing import RoutingRule, Situation
from bot.teams import ServiceLevel, Team
from bot.words.names import COMMON_PLACES, PLACES, Phrase
from bot.words.phrases import words_for

_PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("A team", Team),
    ("A service level", ServiceLevel),
    ("A routing rule", RoutingRule),
    ("A situation", Situation),
    ("A sensitive topic", SensitiveTopic),
    ("A forbidden topic", ForbiddenTopic),
    ("A resource of a topic", Place),
    ("An action", Action),
    ("A slot of an action", Slot),
    ("An example", Example),
    ("Use of a language model", ModelUse),
)
_POLICIES = {
    Policy.ESCALATE: "a person takes over: `team`, told to the customer in `words`",
    Policy.REFUSE: "the bot declines in `words`",
    Policy.ANSWER: "the bot shows `resource`, after `words`",
    Policy.RUN: "the bot runs `action` and passes on what it says; a person takes over if it fails",
    Policy.SEARCH: "nothing special: an ordinary question, answered from the help centre",
}


def reference() -> str:
    """The page, in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The brief"
    yield ""
    yield "`brief.yaml` tells the bot whom it works for and how to behave. Each field has a default: an empty"
    yield "file works. A mistake is refused at start with the file, the line, the field and what is allowed."
    yield "`deploy/demo/brief.yaml` is a full example with comments."
    yield ""
    yield "This page is made from the code by `python -m bot.brief_reference > docs/brief.md`."
    yield ""
    yield "A *text* is one text for all languages, or one for each: `fr: …` and `en: …`."
    yield ""
    yield from _table(Brief)
    for title, model in _PARTS:
        yield f"## {title}"
        yield ""
        yield from _table(model)
    yield "## Policies"
    yield ""
    yield from (f"- `{policy}`: {meaning}" for policy, meaning in _POLICIES.items())
    yield ""
    yield "## Phrases"
    yield ""
    common = ", ".join(f"`{{{place}}}`" for place in sorted(COMMON_PLACES))
    yield f"Any phrase may use {common}; the places of its own stand in the second column."
    yield ""
    yield "| Phrase | Places | In English | In French |"
    yield "|---|---|---|---|"
    yield from (_phrase_row(phrase) for phrase in Phrase)


def _phrase_row(phrase: Phrase) -> str:
    places = ", ".join(f"`{{{place}}}`" for place in sorted(PLACES.get(phrase, frozenset())))
    return (
        f"| `{phrase}` | {places} | {words_for('en').phrases[phrase]} | {words_for('fr').phrases[phrase]} |"
    )


def _table(model: type[BaseModel]) -> Iterator[str]:
    yield "| Field | Values | Default | Meaning |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        yield f"| `{name}` | {_values(field.annotation)} | {_default(field)} | {field.description} |"
    yield ""


def _values(annotation: Any) -> str:
    if annotation is bool:
        return "`true`, `false`"
    arguments = [argument for argument in get_args(annotation) if argument not in (type(None), ...)]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{value}`" for value in annotation)
    if annotation in (int, float):
        return "number"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return next(title.lower() for title, model in _PARTS if model is annotation)
    if get_origin(annotation) is tuple:
        return f"list of: {_values(arguments[0])}"
    if get_origin(annotation) is dict:
        return "text" if arguments == [str, str] else _named(*arguments)
    return _values(arguments[0]) if arguments else "text"


def _named(key: Any, annotation: Any) -> str:
    if get_origin(annotation) is dict:
        return "language → phrase → text"
    return f"{'priority' if key is Priority else 'name'} → {_values(annotation)}"


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "needed"
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, dict) and value:
        return "; ".join(f"{language}: {text}" for language, text in value.items())
    if isinstance(value, tuple) and value:
        return ", ".join(f"`{item}`" for item in value)
    return str(value) if value else ""


if __name__ == "__main__":
    sys.stdout.write(reference())
