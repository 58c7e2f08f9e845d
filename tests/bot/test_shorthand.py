import pytest

from bot.recognisers.shorthand import spelled_out
from bot.recognisers.small_talk import without_please


@pytest.mark.parametrize(
    ("typed", "language", "read"),
    [
        ("jai oublié mon mdp", "fr", "jai oublié mon mot de passe"),
        ("Ma CB est refusée", "fr", "Ma carte bancaire est refusée"),
        ("forgot my pwd", "en", "forgot my password"),
        ("where are u", "en", "where are you"),
        ("a u-shaped sofa for mdp@shop.example", "en", "a u-shaped sofa for mdp@shop.example"),
        ("mdp@shop.example n'est plus mon adresse", "fr", "mdp@shop.example n'est plus mon adresse"),
        ("mein pw", "de", "mein pw"),
    ],
)
def test_shorthand_is_spelled_out_in_its_own_language(typed: str, language: str, read: str) -> None:
    assert spelled_out(typed, language) == read


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("facture svp", "facture"),
        ("Une facture, s'il vous plaît !", "Une facture"),
        ("please cancel my order", "cancel my order"),
        ("Pls, cancel it please.", "cancel it"),
        ("please", "please"),
        ("a pleasing lamp", "a pleasing lamp"),
    ],
)
def test_a_please_is_no_part_of_the_question(typed: str, asked: str) -> None:
    assert without_please(typed) == asked
