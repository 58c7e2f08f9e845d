"""Telling French from English in what customers really type."""

from __future__ import annotations

import pytest

from knowledge.language import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector(("fr", "en"), default="en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("où est mon colis ?", "fr"),
        ("ou est ma comande", "fr"),
        ("je v rien recevoir", "fr"),
        ("parler a un humain", "fr"),
        ("et pour un cadeau", "fr"),
        ("bonjour", "fr"),
        ("livraison", "fr"),
        ("where my order", "en"),
        ("cancel order", "en"),
        ("how do i send back the lamp", "en"),
        ("refund", "en"),
        ("what about gifts", "en"),
    ],
)
def test_short_messages_with_typos_are_told_apart(
    detector: LanguageDetector, text: str, language: str
) -> None:
    assert detector.detect(text) == language


@pytest.mark.parametrize(
    "text", ["ok", "MT-482913", "1234 ?", "", "...", "contact", "a@b.example", "👍", "facture pdf"]
)
@pytest.mark.parametrize("hint", ["fr", "en"])
def test_what_could_be_either_takes_the_language_of_the_conversation(
    detector: LanguageDetector, text: str, hint: str
) -> None:
    assert detector.detect(text, hint) == hint


def test_a_clear_message_outweighs_the_conversation_so_far(detector: LanguageDetector) -> None:
    assert detector.detect("Sorry, I would rather speak English", hint="fr") == "en"
    assert detector.detect("Je préfère écrire en français, merci", hint="en") == "fr"


def test_a_few_short_words_that_might_be_either_go_on_in_the_language_of_the_conversation(
    detector: LanguageDetector,
) -> None:
    assert detector.detect("et c'est long ?", hint="fr") == "fr"
    assert detector.detect("vous faites le click and collect", hint="fr") == "fr"
    assert detector.detect("can I get a paper catalogue", hint="en") == "en"
    assert detector.detect("c'est combien la livraison", hint="en") == "fr"


def test_without_words_and_without_a_hint_it_is_the_default(detector: LanguageDetector) -> None:
    assert detector.detect("MT-482913") == "en"
    assert detector.detect("12", hint="de") == "en"
    assert detector.detect("где моя посылка, скажите пожалуйста") == "en"


@pytest.mark.parametrize("hint", ["fr", "en"])
def test_a_text_in_none_of_the_languages_changes_nothing(detector: LanguageDetector, hint: str) -> None:
    assert detector.detect("где моя посылка, скажите пожалуйста", hint) == hint


def test_a_long_text_is_judged_by_its_beginning(detector: LanguageDetector) -> None:
    assert (
        detector.detect("Vous avez trente jours pour renvoyer un article. " * 50 + "english " * 9000) == "fr"
    )


def test_any_languages_can_be_configured() -> None:
    detector = LanguageDetector(("fr", "de", "no"), default="fr")
    assert detector.detect("Wo ist mein Paket geblieben?") == "de"
    assert detector.detect("Hvor er pakken min? Jeg har ikke fått den.") == "no"
    assert LanguageDetector(("it",), default="it").detect("where is it") == "it"


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="xx"):
        LanguageDetector(("fr", "xx"), default="fr")
    with pytest.raises(ValueError, match="default language en"):
        LanguageDetector(("fr",))
