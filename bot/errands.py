"""What the company's own actions are asked to do for a customer, and what comes of it.

An errand is one run of an action, with what the customer's message says it needs. What the action says is an
outcome like any other; when it fails, a person takes over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.asked import Asked
from bot.brief_parts import text_in
from bot.decisions import Answer, Card, Decision, Route, SmallTalk
from bot.errand_rules import Action, Slot

if TYPE_CHECKING:
    from bot.brief import Brief

SHOWN = 2
"""Signs of a slot's value that logs and traces show: enough to compare, not enough to use."""


@dataclass(frozen=True, slots=True)
class Errand:
    action: str
    slots: Mapping[str, str]
    text: str
    """The customer's words."""
    conversation_id: str
    language: str
    seconds: float

    @property
    def masked(self) -> dict[str, str]:
        """The slots, for logs and traces."""
        return {name: masked(value) for name, value in self.slots.items()}

    def without_slots(self, text: str) -> str:
        """What an action says of its failure may repeat what it was given."""
        for value in sorted(self.slots.values(), key=len, reverse=True):
            text = text.replace(value, masked(value))
        return text


@dataclass(frozen=True, slots=True)
class Said:
    """What an action said to the customer."""

    text: str
    """Markdown."""
    choices: tuple[str, ...] = ()
    ran: str = ""
    """Where it ran, for the trace."""
    wants_person: bool = False
    """A person is to take over; the text, if there is one, is what the customer is told first."""
    why: str = ""
    """It wants one: for the team."""


class ErrandFailed(Exception):
    """The action is not there, broke, or said nothing. `detail` is for whoever mends it."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class Errands(Protocol):
    async def run(self, errand: Errand) -> Said:
        """Raises ErrandFailed. It is cancelled when it takes longer than the errand's seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Needs:
    """What an action needs: what is known of it, and what to ask for."""

    known: Mapping[str, str]
    missing: tuple[str, ...]
    question: str | None = None
    """To be asked; None when nothing is missing, or it has been asked already."""

    @property
    def can_go_on(self) -> bool:
        return not self.missing or self.question is not None


def needs_of(action: Action, asked: Asked, language: str) -> Needs:
    """From these messages, and from the one before where the bot asked back then."""
    text = _text(asked)
    asked_before = _asked_before(action, asked)
    places = (text, asked.exchanges[-1].question) if asked_before else (text,)
    known = {name: value for name, slot in action.slots.items() if (value := _first(slot, places))}
    missing = tuple(name for name in action.slots if name not in known)
    question = text_in(action.slots[missing[0]].ask, language) if missing and not asked_before else None
    return Needs(known, missing, question)


def goes_on(action: Action, asked: Asked) -> bool:
    """The bot asked for what this action needs, and here it is."""
    return _asked_before(action, asked) and any(slot.value_in(_text(asked)) for slot in action.slots.values())


def errand_of(
    topic: str | None, decision: Decision, asked: Asked, brief: Brief, language: str
) -> Errand | None:
    """What is to be run instead of `decision`: the topic's action, or that of the resource to be shown."""
    name = brief.rule(topic).action if topic is not None else _action_for(decision, brief)
    if name is None:
        return None
    action = brief.actions[name]
    needs = needs_of(action, asked, language)
    if needs.missing:
        return None
    return Errand(name, needs.known, _text(asked), asked.conversation_id, language, action.seconds)


def masked(value: str) -> str:
    hidden = max(len(value) - SHOWN, 1)
    return "•" * hidden + value[hidden:]


def _action_for(decision: Decision, brief: Brief) -> str | None:
    match decision:
        case Route(card=Card(title=title)) | Answer(card=Card(title=title)):
            wanted = title.casefold()
            fits = (name for name, a in brief.actions.items() if wanted in map(str.casefold, a.resources))
            return next(fits, None)
        case _:
            return None


def _asked_before(action: Action, asked: Asked) -> bool:
    last = asked.exchanges[-1].outcome if asked.exchanges else None
    questions = {text for slot in action.slots.values() for text in slot.ask.values()}
    return isinstance(last, SmallTalk) and last.text in questions


def _first(slot: Slot, places: tuple[str, ...]) -> str | None:
    return next((value for text in places if (value := slot.value_in(text))), None)


def _text(asked: Asked) -> str:
    return "\n".join(message.strip() for message in asked.messages if message.strip())
