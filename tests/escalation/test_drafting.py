"""A colleague's answer becomes an article's draft, and nobody can be found in it."""

from __future__ import annotations

from bot.decisions import Reason
from bot.events import Event, MessageReceived, OutcomeGiven, PersonJoined, ReplySent
from escalation.drafting import ArticleDraft, draft_from, without_personal_data
from tests.builders import an_answer, an_escalation, logged

REPLY = """Bonjour Claire,

Oui : nous gravons les lampes jusqu'à vingt signes, pour 12 €. Écrivez le texte dans le champ « message » de \
la commande. Votre commande 48291377 peut encore être changée, Claire.

Je vous appelle au 06 12 34 56 78 si besoin.

Bonne journée,
Camille"""


def handed_over(*events: Event) -> list[Event]:
    return [
        MessageReceived("m1", "Bonjour, je m'appelle Claire Morin"),
        OutcomeGiven(an_answer(), (2,), 0.9),
        MessageReceived("m2", "vous gravez les lampes ? claire.morin@example.com"),
        OutcomeGiven(an_escalation(Reason.NOT_IN_KNOWLEDGE_BASE), (4,), 0.1),
        PersonJoined("camille", "Camille"),
        *events,
    ]


def test_the_answer_that_helped_becomes_the_text() -> None:
    events = logged(*handed_over(ReplySent("camille", "Je regarde.", "Camille"), reply()))
    draft = draft_from(events, "fr", ["Claire Morin"])
    assert draft == ArticleDraft(
        title="vous gravez les lampes ? [adresse e-mail]",
        text="Oui : nous gravons les lampes jusqu'à vingt signes, pour 12 €. Écrivez le texte dans le champ "
        "« message » de la commande. Votre commande [numéro] peut encore être changée, [nom].\n\n"
        "Je vous appelle au [téléphone] si besoin.",
        questions=(),
        taken_out=4,
    )


def reply() -> ReplySent:
    return ReplySent("camille", REPLY, "Camille")


def test_all_messages_that_led_to_a_person_are_ways_to_ask() -> None:
    events = logged(
        MessageReceived("m1", "do you engrave lamps?"),
        MessageReceived("m2", "with  a name on it"),
        OutcomeGiven(an_escalation(), (2, 3), 0.1),
        PersonJoined("zoe"),
        ReplySent("zoe", "Hello,\nYes, up to twenty characters.\nKind regards\nzoe"),
        MessageReceived("m3", "thanks!"),
    )
    draft = draft_from(events, "en")
    assert draft is not None
    assert (draft.title, draft.questions) == ("with a name on it", ("do you engrave lamps?",))
    assert draft.text == "Yes, up to twenty characters."


def test_a_conversation_that_began_with_the_button_is_asked_by_what_was_written() -> None:
    events = logged(
        OutcomeGiven(an_escalation(Reason.ASKED_FOR_PERSON), (), 0.0),
        MessageReceived("m1", "x" * 100 + " engraving " + "y" * 50),
        PersonJoined("zoe"),
        ReplySent("zoe", "Thanks!"),
    )
    draft = draft_from(events, "en")
    assert draft is not None
    assert draft.title == "x" * 100 + " engraving…"
    assert draft.text == "Thanks!"


def test_where_nobody_replied_there_is_no_draft() -> None:
    assert draft_from(logged(*handed_over()), "fr") is None


def test_what_was_taken_out_is_named_in_the_language_of_the_text() -> None:
    assert without_personal_data("write to a.b@example.com", "en") == "write to [e-mail address]"
    assert without_personal_data("écrivez à a.b@example.com", "fr") == "écrivez à [adresse e-mail]"
