"""A colleague names the entry that answers what was asked in vain: which questions, which entries come first,
and what becomes of each question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors.console.refusals import NotThere, Refused
from connectors.console.trace import traced
from connectors.console.visit import StaffVisit
from escalation.judgements import Answered, outcome_in
from escalation.other_ways import Led, Posed, led, ruled_out
from escalation.questions import grouped
from escalation.reports import Scope
from knowledge.entries import Audience, Entry
from knowledge.ports import Browsing, StoredEntry

MOST_AT_ONCE = 50
"""Questions: no entry has more ways to ask, and one undo takes them all back."""
MOST_CANDIDATES = 5
CUSTOMERS = frozenset({Audience.PUBLIC})


@dataclass(frozen=True, slots=True)
class Named:
    """An entry that somebody says answers some questions, with what comes of it."""

    stored: StoredEntry
    led: Sequence[Led]
    changes: Sequence[Change]

    def title_of(self, id: str) -> str:
        return next(change.after.title for change in self.changes if change.after.id == id)


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry gets: questions that it answers, some of them as other ways to ask."""

    before: StoredEntry
    after: Entry
    of: Sequence[Answered]

    @property
    def added(self) -> int:
        return len(self.after.questions) - len(self.before.entry.questions)


async def group_of(visit: StaffVisit, pair: Answered, days: int) -> list[Answered]:
    """What was asked in like words in these days and has no answer yet, latest first; it alone where it is
    among none."""
    scope = Scope(visit.now - timedelta(days=days), visit.now)
    for group in grouped(await visit.parts.service.reports.open_questions(scope)):
        pairs = [(one.conversation_id, one.position) for one in group.unanswered]
        if pair in pairs:
            return pairs
    return [pair]


async def posed_in(visit: StaffVisit, pairs: Iterable[Answered]) -> list[Posed]:
    """Raises NotThere where the assistant gave no outcome."""
    found = []
    for conversation_id, position in pairs:
        events = await visit.parts.service.log.read(conversation_id)
        given = outcome_in(events, position)
        if given is None:
            raise NotThere
        found.append(Posed((conversation_id, position), events, given))
    return found


async def candidates(visit: StaffVisit, questions: Sequence[Posed]) -> list[Entry]:
    """What the assistant itself considered, the best first, without what it answered wrongly from."""
    scores: defaultdict[str, float] = defaultdict(float)
    for posed in questions:
        wrong = ruled_out(posed)
        ids = [one.entry_id for one in traced(posed.given).candidates if one.entry_id != wrong]
        for rank, id in enumerate(ids, 1):
            scores[id] += 1 / rank
    best = sorted(scores, key=lambda id: -scores[id])
    found = {one.entry.id: one.entry for one in await visit.parts.service.entries.get(best, CUSTOMERS)}
    return [found[id] for id in best if id in found][:MOST_CANDIDATES]


async def named(visit: StaffVisit, id: str, questions: Sequence[Posed]) -> Named:
    """Raises NotThere, and Refused for what customers may not see."""
    stored = await _for_customers(visit, id)
    twins = await _twins(visit, stored.entry)
    known = {one.entry.id: one for one in (stored, *twins)}
    found, after = led(stored.entry, [twin.entry for twin in twins], questions)
    changes = [
        Change(known[entry.id], entry, [each.posed.of for each in found if each.entry_id == entry.id])
        for entry in after
    ]
    return Named(stored, found, changes)


async def _for_customers(visit: StaffVisit, id: str) -> StoredEntry:
    found = await visit.parts.service.entries.get([id], frozenset(Audience))
    if not found:
        raise NotThere
    stored = found[0]
    if stored.entry.audience is not Audience.PUBLIC:
        title = stored.entry.title
        raise Refused(
            visit.words(
                "“{name}” is for staff only: it cannot answer customers. Choose another one.", name=title
            )
        )
    return stored


async def _twins(visit: StaffVisit, entry: Entry) -> Sequence[StoredEntry]:
    """What says the same to customers in other languages."""
    if not entry.twin:
        return []
    entries = visit.parts.service.entries
    listed = await entries.browse(Browsing(twin=entry.twin))
    return await entries.get([one.entry.id for one in listed if one.entry.id != entry.id], CUSTOMERS)
