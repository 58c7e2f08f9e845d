"""From candidates with their vectors to one ranking."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from knowledge.entries import Article, Passage, Resource, ResourceKind
from knowledge.ports import StoredEntry
from knowledge.search import FULL_HEAD_WORDS, Background, Candidate, Fields, openings_of, rank

QUESTION = np.array([1, 0, 0], np.float32)
SIDES = Background(np.zeros(3), np.eye(3) / 100)
"""As of an index in which most things lie across the question."""
FIELDS = Fields(SIDES, SIDES, SIDES, FULL_HEAD_WORDS)


def unit(cosine: float) -> np.ndarray:
    """As near to the question as that."""
    return np.array([cosine, np.sqrt(1 - cosine**2), 0], np.float32)


def stored(entry: Article | Resource, title: float, text: float) -> StoredEntry:
    passage = Passage(entry.id, 0, (), 0, len(entry.text), entry.text)
    return StoredEntry(entry, "test", "", (passage,), unit(title)[None], unit(text)[None])


def ranked(*candidates: StoredEntry) -> list[str]:
    hits = rank([Candidate(each, 0.0) for each in candidates], QUESTION, FIELDS, "en")
    return [hit.entry.id for hit in hits]


FOLLOWED = Article("followed", "Where is my parcel?", "Your account shows it.", "en")
NUMBERED = replace(FOLLOWED, id="numbered", title="where is my PARCEL?", text="Its number shows it.")
LATE = Article("late", "My parcel is late", "Wait for two days.", "en")
FORM = Resource("form", FOLLOWED.title, "We look for it.", "en", ResourceKind.FORM, "https://shop.example")


def test_the_second_of_two_articles_with_one_title_lets_another_answer_go_before() -> None:
    answers = stored(FOLLOWED, 0.9, 0.5), stored(NUMBERED, 0.9, 0.4), stored(LATE, 0.7, 0.4)
    assert ranked(*answers) == ["followed", "late", "numbered"]


def test_a_form_keeps_its_place_beside_the_article_of_its_name() -> None:
    assert ranked(stored(FOLLOWED, 0.9, 0.5), stored(FORM, 0.9, 0.4), stored(LATE, 0.7, 0.4))[1] == "form"


def test_entries_without_a_title_do_not_share_one() -> None:
    untitled = [replace(entry, title="") for entry in (FOLLOWED, NUMBERED)]
    candidates = [stored(entry, 0.9, 0.5) for entry in untitled]
    hits = rank([Candidate(each, 0.0) for each in candidates], QUESTION, FIELDS, "en")
    assert hits[0].score == hits[1].score


def test_an_opening_is_the_title_and_twice_the_first_passage() -> None:
    whole = stored(FOLLOWED, 0.0, 1.0)
    together = unit(0.0) + 2 * unit(1.0)
    assert np.allclose(openings_of([whole])[0], together / np.linalg.norm(together))


def test_an_opening_is_what_there_is_where_title_or_text_is_missing() -> None:
    whole = stored(FOLLOWED, 0.3, 0.8)
    untitled = replace(whole, entry=replace(FOLLOWED, title=""))
    empty = replace(whole, passages=(), bodies=np.zeros((0, 3), np.float32))
    assert np.allclose(openings_of([untitled])[0], unit(0.8))
    assert np.allclose(openings_of([empty])[0], unit(0.3))
