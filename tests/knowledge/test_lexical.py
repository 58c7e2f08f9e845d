"""Words as search sees them."""

from __future__ import annotations

import unicodedata
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexical import FEW, Document, LexicalIndex, fold, stems, words

RETURN_FR = Document(
    "retour-fr", "fr", "Retourner un article", (), "Vous avez trente jours pour le renvoyer."
)
REFUND_FR = Document("rembours-fr", "fr", "Délai de remboursement", (), "Cinq jours ouvrés après réception.")
RETURN_EN = Document(
    "return-en", "en", "Return an item", ("How do I send it back?",), "You have thirty days."
)
LAMP = Document("lamp", "en", "Spare parts", (), "The shade of lamp TL-2041 can be ordered.")
INDEX = LexicalIndex([RETURN_FR, REFUND_FR, RETURN_EN, LAMP])


def best(question: str) -> str:
    scores = INDEX.scores(INDEX.read(question))
    return INDEX.ids[int(np.argmax(scores))]


def test_accents_and_case_do_not_matter() -> None:
    assert fold("DÉLAI Œuvre") == "delai oeuvre"


@given(st.text())
def test_whatever_the_script_no_accent_stays(text: str) -> None:
    assert not any(unicodedata.combining(c) for c in fold(text))


def test_a_code_stays_whole_and_gives_its_parts() -> None:
    assert words("Where is MT-482913?") == ["where", "is", "mt-482913", "mt", "482913"]


def test_forms_of_a_word_share_a_stem_in_their_language() -> None:
    assert stems("remboursements", "fr") == stems("remboursement", "fr")
    assert stems("returned", "en") == stems("returning", "en")


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("delai remboursement", "rembours-fr"),
        ("remboursemnt", "rembours-fr"),
        ("retourné articles", "retour-fr"),
        ("send back", "return-en"),
        ("TL-2041", "lamp"),
    ],
)
def test_the_right_entry_is_found_without_accents_with_typos_and_by_code(question: str, entry: str) -> None:
    assert best(question) == entry


def test_another_code_is_not_taken_for_a_typo() -> None:
    readings = INDEX.read("TL-2042")
    assert "tl-2041" not in readings["en"].terms
    assert "2041" not in readings["en"].terms


def test_a_short_word_hardly_counts_in_another_language_but_codes_and_long_words_do() -> None:
    gold = Document("or", "fr", "Vendre de l'or", (), "On rachète l'or à son cours.")
    stand = Document("pied", "fr", "Pied de lampe", (), "Le pied TL-2041 va avec l'application.")
    index = LexicalIndex([gold, stand])

    def scores(question: str, asked_in: str) -> dict[str, float]:
        found = index.scores(index.read(question, asked_in))
        return dict(zip(index.ids, found.tolist(), strict=True))

    by_chance = scores("is it on or off?", "en")["or"]
    assert 0 < by_chance < scores("is it on or off?", "fr")["or"] / 5
    assert scores("TL-2041", "en")["pied"] > scores("TL-2041", "fr")["pied"] / 2
    assert scores("application", "en") == scores("application", "fr") == scores("application", "")


def test_words_that_nobody_wrote_score_nothing() -> None:
    assert not INDEX.scores(INDEX.read("quantum chromodynamics")).any()


def test_an_indexed_document_scores_alone_as_it_scores_in_the_index() -> None:
    readings = INDEX.read("retour article")
    scores = INDEX.scores(readings)
    for document in (RETURN_FR, REFUND_FR, RETURN_EN, LAMP):
        row = INDEX.row(document.id)
        assert row is not None
        assert INDEX.score(document, readings) == pytest.approx(float(scores[row]), rel=1e-4)


def test_an_empty_index_and_an_empty_question_are_no_trouble() -> None:
    assert LexicalIndex([]).scores(LexicalIndex([]).read("hello")).shape == (0,)
    assert not INDEX.scores(INDEX.read("")).any()


COMMON = ["de", "la", "carte", "le", "card", "order", "paris", "permis"]
TEXTS = st.lists(st.sampled_from(COMMON), max_size=12).map(" ".join)
DOCUMENTS = st.lists(st.tuples(st.sampled_from(["fr", "en"]), TEXTS, TEXTS), max_size=60)


@given(DOCUMENTS, TEXTS, TEXTS, st.integers(1, 12), st.sampled_from([0, FEW]))
def test_long_lists_left_unread_change_nothing_in_what_is_best(
    contents: list[tuple[str, str, str]], question: str, earlier: str, k: int, few: int
) -> None:
    index = LexicalIndex(
        Document(str(n), language, title, (), text) for n, (language, title, text) in enumerate(contents)
    )
    mixture = [(0.7, index.read(question)), (0.3, index.read(earlier))]
    scores = sum(np.float32(share) * index.scores(readings) for share, readings in mixture)
    assert isinstance(scores, np.ndarray)
    ranked = [int(row) for row in np.argsort(-scores, kind="stable")[:k] if scores[row] > 0]
    with patch("knowledge.lexical.FEW", few):
        assert index.best(mixture, k) == ranked
        assert index.scores_of(ranked, mixture).tolist() == scores[ranked].tolist()


def test_spaces_that_break_no_line_are_spaces() -> None:
    typeset = "Alma\u00a0: de 100 à 2\u202f000\u00a0€, en 3 ou 4 fois\u202f; «\u00a0Mon compte\u00a0»"
    assert words(typeset) == words("Alma : de 100 à 2 000 €, en 3 ou 4 fois ; « Mon compte »")
    assert stems(typeset, "fr") == stems(typeset.replace("\u202f", " ").replace("\u00a0", " "), "fr")
