"""Whether a sentence says the same as the article: many that do, more that nearly do."""

from __future__ import annotations

from functools import cache
from itertools import chain
from pathlib import Path

import frontmatter
import pytest

from bot.restating.facts import Fact, facts, names
from bot.restating.grounds import Ground, grounds
from bot.restating.meaning import LearnedMeaning, NoMeaning, is_same
from bot.restating.support import Support, support
from bot.restating.translating import translates
from bot.restating.turning_words import Turn, turns
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article
from tests.bot.restatements import (
    FAITHFUL,
    HELD_OUT_FAITHFUL,
    HELD_OUT_UNFAITHFUL,
    UNFAITHFUL,
    UNSEEN_FAITHFUL,
    UNSEEN_UNFAITHFUL,
)
from tests.found import an_article

DEMO = Path(__file__).parents[2] / "deploy/demo/help"
COMPANY = "Maison Tilleul"
KEPT = 0.8
"""Share of faithful sentences that must stand: each one lost is an answer quoted instead."""
KEPT_UNSEEN = 0.6
ALL_UNFAITHFUL = {
    name: tuple(chain(*(part.get(name, ()) for part in (UNFAITHFUL, HELD_OUT_UNFAITHFUL, UNSEEN_UNFAITHFUL))))
    for name in (*UNFAITHFUL, *HELD_OUT_UNFAITHFUL, *UNSEEN_UNFAITHFUL)
}


@cache
def article(name: str) -> tuple[Article, tuple[Ground, ...]]:
    page = frontmatter.load(str(DEMO / f"{name}.md"))
    entry = Article(name, str(page["title"]), page.content, name[:2])
    return entry, tuple(grounds(entry))


def stands(sentence: str, name: str) -> bool:
    entry, found = article(name)
    return isinstance(support(sentence, found, entry.language, COMPANY), Support)


def stands_in(sentence: str, text: str, language: str = "en", title: str = "Returns") -> bool:
    entry = an_article(text, title=title, language=language)
    return isinstance(support(sentence, grounds(entry), language), Support)


@pytest.mark.parametrize("name", ALL_UNFAITHFUL)
def test_a_sentence_that_says_something_else_does_not_stand(name: str) -> None:
    assert [sentence for sentence in ALL_UNFAITHFUL[name] if stands(sentence, name)] == []


@pytest.mark.parametrize(
    ("part", "least"),
    [(FAITHFUL, KEPT), (HELD_OUT_FAITHFUL, KEPT), (UNSEEN_FAITHFUL, KEPT_UNSEEN)],
    ids=["first", "held out", "unseen"],
)
def test_most_sentences_that_say_the_same_stand(part: dict[str, tuple[str, ...]], least: float) -> None:
    judged = [stands(sentence, name) for name, sentences in part.items() for sentence in sentences]
    assert sum(judged) / len(judged) >= least


@pytest.mark.parametrize("name", ALL_UNFAITHFUL)
def test_every_sentence_of_an_article_stands_unless_its_heading_or_list_restricts_it(name: str) -> None:
    _entry, found = article(name)
    free = [g for g in found if not (g.case or g.introduction)]
    assert free
    assert all(stands(ground.text, name) for ground in free)


def test_a_cell_may_be_told_with_the_first_of_its_row_but_not_with_anothers() -> None:
    table = "| By | Kept for |\n|---|---|\n| Colissimo | 10 working days |\n| Chronopost | 7 working days |\n"
    assert stands_in("Colissimo: 10 working days.", table)
    assert not stands_in("Colissimo: 7 working days.", table)


def test_an_item_is_bound_by_the_line_that_announces_its_list() -> None:
    text = "These cannot be returned:\n\n- candles\n- opened bed linen\n"
    assert stands_in("Candles cannot be returned.", text)
    assert not stands_in("Candles can be returned.", text)
    assert not stands_in("Candles.", text)


def test_a_heading_that_names_a_case_binds_what_stands_below_it() -> None:
    text = "Delivery is free.\n\n## Outside France\n\nDelivery costs €12.\n"
    assert stands_in("Outside France, delivery costs €12.", text)
    assert not stands_in("Delivery costs €12.", text)
    assert stands_in("Delivery is free.", text)


def test_a_heading_that_asks_binds_nothing() -> None:
    assert stands_in("It takes 3 days.", "## When does it arrive\n\nIt takes 3 days.\n")


@pytest.mark.parametrize(
    ("source", "turned", "language"),
    [
        ("You can send the lamp without the box.", "You can send the box without the lamp.", "en"),
        ("Furniture is accepted, except for beds.", "Beds are accepted, except for furniture.", "en"),
        ("We refund the items, not the delivery.", "We refund the delivery, not the items.", "en"),
        ("L'ampoule se livre sans la lampe.", "La lampe se livre sans l'ampoule.", "fr"),
        ("Le colis nous revient, pas la lettre.", "La lettre nous revient, pas le colis.", "fr"),
    ],
)
def test_words_on_either_side_of_a_denial_do_not_change_places(
    source: str, turned: str, language: str
) -> None:
    assert stands_in(source, source, language)
    assert not stands_in(turned, source, language)


