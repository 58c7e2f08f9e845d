"""Gathers what a packet is made of, anew each time somebody looks."""

from __future__ import annotations

import asyncio

from bot.brief import Brief
from bot.log import ConversationLog
from bot.turn import Knowledge
from escalation.packet import Packet, packet, question_of, trace_of
from escalation.queue import Queue
from escalation.similar import Similar
from knowledge.entries import Audience
from knowledge.evidence import Evidence, Question
from knowledge.ports import IndexUnavailable, ModelUnavailable, WrongModel

PATIENCE = 10.0
"""Seconds that a search may take; the packet comes without it then."""


class Packets:
    def __init__(
        self,
        log: ConversationLog,
        queue: Queue,
        knowledge: Knowledge,
        similar: Similar,
        brief: Brief,
        unavailable: tuple[type[Exception], ...] = (),
    ) -> None:
        """`unavailable` are the errors by which the store says that it is away; the index's are known."""
        self._log = log
        self._queue = queue
        self._knowledge = knowledge
        self._similar = similar
        self._brief = brief
        self._unavailable: tuple[type[Exception], ...] = (
            IndexUnavailable,
            ModelUnavailable,
            WrongModel,
            TimeoutError,
            *unavailable,
        )

    async def of(self, conversation_id: str, language: str = "en") -> Packet | None:
        """For the conversation's newest ticket, in the reader's language; None when it never came to people.
        Raises LogUnavailable, QueueUnavailable."""
        ticket = await self._queue.of(conversation_id)
        if ticket is None:
            return None
        events = await self._log.read(conversation_id)
        question = question_of(ticket, trace_of(events, ticket))
        similar = await self._similar.like(question, conversation_id)
        found = await self._find(question, ticket.language)
        return packet(ticket, events, found, similar, self._brief, language)

    async def _find(self, question: str, language: str | None) -> Evidence | None:
        """With a colleague's eyes. None when there is nothing to search, or nothing to search in."""
        if not question.strip():
            return None
        asked = Question(question, language or self._brief.languages[0], frozenset(Audience))
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._knowledge.find(asked)
        except self._unavailable:
            return None
