"""What colleagues judge by lot corrects the confidence: read from the log, and again when there is more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.log import ConversationLog
from escalation.facts import ANSWERING
from escalation.judgements import RIGHT, labels
from escalation.reports import Reports, ReportsUnavailable, Scope, Searched
from knowledge.correction import Label, Labels
from knowledge.knowledge_base import KnowledgeBase
from knowledge.ports import IndexUnavailable
from knowledge.store.database import DatabaseUnavailable

EVERY = 600.0
"""Seconds between two looks at what was judged."""
LOOKED_BACK = timedelta(days=90)
"""Where something new is looked for."""
MOST = 1000
"""Labels learnt from, the latest."""
LATELY = timedelta(days=14)
"""What was asked lately is what thresholds are chosen for."""
MOST_ASKED = 2000

_logging = logging.getLogger(__name__)


class Learner:
    def __init__(
        self,
        reports: Reports,
        log: ConversationLog,
        knowledge: KnowledgeBase,
        clock: Callable[[], datetime],
    ) -> None:
        self._reports = reports
        self._log = log
        self._knowledge = knowledge
        self._clock = clock
        self._learnt: list[tuple[datetime, bool]] = []

    async def run(self) -> None:
        """Until cancelled. A database that is away is asked again later."""
        while True:
            try:
                await self.learn()
            except (ReportsUnavailable, DatabaseUnavailable, IndexUnavailable) as error:
                _logging.warning("nothing was learnt from labels now: %s", error)
            await asyncio.sleep(EVERY)

    async def learn(self) -> bool:
        """Whether there was anything new."""
        now = self._clock() + timedelta(seconds=1)
        searched = await self._reports.searched(Scope(now - LOOKED_BACK, now))
        told = [(one.at, right) for one in searched if (right := right_by_lot(one)) is not None]
        if told == self._learnt:
            return False
        recent = [one.uncorrected for one in searched if one.at >= now - LATELY][:MOST_ASKED]
        await self._knowledge.learn(Labels(tuple(await self._given()), tuple(recent)))
        self._learnt = told
        return True

    async def _given(self) -> list[Label]:
        found = [
            Label(dict(label.features), right)
            async for label in labels(self._reports, self._log)
            if label.by_chance
            and label.kind in ANSWERING
            and label.features
            and label.review is not None
            and (right := RIGHT[label.review]) is not None
        ]
        return found[-MOST:]


def right_by_lot(one: Searched) -> bool | None:
    """Whether an answer was right, where a colleague said so who was shown it by lot; else nobody knows."""
    if not one.by_chance or one.review is None or one.kind not in ANSWERING:
        return None
    return RIGHT[one.review]
