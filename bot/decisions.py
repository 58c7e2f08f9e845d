"""What a turn may decide. Exactly one of these answers each message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from knowledge.entries import Citation, ResourceKind


class Reason(StrEnum):
    """Why a person takes over. A closed list: reports and routing count by it."""

    ASKED_FOR_PERSON = "asked_for_person"
    LOW_CONFIDENCE = "low_confidence"
    NOT_IN_KNOWLEDGE_BASE = "not_in_knowledge_base"
    SENSITIVE_TOPIC = "sensitive_topic"
    FRUSTRATED = "frustrated"
    REPEATED_FAILURE = "repeated_failure"
    UNAVAILABLE = "unavailable"
    POLICY = "policy"
    TAKEN_OVER = "taken_over"
    """Nobody asked: a colleague came in, or opened a closed conversation again."""


class Priority(StrEnum):
    """How soon a person is needed, the least first: they compare by `rank`."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        return list(Priority).index(self)


@dataclass(frozen=True, slots=True)
class EntryLink:
    entry_id: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A resource as the customer sees it."""

    entry_id: str
    kind: ResourceKind
    title: str
    text: str
    target: str
    hours: str | None = None
    """`opening_hours` syntax."""
    open_now: bool | None = None
    """None when it has no hours."""
    hours_text: str | None = None
    """"open until 18:00", in the customer's language."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Words of the knowledge base, cited. `text` is Markdown with [1], [2] where citations stand."""

    text: str
    citations: tuple[Citation, ...]
    more: EntryLink
    hedged: bool = False
    """"This may help:" stands before it, and a person is offered after it."""
    doubtful: bool = False
    """Less probable than the lead's target asks: hedged, and it says so in plain words."""
    card: Card | None = None
    """The resource that goes with it, when one came level with the article."""
    written: bool = False
    """A language model restated the passages; else they are quoted."""
    translated: str | None = None
    """A language model translated the passages from this language (ISO 639-1)."""
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class Route:
    text: str
    card: Card
    kind: Literal["route"] = "route"


@dataclass(frozen=True, slots=True)
class Clarify:
    """ "Do you mean A or B?" """

    text: str
    choices: tuple[EntryLink, ...]
    kind: Literal["clarify"] = "clarify"


@dataclass(frozen=True, slots=True)
class SmallTalk:
    text: str
    kind: Literal["small_talk"] = "small_talk"


@dataclass(frozen=True, slots=True)
class Performed:
    """What one of the company's own actions said."""

    text: str
    action: str
    """Its name, as in the brief."""
    choices: tuple[str, ...] = ()
    """Answers to click; their words are sent."""
    kind: Literal["performed"] = "performed"


@dataclass(frozen=True, slots=True)
class Escalate:
    text: str
    """What the customer is told: who takes over, and when."""
    reason: Reason
    topic: str | None = None
    """The sensitive topic of the brief, when that is the reason."""
    team: str | None = None
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    """What it is about, as far as the nearest entry and the routing rules say."""
    kind: Literal["escalate"] = "escalate"


Decision = Answer | Route | Clarify | SmallTalk | Performed | Escalate