def test_in_a_language_whose_turning_words_are_unknown_only_copies_stand() -> None:
    text = "Sie haben 30 Tage Zeit, um einen Artikel zurückzugeben."
    assert stands_in(text, text, "de")
    assert not stands_in("Um einen Artikel zurückzugeben, haben Sie 30 Tage Zeit.", text, "de")
    assert not translates(text, "You have 30 days.", ("en", "de"), [], SaysYes())


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("€4.90", "en", Fact("money", "4.9", "EUR")),
        ("4,90 €", "fr", Fact("money", "4.9", "EUR")),
        ("EUR 4.90", "en", Fact("money", "4.9", "EUR")),
        ("1 500 €", "fr", Fact("money", "1500", "EUR")),
        ("1,500 points", "en", Fact("number", "1500", "point")),
        ("thirty days", "en", Fact("number", "30", "day")),
        ("trente jours ouvrés", "fr", Fact("number", "30", "working day")),
        ("30 working days", "en", Fact("number", "30", "working day")),
        ("a year", "en", Fact("number", "1", "year")),
        ("quatre-vingt-dix jours", "fr", Fact("number", "90", "day")),
        ("18 h 30", "fr", Fact("time", "18:30")),
        ("6:30 pm", "en", Fact("time", "18:30")),
        ("18 h", "fr", Fact("number", "18", "hour")),
        ("6 pm", "en", Fact("number", "18", "hour")),
        ("minuit", "fr", Fact("number", "0", "hour")),
        ("12/03/2026", "fr", Fact("date", "2026-03-12")),
        ("2026-03-12", "en", Fact("date", "2026-03-12")),
        ("20 %", "fr", Fact("percent", "20")),
        ("in May", "en", Fact("month", "5")),
        ("en mai", "fr", Fact("month", "5")),
        ("le lundi", "fr", Fact("weekday", "0")),
        ("E27", "en", Fact("code", "e27")),
        ("https://www.shop.example/a/.", "en", Fact("link", "shop.example/a")),
        ("Help@shop.example", "en", Fact("email", "help@shop.example")),
        ("+33 2 55 59 01 40", "fr", Fact("phone", "33255590140")),
    ],
)
def test_a_fact_has_one_form_however_it_is_written(text: str, language: str, expected: Fact) -> None:
    assert facts(text, language) == {expected}


def test_both_ends_of_a_range_count_the_same() -> None:
    assert facts("10 to 14 days", "en") == {Fact("number", "10", "day"), Fact("number", "14", "day")}
    assert facts("de 100 à 200 €", "fr") == {Fact("money", "100", "EUR"), Fact("money", "200", "EUR")}


def test_you_may_is_no_month_and_a_new_article_is_not_nine() -> None:
    assert facts("you may return it", "en") == frozenset()
    assert facts("un article neuf", "fr") == frozenset()


def test_names_are_capitals_inside_a_sentence() -> None:
    assert names("In France, Colissimo delivers. I like Nantes.") == {"france", "colissimo", "nantes"}
    assert names("Delivery is free. Returns too.") == frozenset()


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Returns are free, only in France.", "en", Turn.ONLY),
        ("Nous n'acceptons que les cartes.", "fr", Turn.ONLY),
        ("sauf les articles soldés", "fr", Turn.EXCEPT),
        ("à moins que le colis soit ouvert", "fr", Turn.UNLESS),
        ("Il ne reste plus de stock.", "fr", Turn.NOT),
        ("ni repris ni échangé", "fr", Turn.NOT),
        ("you do not need it", "en", Turn.NOT),
        ("from €60", "en", Turn.AT_LEAST),
        ("dès 60 € d'achat", "fr", Turn.AT_LEAST),
        ("up to 25 kg", "en", Turn.AT_MOST),
        ("à vos frais", "fr", Turn.YOU_PAY),
    ],
)
def test_words_that_turn_a_sentence_are_heard(text: str, language: str, expected: Turn) -> None:
    assert expected in turns(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Do not hesitate to write.", "en"),
        ("N'oubliez pas le reçu.", "fr"),
        ("un avis de passage", "fr"),
        ("sans frais", "fr"),
        ("at no extra charge", "en"),
    ],
)
def test_what_only_looks_like_a_denial_is_none(text: str, language: str) -> None:
    assert Turn.NOT not in turns(text, language)


async def test_meaning_is_measured_against_the_other_sentences() -> None:
    meaning = LearnedMeaning(HashingEmbedder(), remembered=4)
    texts = ["Returns are free.", "returns are free", "The lamp is blue."]
    await meaning.learn(texts)
    assert is_same(texts[0], texts[1], texts[2:], meaning)
    assert not is_same(texts[0], texts[2], [], meaning)
    assert meaning.likeness(texts[0], "never learned") == 0
    await meaning.learn(["one more", "and another"])
    assert meaning.likeness(texts[0], texts[1]) == 0, "the oldest are forgotten"


def test_without_a_meaning_nothing_is_the_same() -> None:
    assert not is_same("a", "a", [], NoMeaning())


class SaysYes:
    def likeness(self, one: str, other: str) -> float:
        return 1.0 if "Swiss" in one + other else 0.5


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        ("La livraison en Suisse coûte 14,90 € et prend 4 à 7 jours ouvrés.", True),
        ("La livraison en Suisse coûte 14,90 € et prend 4 à 7 jours.", False),
        ("La livraison en Suisse ne coûte pas 14,90 € et prend 4 à 7 jours ouvrés.", False),
        ("Seule la livraison en Suisse coûte 14,90 € et prend 4 à 7 jours ouvrés.", False),
        ("14,90 €, 4 à 7 jours ouvrés", False),
    ],
)
def test_a_translation_keeps_figures_denials_and_length(sentence: str, is_one: bool) -> None:
    source = "Delivery to Swiss addresses costs €14.90 and takes 4 to 7 working days."
    assert translates(sentence, source, ("en", "fr"), ["Delivery"], SaysYes()) is is_one
