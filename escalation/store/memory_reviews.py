"""Labels in memory, to be given to `MemoryLog` as a projection."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation import State
from bot.events import AnswerReviewed, CorrectionPublished, LoggedEvent, Review
from escalation.reviews import Judgement, Key, judged, published


class MemoryReviews:
    def __init__(self) -> None:
        self._judgements: dict[Key, Judgement] = {}

    async def apply(self, transaction: None, logged: LoggedEvent, state: State) -> None:
        match logged.event:
            case AnswerReviewed() as reviewed:
                key = (logged.conversation_id, reviewed.position, reviewed.by)
                after = judged(self._judgements.pop(key, None), logged, reviewed)
                if after is not None:
                    self._judgements[key] = after
            case CorrectionPublished() as event:
                for key, judgement in self._judgements.items():
                    if key[:2] == (logged.conversation_id, event.position):
                        self._judgements[key] = published(judgement, event)

    async def clear(self, transaction: None) -> None:
        self._judgements.clear()

    async def of(self, conversation_id: str) -> Sequence[Judgement]:
        found = (j for j in self._judgements.values() if j.conversation_id == conversation_id)
        return sorted(found, key=lambda j: (j.position, j.sequence))

    async def latest(
        self,
        limit: int = 50,
        review: Review | None = None,
        to_publish: bool | None = None,
        before: int | None = None,
    ) -> Sequence[Judgement]:
        found = [
            j
            for j in self._judgements.values()
            if review in (None, j.review)
            and to_publish in (None, j.correction is not None and j.published_as is None)
            and (before is None or j.sequence < before)
        ]
        return sorted(found, key=lambda j: j.sequence, reverse=True)[:limit]
