"""An index asks itself: what do results look like when the right entry is there, and when it is not?

No labels are needed. Each of a sample of entries is asked for by its title with the entry and its near twins
taken away: what comes first is wrong by construction, and so shows this index's background. Where entries
carry alternative questions, each of a sample is asked as a customer would: once with just that question taken
out (is its entry still found first?) and once with the whole entry removed (it is not here).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from knowledge.calibration import Calibration, Features, Trial, calibrated
from knowledge.confidence import features_of
from knowledge.entries import Entry
from knowledge.evidence import Question
from knowledge.holdings import EVERYONE, document_of
from knowledge.lexical import words
from knowledge.ports import StoredEntry
from knowledge.preparing import chunked
from knowledge.retrieval import Asked, Retrieval
from knowledge.search import Candidate

SAMPLE = 200
"""Entries asked for, and questions rehearsed: the mean of 200 is known to 7 % of its spread."""
NEAR_TWIN = 0.965
"""Titles this close (cosine) are the same question. Left in, they would pass right answers for background."""
DENSE = 8
"""Alternative questions an entry, on average. With fewer, taking one away takes away what it alone covered:
the rehearsal would be harder than customers are."""
AT_ONCE = 500
TITLE_CHARS = 40
"""What stands for the title of an entry that has none: as long as titles are. Of a longer beginning, other
entries hold less, and a customer's few words would seem to be held by much more than that."""


async def rehearse(retrieval: Retrieval, revision: int) -> Calibration:
    """Calibrate from the index itself; the same entries give the same calibration."""
    chance = random.Random(0)
    ids = sorted(retrieval.ids(EVERYONE))
    background = await background_of(retrieval, chance)
    questions = await _questions(retrieval)
    trials: list[Trial] = []
    if len(questions) < DENSE * len({id for id, _ in questions}):
        questions = []
    for id, n in chance.sample(questions, min(SAMPLE, len(questions))):
        for stored in await retrieval.stored([id], EVERYONE):
            trials.extend(await _trials(retrieval, stored, n))
    return calibrated(revision, len(ids), background, trials)


async def _questions(retrieval: Retrieval) -> list[tuple[str, int]]:
    """Alternative questions by entry and number."""
    found: list[tuple[str, int]] = []
    for some in chunked(retrieval.with_questions(), AT_ONCE):
        for stored in await retrieval.stored(some, EVERYONE):
            found += [(stored.entry.id, n) for n in _held_nowhere_else(stored.entry)]
    return found


async def background_of(retrieval: Retrieval, chance: random.Random) -> list[Features]:
    """What the titles of a sample find with their own entry taken away."""
    ids = sorted(retrieval.ids(EVERYONE))
    entries = await retrieval.stored(chance.sample(ids, min(SAMPLE, len(ids))), EVERYONE)
    return [features for stored in entries if (features := await _background(retrieval, stored))]


def _held_nowhere_else(entry: Entry) -> list[int]:
    """The alternative questions that the text does not repeat: taken out, they are gone."""
    text = " ".join(words(entry.text))
    return [n for n, question in enumerate(entry.questions) if " ".join(words(question)) not in text]


async def _background(retrieval: Retrieval, stored: StoredEntry) -> Features | None:
    entry = stored.entry
    asked = await retrieval.asked(Question(entry.title or entry.text[:TITLE_CHARS], entry.language, EVERYONE))
    hits = await retrieval.hits(asked, EVERYONE, await retrieval.like(stored, NEAR_TWIN))
    return features_of(asked.text, asked.language, hits, asked.readings) if hits else None


async def _trials(retrieval: Retrieval, stored: StoredEntry, number: int) -> Sequence[Trial]:
    """The question once with its entry there but for this question, once with the entry taken away."""
    entry = stored.entry
    asked = await retrieval.asked(Question(entry.questions[number], entry.language, EVERYONE))
    twins = await retrieval.like(stored, 1.1)
    there = await retrieval.hits(asked, EVERYONE, instead=_without(asked, stored, number))
    gone = await retrieval.hits(asked, EVERYONE, twins)
    found = bool(there) and there[0].entry.id in twins
    return (
        Trial(features_of(asked.text, asked.language, there, asked.readings), right=found, missing=False),
        Trial(features_of(asked.text, asked.language, gone, asked.readings), right=False, missing=True),
    )


def _without(asked: Asked, stored: StoredEntry, number: int) -> Candidate:
    """The entry as if nobody had written down this alternative question."""
    questions = stored.entry.questions[:number] + stored.entry.questions[number + 1 :]
    heads = np.delete(stored.heads, number + 1, axis=0)
    lesser = replace(stored, entry=replace(stored.entry, questions=questions), heads=heads)
    lexical = asked.catalogue.lexical
    return Candidate(lesser, lexical.score(document_of(lesser), asked.readings))
