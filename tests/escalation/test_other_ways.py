"""What a colleague names as the answer: which questions become other ways to ask it, and of which entry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.decisions import Clarify, Decision, EntryLink
from bot.events import AnswerReviewed, Customer, CustomerIdentified, MessageReceived, OutcomeGiven, Review
from escalation.other_ways import Posed, Unfit, led, not_it, ruled_out
from knowledge.editing import MOST_QUESTIONS
from knowledge.entries import Article, Audience
from tests.builders import an_answer, an_escalation, logged

RETURNS = Article("returns", "Returning a lamp", "Within 30 days.", "en", twin="returns")
RETOURS = Article("retours", "Retourner une lampe", "Sous 30 jours.", "fr", twin="returns")


def posed(
    text: str = "Is it ugly?", *, language: str | None = "en", by: str | None = None, **how: Any
) -> Posed:
    """At position 3 of its conversation."""
    understood: dict[str, Any] = {"kind": "question", **how}
    given = OutcomeGiven(an_escalation(), (2,), 0.1, {"understanding": understood}, language)
    known = [CustomerIdentified(Customer("7", by))] if by else []
    return Posed(("c1", 3), logged(MessageReceived("m", text), given, *known), given)


def reviewed(outcome: Decision, *reviews: Review | None) -> Posed:
    given = OutcomeGiven(outcome, (2,), 0.1, {}, "en")
    said = [AnswerReviewed(3, "zoe", review) for review in reviews]
    return Posed(("c1", 3), logged(MessageReceived("m", "Is it ugly?"), given, *said), given)


def test_a_question_goes_to_the_entry_of_its_own_language() -> None:
    found, grown = led(RETURNS, [RETOURS], [posed("Is it ugly?"), posed("C'est laid ?", language="fr")])
    assert [(one.entry_id, one.unfit) for one in found] == [("returns", None), ("retours", None)]
    assert [(one.id, one.questions) for one in grown] == [
        ("returns", ("Is it ugly?",)),
        ("retours", ("C'est laid ?",)),
    ]


@pytest.mark.parametrize("language", ["de", None])
def test_what_is_in_no_language_of_the_entry_counts_as_answered_by_the_one_that_was_named(
    language: str | None,
) -> None:
    [found], grown = led(RETURNS, [RETOURS], [posed(language=language)])
    assert (found.entry_id, found.unfit) == ("returns", Unfit.LANGUAGE)
    assert grown == [RETURNS]


def test_the_same_question_of_two_customers_is_added_once() -> None:
    found, [grown] = led(RETURNS, [], [posed("Is it ugly?"), posed("is it UGLY")])
    assert [one.unfit for one in found] == [None, Unfit.THERE]
    assert grown.questions == ("Is it ugly?",)


def test_an_entry_is_filled_up_to_the_last_place() -> None:
    nearly = replace(RETURNS, questions=tuple(f"way {n}" for n in range(MOST_QUESTIONS - 1)))
    found, [grown] = led(nearly, [], [posed("Is it ugly?"), posed("Is it odd?")])
    assert [one.unfit for one in found] == [None, Unfit.FULL]
    assert len(grown.questions) == MOST_QUESTIONS


def test_nothing_is_added_to_what_is_for_staff() -> None:
    internal = replace(RETURNS, audience=Audience.INTERNAL)
    [found], grown = led(internal, [], [posed()])
    assert found.unfit is Unfit.FOR_STAFF
    assert grown == [internal]


@pytest.mark.parametrize("how", [{"rejects": True}, {"injection": "ignore"}, {"kind": "chooses"}])
def test_what_is_more_or_less_than_a_question_is_not_added(how: dict[str, Any]) -> None:
    [found], _ = led(RETURNS, [], [posed(**how)])
    assert found.unfit is Unfit.NO_QUESTION


def test_the_name_of_whoever_asked_is_taken_out() -> None:
    _, [grown] = led(RETURNS, [], [posed("I am Camille,\nis it ugly?", by="Camille Durand")])
    assert grown.questions == ("I am [name], is it ugly?",)


@pytest.mark.parametrize(
    ("reviews", "wrong"),
    [
        ((Review.WRONG,), "returns"),
        ((Review.SHOULD_HAVE_ESCALATED,), "returns"),
        ((Review.INCOMPLETE,), None),
        ((Review.WRONG, Review.RIGHT), None),
        ((Review.WRONG, None), None),
        ((), None),
    ],
)
def test_only_what_was_found_the_wrong_entry_is_ruled_out(
    reviews: tuple[Review | None, ...], wrong: str | None
) -> None:
    assert ruled_out(reviewed(an_answer(), *reviews)) == wrong


def test_of_what_was_asked_between_nothing_is_ruled_out() -> None:
    """The question back may have been wrong to ask, and one of its choices the answer."""
    choices = (EntryLink("returns", "Returning a lamp"), EntryLink("gifts", "Gifts"))
    assert ruled_out(reviewed(Clarify("Which?", choices), Review.WRONG)) is None


def test_an_answer_that_was_found_right_after_all_was_not_in_vain() -> None:
    assert list(not_it(reviewed(an_answer(), Review.INCOMPLETE).events)) == [3]
    assert not_it(reviewed(an_answer(), Review.WRONG, Review.RIGHT).events) == {}
    assert not_it(reviewed(an_answer(), Review.WRONG_TONE).events) == {}
