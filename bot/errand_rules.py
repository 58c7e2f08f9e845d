"""The company's own actions, as the brief lists them: what each needs to know, and where it takes over."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.brief_parts import Part, Text


def _readable(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    if compiled.match(""):
        raise ValueError(f"{pattern!r} fits nothing at all; it must want at least one sign")
    return pattern


Pattern = Annotated[str, Field(max_length=500), AfterValidator(_readable)]
SlotName = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
ActionName = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.-]*$")]


class Slot(Part):
    """Something that the action needs, taken from the message."""

    pattern: Pattern = Field(
        description="A regular expression for it; case does not matter. With a group, the group is the value."
    )
    ask: Text = Field(
        default={},
        description="What the customer is asked, once, when the message has none. Without it, or when they "
        "do not say, the message is answered like any other.",
    )

    def value_in(self, text: str) -> str | None:
        found = re.search(self.pattern, text, re.IGNORECASE)
        return None if found is None else (found.group(1) if found.re.groups else found.group()) or None


class Action(Part):
    """One action, by the name under which it is written (docs/rasa.md)."""

    slots: dict[SlotName, Slot] = Field(
        default={}, description="What it needs, by the slot's name. It runs when all of them are known."
    )
    resources: tuple[str, ...] = Field(
        default=(),
        description="Titles of resources of the help centre: a customer who would be shown one of them gets "
        "what the action says, when the message has all that it needs.",
    )
    seconds: float = Field(
        default=8.0, gt=0, le=20, description="How long it may take; then a person takes over."
    )
