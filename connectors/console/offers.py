"""What is offered once an answer was judged: where it was right, its question as another way to ask; where it
was not, to name the entry that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.events import LoggedEvent
from connectors.console.entry_form import written
from connectors.console.visit import StaffVisit
from escalation.judgements import Answered, answered_by, asked_in, entry_of
from escalation.other_ways import Posed, confirmed, not_it, question_for
from escalation.roles import May
from knowledge.entries import Audience
from knowledge.ports import StoredEntry


@dataclass(frozen=True, slots=True)
class Offer:
    answered: Answered
    question: str
    """As it would be added."""
    stored: StoredEntry
    """What it would be added to."""

    @property
    def key(self) -> str:
        return written(self.answered)

    @property
    def title(self) -> str:
        return self.stored.entry.title


async def offers_in(
    visit: StaffVisit, conversation_id: str, events: Sequence[LoggedEvent]
) -> Mapping[int, Offer]:
    """By the position of the answer; none for who may not change entries."""
    if not visit.may(May.EDIT_KNOWLEDGE) or not (given := confirmed(events)):
        return {}
    named = {position: entry_of(one.outcome) for position, one in given.items()}
    ids = sorted({id for id in named.values() if id is not None})
    found = await visit.parts.service.entries.get(ids, frozenset({Audience.PUBLIC}))
    stored = {one.entry.id: one for one in found}
    posed = {at: Posed((conversation_id, at), events, one) for at, one in given.items()}
    return {
        position: Offer(posed[position].of, question, stored[id])
        for position, id in named.items()
        if id in stored and (question := question_for(stored[id].entry, posed[position]))
    }


@dataclass(frozen=True, slots=True)
class InVain:
    """What was asked when a colleague said of the answer that it was not the one."""

    of: Answered
    answered_by: str | None
    """The entry that was written or named since."""

    @property
    def key(self) -> str:
        return written(self.of)


def in_vain(conversation_id: str, events: Sequence[LoggedEvent]) -> Mapping[int, InVain]:
    """By the position of what the assistant said."""
    return {
        position: InVain((conversation_id, position), answered_by(events, position))
        for position, given in not_it(events).items()
        if asked_in(events, given).strip()
    }


async def offer_of(visit: StaffVisit, pair: Answered) -> Offer | None:
    conversation_id, position = pair
    events = await visit.parts.service.log.read(conversation_id)
    return (await offers_in(visit, conversation_id, events)).get(position)
