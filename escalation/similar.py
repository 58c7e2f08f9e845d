"""What was answered the last times somebody asked this: resolved escalations whose question is alike."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from escalation.queue import Filter, Order, Queue
from escalation.ticket import Closing, Status, Ticket
from knowledge.lexical import Document, LexicalIndex

REMEMBERED = 2000
"""So many resolved escalations are looked through, the newest."""
ALIKE = 0.3
"""Share of the question's weight in words from which two are alike."""
_ANSWERED = Filter(statuses=frozenset({Status.RESOLVED}), closed_how=Closing.RESOLVED)


@dataclass(frozen=True, slots=True)
class SimilarCase:
    number: int
    conversation_id: str
    question: str
    answer: str
    """A person's last words."""
    language: str | None
    stars: int | None
    score: float
    """About 1 when all words of the question are in it."""


class Similar(Protocol):
    async def like(self, question: str, but: str, limit: int = 3) -> Sequence[SimilarCase]:
        """Best first, of other conversations than `but`. May raise QueueUnavailable."""
        ...


class ResolvedCases:
    """Searches the words of what the queue remembers. When others were resolved it reads it again, at most
    every `rest` seconds; what it gives is as it is now: a reply may have been edited or withdrawn since."""

    def __init__(self, queue: Queue, rest: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._queue = queue
        self._rest = rest
        self._clock = clock
        self._read_at = -math.inf
        self._known = 0
        self._cases: list[Ticket] = []
        self._index = LexicalIndex(())
        self._reading = asyncio.Lock()

    async def like(self, question: str, but: str, limit: int = 3) -> Sequence[SimilarCase]:
        if not question.strip():
            return []
        async with self._reading:
            await self._catch_up()
            cases, index = self._cases, self._index
        if not cases:
            return []
        scores = index.scores(index.read(question))
        order = sorted(range(len(cases)), key=lambda row: (-float(scores[row]), -cases[row].number))
        alike = (row for row in order if scores[row] >= ALIKE and cases[row].conversation_id != but)
        best = [(cases[row].number, float(scores[row])) for _, row in zip(range(limit), alike, strict=False)]
        now = [(await self._queue.get(number), score) for number, score in best]
        return [_case(ticket, score) for ticket, score in now if ticket and ticket.answer]

    async def _catch_up(self) -> None:
        if self._clock() - self._read_at < self._rest:
            return
        self._read_at = self._clock()
        resolved = await self._queue.count(_ANSWERED)
        if resolved == self._known:
            return
        found = await self._queue.open_tickets(REMEMBERED, _ANSWERED, Order.NEWEST)
        self._cases = [ticket for ticket in found if ticket.answer and ticket.question]
        self._index = await asyncio.to_thread(LexicalIndex, [_document(ticket) for ticket in self._cases])
        self._known = resolved


def _document(ticket: Ticket) -> Document:
    return Document(str(ticket.number), ticket.language or "", ticket.question, (), ticket.answer or "")


def _case(ticket: Ticket, score: float) -> SimilarCase:
    return SimilarCase(
        ticket.number,
        ticket.conversation_id,
        ticket.question,
        ticket.answer or "",
        ticket.language,
        ticket.stars,
        score,
    )
