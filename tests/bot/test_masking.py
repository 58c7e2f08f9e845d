"""Personal data out and back in."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masking import OUR_OWN_WORDS, MaskingFormatter, Masks, masked

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("COMPTOIR_SHARED_DATA", ROOT.parent / "shared/data")) / "presidio_pii_en/pii.jsonl"
FLOORS = {
    "EMAIL_ADDRESS": 0.99,
    "CREDIT_CARD": 0.99,
    "IBAN_CODE": 0.99,
    "US_SSN": 0.99,
    "IP_ADDRESS": 0.99,
    "PHONE_NUMBER": 0.95,
}
"""Recall of what has a form of its own. Names and addresses of the whole world have none."""


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Écrivez à marie.martin@example.fr svp", "marie.martin@example.fr"),
        ("appelez le 06 12 34 56 78", "06 12 34 56 78"),
        ("call (415) 555-2671 please", "(415) 555-2671"),
        ("carte 4539 1488 0343 6467", "4539 1488 0343 6467"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189 pour le remboursement", "FR76 3000 6000 0112 3456 7890 189"),
        ("mon numéro 2 95 10 99 126 111 93", "2 95 10 99 126 111 93"),
        ("commande MT-482913 pas reçue", "MT-482913"),
        ("order number 4829137", "4829137"),
        ("mon mot de passe est Azerty123!", "Azerty123!"),
        ("my password is hunter2", "hunter2"),
        ("livrez au 12 bis rue de la Paix, 75002 Paris", "12 bis rue de la Paix, 75002 Paris"),
        ("I live at 221B Baker Street, London NW1 6XE.", "221B Baker Street, London NW1 6XE"),
        ("Hauptstraße 12 in Köln", "Hauptstraße 12"),
        ("je m'appelle Jean-Pierre Dupont et", "Jean-Pierre Dupont"),
        ("My name is Marie Martin, hello", "Marie Martin"),
        ("je m'appelle marie", "marie"),
        ("Merci d'avance,\nSophie Lambert", "Sophie Lambert"),
        ("Mme Durand a appelé", "Durand"),
    ],
)
def test_personal_data_is_hidden_and_comes_back(text: str, hidden: str) -> None:
    masks = Masks()
    safe = masks.mask(text)
    assert hidden not in safe
    assert masks.restore(safe) == text
    assert hidden not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "La lampe AUR-300 coûte 29,90 € et 1 500 € les dix, en E27, 806 lm, 2700 K",
        "achetée le 12/03/2026, soit le 2026-03-12, à 18 h 30",
        "j'habite en Suisse, vous livrez ?",
        "Je suis cliente depuis 2019",
        "I am looking for the Aurora lamp in Blue",
        "I live at home with 3 cats",
        "30 jours, 14 days, 10 working days, 20 %",
    ],
)
def test_what_an_answer_needs_is_left(text: str) -> None:
    assert Masks().mask(text) == text


def test_a_value_has_one_placeholder_in_all_messages() -> None:
    masks = Masks()
    first = masks.mask("My name is Marie Martin, write to m@example.org")
    second = masks.mask("Marie Martin here again, m@example.org, and now p@example.org")
    assert first == "My name is NAME_1, write to EMAIL_1"
    assert second == "NAME_1 here again, EMAIL_1, and now EMAIL_2"


def test_a_customer_who_writes_a_placeholder_gets_it_back_as_it_was() -> None:
    masks = Masks()
    text = "EMAIL_1 is not my address, m@example.org is"
    assert masks.restore(masks.mask(text)) == text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_whatever_is_masked_comes_back(text: str) -> None:
    masks = Masks()
    assert masks.restore(masks.mask(text)) == text


def test_a_log_shows_the_kind_and_never_the_value() -> None:
    line = logging.LogRecord("x", logging.INFO, "f", 1, "mail to %s failed", ("m@example.org",), None)
    assert MaskingFormatter("%(levelname)s %(message)s").format(line) == "INFO mail to <email> failed"
    try:
        raise ValueError("no account m@example.org")
    except ValueError as error:
        failed = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "no", (), (type(error), error, error.__traceback__)
        )
    assert "m@example.org" not in MaskingFormatter().format(failed)


def test_a_line_of_our_own_words_alone_is_written_as_it_is() -> None:
    took = "GET /api/v1/ask 200 1243 ms for 12345678"
    ours = logging.makeLogRecord({"msg": took, **OUR_OWN_WORDS})
    assert MaskingFormatter("%(message)s").format(ours) == took
    assert "12345678" not in MaskingFormatter("%(message)s").format(logging.makeLogRecord({"msg": took}))


def test_the_time_of_a_log_line_stays() -> None:
    line = logging.LogRecord("x", logging.INFO, "f", 1, "ok", (), None)
    assert MaskingFormatter("%(asctime)s %(message)s").format(line).startswith("20")


@pytest.mark.skipif(not DATA.exists(), reason="the judged sentences are not here")
def test_what_has_a_form_of_its_own_is_found_in_sentences_of_strangers() -> None:
    asked, found = recall()
    assert {
        kind: found[kind] / asked[kind] for kind in FLOORS if found[kind] / asked[kind] < FLOORS[kind]
    } == {}


def recall() -> tuple[Counter[str], Counter[str]]:
    """Spans by kind, and those of which nothing telling is left."""
    asked, found = Counter[str](), Counter[str]()
    for line in DATA.read_text("utf-8").splitlines():
        judged = json.loads(line)
        safe = Masks().mask(judged["text"])
        for span in judged["spans"]:
            asked[span["type"]] += 1
            found[span["type"]] += span["value"] not in safe
    return asked, found
