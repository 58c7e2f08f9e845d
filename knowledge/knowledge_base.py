"""A question → evidence: the one thing the conversation asks of the knowledge base."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from knowledge.calibration import Calibration, untrained
from knowledge.confidence import features_of
from knowledge.correction import READING, Labels, reading_of
from knowledge.entries import Audience
from knowledge.evidence import Evidence, Hit, Question
from knowledge.given_back import give_back
from knowledge.lexical import Reading
from knowledge.ports import (
    Embedder,
    EntryStore,
    IndexStamp,
    IndexUnavailable,
    Reader,
    ReaderFailed,
    Reranker,
    StoredEntry,
    VectorIndex,
)
from knowledge.rehearsal import rehearse
from knowledge.retrieval import Retrieval

RERANKED = 10
"""Hits that a re-ranker reads."""
NOTE = "calibration"
_ANY_QUESTION = Question("Hello", "en")
LABELS = "labels"
"""What the correction was last learnt from, to be learnt again when the entries have changed."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Of the knowledge base: in one edition the same question has the same evidence."""

    stamp: IndexStamp
    calibration: Calibration


class KnowledgeBase:
    """Hybrid search with a calibrated confidence over what a store and an index hold."""

    def __init__(
        self,
        store: EntryStore,
        index: VectorIndex,
        embedder: Embedder,
        *,
        target: float = 0.9,
        reranker: Reranker | None = None,
        reader: Reader | None = None,
        kept: Path | None = None,
    ) -> None:
        """`reader` reads the best passage; without one, a re-ranker's score counts as its reading. `kept` is
        a file for what need not be made anew at the next start."""
        self._store = store
        self._index = index
        self._target = target
        self._reranker = reranker
        self._reader = reader
        self._retrieval = Retrieval(store, index, embedder, kept)
        self._calibration = untrained()
        self._rehearsing: asyncio.Task[None] | None = None

    async def find(self, question: Question) -> Evidence:
        """Ranked hits and the confidence in the first. Raises what the store and the embedder raise.

        A question that may stand alone is read alone first. Where that is not sure, what was asked before may
        put another hit first. It never makes the confidence greater: whoever says nothing after a question
        would be told its answer again.
        """
        clock = _Laps()
        await self._catch_up()
        clock.lap("load")
        calibration = self._calibration
        found = await self._search(replace(question, background=()), calibration, clock)
        if question.background and found.confidence < calibration.threshold(self._target, found.features):
            with_earlier = await self._search(question, calibration, clock)
            if with_earlier.confidence > found.confidence:
                found = replace(with_earlier, features=found.features, confidence=found.confidence)
        features, hits = found.features, found.hits
        reading = await self._read(found.question, hits)
        if reading.value is not None:
            features = {**features, READING: reading_of(reading.value)}
            clock.lap("read")
        return Evidence(
            question=found.question,
            hits=tuple(hits),
            confidence=calibration.confidence(features) if hits else 0.0,
            shortlist_confidence=calibration.shortlist_confidence(features) if hits else 0.0,
            uncorrected=calibration.uncorrected(features) if hits else 0.0,
            threshold=calibration.threshold(self._target, features),
            calibration={**calibration.source, **reading.told},
            features=calibration.standardised(features),
            terms=_terms(found.readings, hits),
            degraded=getattr(self._index, "degraded", None),
            timings=clock.laps,
        )

    async def _search(self, question: Question, calibration: Calibration, clock: _Laps) -> _Found:
        asked = await self._retrieval.asked(question)
        clock.lap("embed")
        hits = await self._retrieval.hits(asked, question.audiences, question.excluding)
        clock.lap("search")
        if self._reranker is not None:
            hits = await _reranked(self._reranker, question.text, hits)
            clock.lap("rerank")
        features = features_of(asked.text, asked.language, hits, asked.readings)
        confidence = calibration.confidence(features) if hits else 0.0
        clock.lap("calibrate")
        return _Found(question, hits, features, asked.readings, confidence)

    async def _read(self, question: Question, hits: list[Hit]) -> _Reading:
        """Of the best passage. A reader that fails is done without, and the trace says so."""
        if not hits:
            return _Reading()
        if self._reader is None:
            score = hits[0].signals.get("reranker")
            return _Reading(score, "reranker") if score is not None else _Reading()
        try:
            asked = "\n".join((*question.context, question.text))
            return _Reading(await self._reader.answers(asked, _read_text(hits[0])), self._reader.name)
        except ReaderFailed as error:
            return _Reading(None, f"failed: {error}")

    async def edition(self) -> Edition | None:
        """What evidence is made from now. None while that is not of one piece: entries are being read, or the
        index follows, or another one stands in for it."""
        await self._catch_up()
        stamp = self._retrieval.current
        reflects = getattr(self._index, "reflects", None)
        if stamp is None or reflects is None or not reflects(stamp):
            return None
        return Edition(stamp, self._calibration)

    async def get(self, entry_ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        """As `EntryStore.get`, and as fresh; from memory where it can be."""
        return await self._retrieval.at_hand(entry_ids, audiences)

    async def prepare(self) -> None:
        """Bring memory and calibration up to the store: after an ingest, some seconds of rehearsal."""
        await asyncio.gather(self._retrieval.settle(), self._retrieval.open_index())
        await self._catch_up()
        if self._rehearsing is not None:
            await self._rehearsing
        await self._look_up(_ANY_QUESTION)
        give_back()

    async def _look_up(self, question: Question) -> None:
        """A model is loaded when it is first asked."""
        await self._retrieval.hits(
            await self._retrieval.asked(question), question.audiences, question.excluding
        )

    @property
    def calibration(self) -> Calibration:
        return self._calibration

    async def learn(self, labels: Labels) -> None:
        """Correct the confidence by what colleagues judged, from now on and after each rehearsal."""
        await self.prepare()
        await self._store.write_note(LABELS, _LABELS.dump_json(labels).decode())
        await self._adopt(self._calibration.corrected_by(labels))

    async def close(self) -> None:
        if self._rehearsing is not None:
            self._rehearsing.cancel()
            await asyncio.wait([self._rehearsing])
        await self._retrieval.close()

    async def _catch_up(self) -> None:
        """See new entries at once. Until they are rehearsed the last calibration serves; nobody waits."""
        await self._retrieval.load()
        stamp = self._retrieval.stamp
        if self._rehearsing is not None and self._rehearsing.done():
            self._rehearsing = None
        if stamp is None or stamp.revision == self._calibration.revision or self._rehearsing is not None:
            return
        note = Calibration.from_json(await self._store.read_note(NOTE))
        if note is not None and note.revision == stamp.revision:
            self._calibration = note
        elif self._rehearsing is None:
            self._rehearsing = asyncio.create_task(self._rehearse(stamp.revision))

    async def _rehearse(self, revision: int) -> None:
        try:
            calibration = await rehearse(self._retrieval, revision)
        except IndexUnavailable:
            return  # the next question tries again
        give_back()
        await self._adopt(calibration.corrected_by(await self._labels()))

    async def _adopt(self, calibration: Calibration) -> None:
        await self._store.write_note(NOTE, calibration.to_json())
        self._calibration = calibration

    async def _labels(self) -> Labels:
        note = await self._store.read_note(LABELS)
        try:
            return _LABELS.validate_json(note) if note else Labels(())
        except ValidationError:
            return Labels(())  # another version's: they are read from the log again


_LABELS = TypeAdapter(Labels)


async def _reranked(reranker: Reranker, question: str, hits: list[Hit]) -> list[Hit]:
    """The re-ranker reads the best passage of the first hits; its order counts, its scale does not."""
    head, tail = hits[:RERANKED], hits[RERANKED:]
    texts = [_read_text(hit) for hit in head]
    scores = await reranker.score(question, texts)
    order = sorted(range(len(head)), key=lambda n: (-scores[n], n))
    ranked = [hit.score for hit in head]
    return [
        replace(head[n], score=place, signals={**head[n].signals, "reranker": float(scores[n])})
        for n, place in zip(order, ranked, strict=True)
    ] + tail


def _read_text(hit: Hit) -> str:
    return f"{hit.entry.title}\n{hit.passages[0].passage.text if hit.passages else ''}"


@dataclass(frozen=True, slots=True)
class _Found:
    """By one reading of the question."""

    question: Question
    hits: list[Hit]
    features: Mapping[str, float]
    readings: Mapping[str, Reading]
    confidence: float
    """Before anything read the passage."""


@dataclass(frozen=True, slots=True)
class _Reading:
    value: float | None = None
    by: str = ""

    @property
    def told(self) -> dict[str, str]:
        return {"reading": self.by} if self.by else {}


def _terms(readings: Mapping[str, Reading], hits: Iterable[Hit]) -> dict[str, float]:
    """The question's stems with their weights, in the languages that were found."""
    terms: dict[str, float] = {}
    for language in {hit.entry.language for hit in hits}:
        if reading := readings.get(language):
            for stem, sure in reading.terms.items():
                terms[stem] = max(terms.get(stem, 0.0), sure * reading.rarity[stem])
    return terms


class _Laps:
    """Milliseconds from one lap to the next; laps of the same name add up."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + (now - self._last) * 1000, 3)
        self._last = now
