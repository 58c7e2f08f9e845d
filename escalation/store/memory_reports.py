"""What the reports count, in memory: to be given to `MemoryLog` as a projection."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation import State
from bot.events import AnswerJudged, CorrectionPublished, LoggedEvent, OutcomeGiven, Review
from bot.log import utc
from escalation.endings import ending_of
from escalation.facts import (
    ANSWERING,
    AnswerFacts,
    ConversationFacts,
    answer_of,
    escalates,
    next_facts,
    uses_in,
)
from escalation.facts import Use as EntryUse
from escalation.queue import Filter, Queue
from escalation.reports import (
    FAULTS,
    LACKING,
    Began,
    BeganBy,
    Counted,
    Dimension,
    Given,
    Handled,
    Labelled,
    OpenQuestion,
    Scope,
    Searched,
    Use,
)
from escalation.reviews import Judgement, Reviews
from escalation.slots import day_number
from escalation.ticket import Closing, Status, Ticket

_Answer = tuple[str, int]


class MemoryReports:
    def __init__(self, queue: Queue, reviews: Reviews) -> None:
        """Both are projections of the same log."""
        self._queue = queue
        self._reviews = reviews
        self._conversations: dict[str, ConversationFacts] = {}
        self._answers: dict[_Answer, AnswerFacts] = {}
        self._uses: dict[_Answer, tuple[EntryUse, ...]] = {}

    async def apply(self, transaction: None, logged: LoggedEvent, state: State) -> None:
        id = logged.conversation_id
        self._conversations[id] = next_facts(self._conversations.get(id), logged, state)
        match logged.event:
            case OutcomeGiven() as given:
                self._given(logged, given, state)
            case AnswerJudged(position=position, useful=useful, comment=comment):
                self._note((id, position), useful=useful, comment=comment)
            case CorrectionPublished(position=position, entry_id=entry_id):
                self._note((id, position), published_as=entry_id)

    async def clear(self, transaction: None) -> None:
        self._conversations.clear()
        self._answers.clear()
        self._uses.clear()

    async def counted(self, scope: Scope, now: datetime, zone: ZoneInfo) -> Counted:
        conversations = [
            facts for facts in self._conversations.values() if _is_in(scope, facts.opened_at, facts)
        ]
        endings = [(facts.opened_at.astimezone(zone), ending_of(facts, now)) for facts in conversations]
        began = Counter((day_number(local.date()), ending) for local, ending in endings)
        hours = Counter(local.weekday() * 24 + local.hour for local, ending in endings if ending)
        stars = Counter(facts.stars for facts in conversations if facts.stars and not facts.dismissed)
        return Counted(
            [Began(day, ending, number) for (day, ending), number in began.items()],
            hours,
            await self._handled(scope),
            await self.given(scope),
            stars,
        )

    async def given(self, scope: Scope) -> Sequence[Given]:
        answers = [answer for answer in self._answers.values() if _is_in(scope, answer.at, answer)]
        given = Counter([(a.kind, a.hedged, a.useful, _review(await self._label(a))) for a in answers])
        return [Given(*common, number) for common, number in given.items()]

    async def began_by(self, scope: Scope, dimension: Dimension, zone: ZoneInfo) -> Sequence[BeganBy]:
        counted = (
            (day_number(facts.opened_at.astimezone(zone).date()), getattr(facts, dimension.value))
            for facts in self._conversations.values()
            if _is_in(scope, facts.opened_at, facts) and ending_of(facts, facts.opened_at) is not None
        )
        return [BeganBy(day, value, number) for (day, value), number in Counter(counted).items()]

    async def uses(self, entry_ids: Collection[str], since: datetime) -> Mapping[str, Use]:
        found: defaultdict[str, Use] = defaultdict(Use)
        for key, uses in self._uses.items():
            answer = self._answers[key]
            for use in uses:
                if use.entry_id in entry_ids and answer.at >= since:
                    found[use.entry_id] = _used(found[use.entry_id], use, answer)
        return dict(found)

    async def open_questions(self, scope: Scope, limit: int = 1000) -> Sequence[OpenQuestion]:
        answers = [
            answer
            for answer in self._answers.values()
            if _is_in(scope, answer.at, answer) and not self._conversations[answer.conversation_id].dismissed
        ]
        labelled = [(answer, await self._label(answer)) for answer in answers]
        found = [(answer, label) for answer, label in labelled if _is_open(answer, label)]
        found.sort(key=lambda pair: (pair[0].at, pair[0].conversation_id, pair[0].position), reverse=True)
        return [_question(answer, label) for answer, label in found[:limit]]

    async def labelled(self, limit: int, after: Labelled | None = None) -> Sequence[Labelled]:
        found = [
            _labelled(answer, await self._label(answer), await self._was_drawn(answer))
            for answer in self._answers.values()
        ]
        found = [one for one in found if one.review is not None or one.useful is not None]
        found.sort(key=_given_order)
        return [one for one in found if after is None or _given_order(one) > _given_order(after)][:limit]

    async def searched(self, scope: Scope, limit: int = 20_000) -> Sequence[Searched]:
        its = [answer for answer in self._answers.values() if _is_in(scope, answer.at, answer)]
        its.sort(key=lambda answer: (answer.at, answer.conversation_id, answer.position), reverse=True)
        found = [
            Searched(
                answer.at,
                answer.language,
                answer.kind,
                answer.hedged,
                answer.confidence,
                answer.uncorrected,
                answer.threshold,
                answer.entry_id,
                _review(await self._label(answer)),
                await self._was_drawn(answer),
                answer.useful,
            )
            for answer in its
            if answer.threshold is not None and answer.uncorrected is not None
        ]
        return found[:limit]

    async def unmarked(self, scope: Scope) -> Sequence[tuple[str, int]]:
        return [
            (answer.conversation_id, answer.position)
            for answer in self._answers.values()
            if _is_in(scope, answer.at, answer)
            and answer.kind in ANSWERING
            and await self._label(answer) is None
        ]

    async def sites(self) -> Sequence[str]:
        return sorted({facts.site for facts in self._conversations.values() if facts.site})

    async def languages(self) -> Sequence[str]:
        return sorted({facts.language for facts in self._conversations.values() if facts.language})

    def _given(self, logged: LoggedEvent, given: OutcomeGiven, state: State) -> None:
        id = logged.conversation_id
        if escalates(given) and (before := self._last_answer(id)):
            self._note(before, escalated=True)
        self._answers[id, logged.position] = answer_of(logged, given, state)
        self._uses[id, logged.position] = uses_in(given)

    def _last_answer(self, conversation_id: str) -> _Answer | None:
        its = (
            key
            for key, answer in self._answers.items()
            if key[0] == conversation_id and answer.kind != "small_talk"
        )
        return max(its, default=None)

    def _note(self, key: _Answer, **known: Any) -> None:
        if key in self._answers:
            self._answers[key] = replace(self._answers[key], **known)

    async def _handled(self, scope: Scope) -> list[Handled]:
        shown = Filter(
            statuses=frozenset(Status),
            site=scope.site,
            language=scope.language,
            opened_from=utc(scope.start),
            opened_before=utc(scope.end),
        )
        tickets = await self._queue.open_tickets(sys.maxsize, shown)
        return [
            _handled(ticket) for ticket in tickets if ticket.closed_how not in (Closing.SPAM, Closing.MERGED)
        ]

    async def _was_drawn(self, answer: AnswerFacts) -> bool:
        labels = await self._reviews.of(answer.conversation_id)
        return any(label.by_chance for label in labels if label.position == answer.position)

    async def _label(self, answer: AnswerFacts) -> Judgement | None:
        """The last one."""
        labels = await self._reviews.of(answer.conversation_id)
        its = (label for label in labels if label.position == answer.position)
        return max(its, key=lambda label: label.sequence, default=None)


def _handled(ticket: Ticket) -> Handled:
    return Handled(
        ticket.reason,
        _seconds(ticket.opened_at, ticket.picked_up_at),
        _seconds(ticket.opened_at, ticket.first_reply_at),
        _seconds(ticket.opened_at, ticket.closed_at),
        bool(ticket.breached),
    )


def _review(label: Judgement | None) -> Review | None:
    return label.review if label else None


def _is_open(answer: AnswerFacts, label: Judgement | None) -> bool:
    faulty = answer.useful is False or (label is not None and label.review in FAULTS)
    return bool(answer.question) and (answer.reason in LACKING or (answer.kind in ANSWERING and faulty))


def _question(answer: AnswerFacts, label: Judgement | None) -> OpenQuestion:
    return OpenQuestion(
        answer.conversation_id,
        answer.position,
        answer.at,
        answer.language,
        answer.question,
        frozenset(answer.stems.split()),
        answer.reason,
        _review(label),
        answer.useful,
        answer.published_as,
    )


def _labelled(answer: AnswerFacts, label: Judgement | None, by_chance: bool) -> Labelled:
    return Labelled(
        answer.conversation_id,
        answer.position,
        answer.at,
        answer.language,
        answer.question,
        _review(label),
        answer.useful,
        by_chance,
    )


def _given_order(labelled: Labelled) -> tuple[datetime, str, int]:
    return labelled.at, labelled.conversation_id, labelled.position


def _is_in(scope: Scope, at: datetime, of: ConversationFacts | AnswerFacts) -> bool:
    return (
        utc(scope.start) <= at < utc(scope.end)
        and scope.site in (None, of.site)
        and scope.language in (None, of.language)
    )


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if end else None


def _used(use: Use, new: EntryUse, answer: AnswerFacts) -> Use:
    thumb = answer.useful if new.cited else None
    return Use(
        use.cited + new.cited,
        use.shown + (not new.cited),
        use.useful + (thumb is True),
        use.not_useful + (thumb is False),
        use.escalated + answer.escalated,
        max(use.last_at or answer.at, answer.at),
    )
