"""What customers ask in vain, in other words each, is one hole in the knowledge base."""

from __future__ import annotations

from datetime import timedelta

from bot.decisions import Reason
from escalation.questions import Group, grouped, like
from escalation.reports import OpenQuestion
from knowledge.lexical import stems
from tests.builders import MONDAY

FRENCH = (
    "Vous gravez les lampes ?",
    "Est-ce que vous livrez à La Réunion ?",
    "je voudrais faire graver une lampe avec un prénom",
    "livraison à la réunion possible ?",
    "Peut-on graver un prénom sur la lampe Tilia ?",
    "vous faites des prix pour les mariages",
    "La livraison en Réunion, c'est combien ?",
    "Avez-vous une liste de mariage ?",
    "vous reprenez les anciens canapés ?",
)


def asked(*texts: str, language: str = "fr") -> list[OpenQuestion]:
    """Latest first."""
    return [
        OpenQuestion(
            f"c{n}",
            3,
            MONDAY - timedelta(hours=n),
            language,
            text,
            frozenset(stems(text, language)),
            Reason.LOW_CONFIDENCE,
            None,
            None,
        )
        for n, text in enumerate(texts)
    ]


def told(groups: list[Group]) -> list[set[str]]:
    return [{question.question for question in group.questions} for group in groups]


def test_the_same_question_in_other_words_is_one_group() -> None:
    groups = grouped(asked(*FRENCH))
    assert told(groups)[:2] == [
        {FRENCH[0], FRENCH[2], FRENCH[4]},
        {FRENCH[1], FRENCH[3], FRENCH[6]},
    ]
    assert groups[0].headline.question in told(groups)[0]
    assert groups[0].last_at == MONDAY
    assert {FRENCH[5]} in told(groups)
    assert {FRENCH[8]} in told(groups)


def test_one_word_in_common_is_not_one_question() -> None:
    texts = ("ma lampe est cassée", "Vous gravez les lampes ?", "lampe extérieure", "comment faites-vous ?")
    assert len(grouped(asked(*texts))) == 4


def test_questions_in_two_languages_are_two_groups() -> None:
    questions = asked("Do you engrave lamps?", language="en") + asked("Vous gravez les lampes ?")
    assert len(grouped(questions)) == 2


def test_every_question_is_in_one_group() -> None:
    questions = asked(*FRENCH * 3)
    groups = grouped(questions)
    assert sorted(q.question for group in groups for q in group.questions) == sorted(FRENCH * 3)
    assert grouped([]) == []


def test_like_questions_become_the_other_ways_to_ask() -> None:
    questions = asked(*FRENCH)
    found = like(questions[0].stems, questions)
    assert found[0].question == FRENCH[0]
    assert {question.question for question in found} == {FRENCH[0], FRENCH[2], FRENCH[4]}


def test_what_everybody_asks_is_one_question() -> None:
    assert len(grouped(asked(*["Do you engrave lamps?"] * 30, language="en"))) == 1
