"""Evidence at hand for questions that were asked before, while nothing that it was made of has changed."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import replace

from knowledge.evidence import Evidence, Question
from knowledge.knowledge_base import Edition, KnowledgeBase

REMEMBERED = 256
"""Questions whose evidence is kept: some 5 MB."""


class RememberingKnowledge:
    """Asks the knowledge base once for each question of each edition.

    A question is the same when it has the same words, in the same language, after the same turns, and may be
    answered from the same audiences: nobody is shown what was found for somebody who may see more. All is
    forgotten with the first edit."""

    def __init__(self, knowledge: KnowledgeBase, remembered: int = REMEMBERED) -> None:
        self._knowledge = knowledge
        self._most = remembered
        self._edition: Edition | None = None
        self._known: OrderedDict[Question, Evidence] = OrderedDict()

    async def find(self, question: Question) -> Evidence:
        """As `KnowledgeBase.find`."""
        began = time.perf_counter()
        edition = await self._now()
        asked = replace(question, text=" ".join(question.text.split()))
        known = self._known.get(asked)
        if known is not None:
            self._known.move_to_end(asked)
            took = round((time.perf_counter() - began) * 1000, 3)
            as_asked = replace(known.question, text=question.text)
            return replace(known, question=as_asked, timings={"remembered": took})
        evidence = await self._knowledge.find(question)
        if edition is not None and _is_whole(evidence) and edition == await self._now():
            self._known[asked] = evidence
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return evidence

    async def _now(self) -> Edition | None:
        """The edition that serves; what was found in another is forgotten."""
        edition = await self._knowledge.edition()
        if edition is None or edition != self._edition:
            self._known.clear()
        self._edition = edition
        return edition


def _is_whole(evidence: Evidence) -> bool:
    """Nothing was away that may be back for the next who asks."""
    read = str(evidence.calibration.get("reading", ""))
    return evidence.degraded is None and not read.startswith("failed")
