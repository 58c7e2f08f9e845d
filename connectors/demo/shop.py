"""The demo shop with a clock that is set: the real parts, at the moments at which things are to happen."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.events import Author, OutcomeGiven
from bot.handover import hand_over_unread
from bot.reception import Reception
from bot.turn import Knowledge, Turn
from connectors.assembly import Service
from connectors.demo.script import Script, Story
from escalation.desk import Desk
from escalation.due import due
from escalation.judgements import Corrections, entry_of
from escalation.roster import Agent
from knowledge.entries import Audience, Entry
from knowledge.evidence import Evidence, Question
from knowledge.ports import Browsing

ALL = 10_000
"""More articles than the shop has."""


class Moving:
    """A clock that somebody sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Remembering:
    """Searches for each question once: customers ask alike."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._found: dict[Question, Evidence] = {}

    async def find(self, question: Question) -> Evidence:
        if question not in self._found:
            self._found[question] = await self._knowledge.find(question)
        return self._found[question]

    def forget(self, texts: Collection[str]) -> None:
        """The help centre says more about these by now."""
        self._found = {asked: found for asked, found in self._found.items() if asked.text not in texts}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of the assistant, as somebody who knows would judge it."""

    conversation_id: str
    position: int
    language: str
    right: bool
    story: Story


@dataclass
class Shop:
    service: Service
    script: Script
    chance: random.Random
    clock: Moving
    site: str | None
    given: list[Given] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    """Ids of the entries that were made in the story."""
    twins: dict[str, str | None] = field(default_factory=dict)
    articles: dict[tuple[str, str], Entry] = field(default_factory=dict)
    """What customers may read, by twin key and language."""

    def __post_init__(self) -> None:
        service, brief = self.service, self.service.brief
        self.knowledge = Remembering(service.knowledge)
        self.reception = Reception(
            service.log,
            Turn(self.knowledge, brief, service.detector),
            self.clock,
            hand_over=lambda reason, state: hand_over_unread(brief, reason, state, self.clock()),
            longest=service.settings.limits.message_characters,
        )
        self.desk = Desk(service.log, self.clock, tuple(brief.teams), brief.default_team)
        self.corrections = Corrections(self.desk, service.editor, service.log)
        self.agents = {one.name: one.agent() for one in self.script.colleagues}

    async def read_articles(self) -> None:
        shown = Browsing(audience=Audience.PUBLIC, resources=False)
        for listed in await self.service.entries.browse(shown, limit=ALL):
            if listed.entry.twin and listed.entry.language:
                self.articles[listed.entry.twin, listed.entry.language] = listed.entry

    @property
    def zone(self) -> ZoneInfo:
        return self.service.brief.zone

    async def is_right(self, given: OutcomeGiven, story: Story) -> bool:
        entry_id = entry_of(given.outcome)
        if entry_id is None or not story.about:
            return entry_id in self.written
        if entry_id not in self.twins:
            [stored] = await self.service.entries.get([entry_id], frozenset(Audience))
            self.twins[entry_id] = stored.entry.twin
        return self.twins[entry_id] in story.about

    def somebody(self, team: str | None, language: str) -> Agent:
        fit = [a for a in self.agents.values() if a.is_in(team) and a.speaks(language)]
        return self.chance.choice(fit or list(self.agents.values()))

    def until_open(self, team: str | None) -> timedelta | None:
        """Nothing while the team is there; None when it does not come back soon."""
        now = self.clock()
        spans = self.service.brief.calendar(team).spans(now, now + timedelta(days=6))
        start = next((start for start, _ in spans), None)
        return None if start is None else max(start - now, timedelta())

    async def keep_time(self, conversation_id: str) -> None:
        """What the timekeeper would have written by now."""
        while ticket := await self.service.queue.of(conversation_id):
            event = due(ticket, self.service.brief, self.agents, self.clock())
            if event is None:
                return
            await self.service.log.append(conversation_id, event, Author.SYSTEM, None, self.clock())
