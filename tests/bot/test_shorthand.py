import pytest

from bot.recognisers.shorthand import spelled_out
from bot.recognisers.small_talk import without_please, without_wish


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


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("I want to cancel my order", "cancel my order"),
        ("i'd like to pay in instalments", "pay in instalments"),
        ("We would like a quote", "a quote"),
        ("I want to know where my parcel is", "where my parcel is"),
        ("Je voudrais annuler ma commande", "annuler ma commande"),
        ("J’aimerais bien être remboursée", "être remboursée"),
        ("je veux savoir où est mon colis", "où est mon colis"),
        ("Nous souhaitons un devis", "un devis"),
        ("I want to", "I want to"),
        ("I want it", "I want it"),
        ("je veux le retourner", "je veux le retourner"),
        ("je veux pas payer", "je veux pas payer"),
        ("je voudrais en savoir plus", "je voudrais en savoir plus"),
        ("what if I want to cancel?", "what if I want to cancel?"),
        ("like my lamp", "like my lamp"),
    ],
)
def test_a_wish_is_no_part_of_what_is_wished_for(typed: str, asked: str) -> None:
    assert without_wish(typed) == asked
