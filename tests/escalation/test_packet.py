"""What a person is handed: what was asked, what the bot found and gave, what others answered, a draft."""

from __future__ import annotations

from typing import Any

import pytest

from bot.brief import Brief
from bot.decisions import Clarify, EntryLink, Reason
from bot.events import (
    AnswerJudged,
    Author,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    Event,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    ReplySent,
)
from bot.teams import Team
from escalation.packet import Packet
from escalation.packets import Packets
from escalation.reasons import because
from escalation.similar import ResolvedCases
from escalation.summary import one_line, summary
from knowledge.entries import Audience
from knowledge.evidence import Evidence, Question
from knowledge.ports import IndexUnavailable
from tests.builders import MONDAY, an_answer, an_escalation
from tests.escalation.tickets import a_ticket
from tests.found import a_hit, a_resource, an_article, found
from tests.stores import Stores, in_memory

BRIEF = Brief(teams={"support": Team(), "orders": Team(tags=("delivery",))})
QUESTION = "How do I return an item that is installed?"


class Shelf:
    """A knowledge base that finds what it is told to; remembers what it was asked."""

    def __init__(self, evidence: Evidence | Exception) -> None:
        self.evidence = evidence
        self.asked: list[Question] = []

    async def find(self, question: Question) -> Evidence:
        self.asked.append(question)
        if isinstance(self.evidence, Exception):
            raise self.evidence
        return self.evidence


async def story(stores: Stores, *events: Event, name: str = "c1") -> None:
    await stores.log.open(name, ConversationOpened(), MONDAY)
    for event in events:
        await stores.log.append(name, event, Author.SYSTEM, None, MONDAY)


def escalated(
    *answers: int, reason: Reason = Reason.LOW_CONFIDENCE, rejected: bool = False, **trace: Any
) -> Event:
    whole = {"confidence": 0.41, "threshold": 0.83, "features": {"margin": 0.2}, **trace}
    return OutcomeGiven(an_escalation(reason), answers, 0.41, whole, "en", rejected)


def traced(*candidates: tuple[str, float]) -> list[dict[str, object]]:
    return [{"entry_id": entry, "title": entry.title(), "score": score} for entry, score in candidates]


async def packet_of(stores: Stores, shelf: Shelf, name: str = "c1", language: str = "en") -> Packet:
    similar = ResolvedCases(stores.queue)
    packets = Packets(stores.log, stores.queue, shelf, similar, BRIEF, unavailable=(KeyError,))
    packet = await packets.of(name, language)
    assert packet is not None
    return packet


ASKED = MessageReceived("m1", f"Hello, {QUESTION} Order 12345. Thanks!")


async def test_a_person_sees_what_was_asked_and_why_it_came_to_them() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2, candidates=traced(("returns", 2.5))))
    packet = await packet_of(stores, Shelf(found(question=QUESTION)))
    assert packet.question == f"{QUESTION} Order 12345"
    assert packet.summary == (QUESTION, "Order 12345")
    assert not packet.by_model
    assert packet.because == (
        "The bot found something near and was not sure enough to say it. "
        "It was 41% sure; it answers from 83% on."
    )
    assert (packet.confidence, packet.threshold, packet.features) == (0.41, 0.83, {"margin": 0.2})


async def test_the_models_line_is_the_summary_where_there_is_one() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2, model={"summary": " Wants to return\n a lamp. "}))
    packet = await packet_of(stores, Shelf(found()))
    assert (packet.summary, packet.by_model) == (("Wants to return a lamp.",), True)


async def test_what_the_bot_saw_and_what_staff_may_see_besides_are_told_apart() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2, candidates=traced(("returns", 2.5), ("gone", 1.0))))
    staff = an_article("Give up to 20 euros.", "goodwill", "Goodwill", audience=Audience.INTERNAL)
    shelf = Shelf(found(an_article(), staff, question=QUESTION))
    packet = await packet_of(stores, shelf)
    assert shelf.asked[0].audiences == frozenset(Audience)
    assert [(c.entry_id, c.by_bot, c.internal) for c in packet.candidates] == [
        ("returns", True, False),
        ("goodwill", False, True),
        ("gone", True, False),
    ]
    assert packet.candidates[1].passage == "Give up to 20 euros."


async def test_what_the_customer_tried_already_is_there_with_what_they_thought_of_it() -> None:
    stores = in_memory()
    choices = Clarify("A or B?", (EntryLink("returns", "Returns"), EntryLink("refunds", "Refunds")))
    await story(
        stores,
        ASKED,
        OutcomeGiven(an_answer(), (2,), 0.9, {}),
        AnswerJudged(3, useful=False, comment="it is installed"),
        MessageReceived("m2", "And a refund?"),
        OutcomeGiven(choices, (5,), 0.5, {}),
        MessageReceived("m3", "neither"),
        escalated(7, rejected=True, candidates=traced(("returns", 2.5), ("refunds", 2.0))),
    )
    packet = await packet_of(stores, Shelf(found()))
    answer, question_back = packet.tried
    assert (answer.kind, answer.entries, answer.useful) == ("answer", ("returns",), False)
    assert (answer.question, answer.comment) == (f"Hello, {QUESTION} Order 12345. Thanks!", "it is installed")
    assert (question_back.kind, question_back.useful) == ("clarify", False)
    assert [(c.entry_id, c.shown, c.refused) for c in packet.candidates] == [
        ("returns", True, True),
        ("refunds", True, True),
    ]


async def test_what_was_settled_long_ago_is_another_matter() -> None:
    stores = in_memory()
    before = ASKED, OutcomeGiven(an_answer(), (2,), 0.9, {}), ConversationResolved()
    await story(stores, *before, MessageReceived("m2", "My lamp caught fire!"), escalated(5))
    packet = await packet_of(stores, Shelf(found()))
    assert packet.tried == ()
    assert packet.summary == ("My lamp caught fire!",)


async def test_a_draft_quotes_the_best_article_and_cites_it() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2))
    packet = await packet_of(stores, Shelf(found(an_article(), question=QUESTION, confidence=0.4)))
    assert packet.suggestion is not None
    assert "[1]" in packet.suggestion.text
    assert "cannot be returned" in packet.suggestion.text
    assert packet.suggestion.citations[0].entry_id == "returns"
    assert (packet.suggestion.internal, packet.suggestion.confidence) == (False, 0.4)


async def test_a_draft_is_in_words_that_customers_may_see_where_it_can_be() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2))
    staff = an_article("Internal: give it back.", "staff", audience=Audience.INTERNAL)
    near = Shelf(found(a_hit(staff, 4.0), a_hit(an_article(), 3.8)))
    suggestion = (await packet_of(stores, near)).suggestion
    assert suggestion is not None
    assert (suggestion.citations[0].entry_id, suggestion.internal) == ("returns", False)
    far = Shelf(found(a_hit(staff, 4.0), a_hit(an_article(), 2.0)))
    suggestion = (await packet_of(stores, far)).suggestion
    assert suggestion is not None
    assert (suggestion.citations[0].entry_id, suggestion.internal) == ("staff", True)


async def test_a_draft_is_in_the_customers_language_where_it_can_be() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2))
    french = an_article("Vous avez 30 jours.", "retours", "Retours", "fr")
    evidence = found(a_hit(french, 4.0), a_hit(an_article(), 3.9), language="en")
    suggestion = (await packet_of(stores, Shelf(evidence))).suggestion
    assert suggestion is not None
    assert suggestion.citations[0].entry_id == "returns"


async def test_nothing_is_drafted_from_what_has_nothing_to_do_with_it() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2))
    packet = await packet_of(stores, Shelf(found(an_article(), confidence=0.08)))
    assert (packet.suggestion, packet.far) == (None, True)
    assert [c.entry_id for c in packet.candidates] == ["returns"], "what was considered stays to be seen"
    assert (await packet_of(stores, Shelf(found()))).suggestion is None


@pytest.mark.parametrize(("confidence", "likely"), [(0.23, False), (0.62, True)])
async def test_a_draft_says_how_likely_it_is(confidence: float, likely: bool) -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2))
    packet = await packet_of(stores, Shelf(found(an_article(), question=QUESTION, confidence=confidence)))
    assert packet.suggestion is not None
    assert (packet.suggestion.confidence, packet.suggestion.is_likely, packet.far) == (
        confidence, likely, False,
    )  # fmt: skip


async def test_an_article_far_behind_a_form_is_not_drafted_with_the_forms_confidence() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2))
    form, article = a_hit(a_resource(), 9.0), a_hit(an_article(), 6.0)
    packet = await packet_of(stores, Shelf(found(form, article, question=QUESTION, confidence=0.6)))
    assert (packet.suggestion, packet.far) == (None, False)


@pytest.mark.parametrize("error", [IndexUnavailable("away"), TimeoutError(), KeyError("store")])
async def test_without_a_search_the_rest_of_the_packet_is_there(error: Exception) -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2, candidates=traced(("returns", 2.5))))
    packet = await packet_of(stores, Shelf(error))
    assert [c.entry_id for c in packet.candidates] == ["returns"]
    assert (packet.suggestion, packet.question) == (None, f"{QUESTION} Order 12345")


async def test_who_only_pressed_the_button_has_a_packet_too() -> None:
    stores = in_memory()
    await story(stores, OutcomeGiven(an_escalation(Reason.ASKED_FOR_PERSON), (), 0.0))
    shelf = Shelf(found(an_article()))
    packet = await packet_of(stores, shelf)
    assert (packet.question, packet.summary, packet.candidates, shelf.asked) == ("", (), (), [])


async def test_who_comes_in_before_the_bot_has_said_anything_has_a_packet_too() -> None:
    stores = in_memory()
    await story(stores, MessageReceived("m1", "Where is my lamp?"), PersonJoined("zoe"))
    packet = await packet_of(stores, Shelf(found()))
    assert (packet.tried, packet.summary) == ((), ("Where is my lamp?",))


async def test_a_conversation_that_never_came_to_people_has_none() -> None:
    stores = in_memory()
    await story(stores, ASKED)
    packets = Packets(stores.log, stores.queue, Shelf(found()), ResolvedCases(stores.queue), BRIEF)
    assert await packets.of("c1") is None
    assert await packets.of("unknown") is None


async def test_the_right_team_is_suggested_by_what_it_is_about() -> None:
    stores = in_memory()
    await story(stores, ASKED, escalated(2))
    parcel = found(an_article(tags=("delivery",)), confidence=0.5)
    assert (await packet_of(stores, Shelf(parcel))).team == "orders"
    assert (await packet_of(stores, Shelf(found()))).team == "support"


async def resolved(stores: Stores, name: str, question: str, answer: str) -> None:
    await story(
        stores,
        MessageReceived("m1", question),
        escalated(2),
        PersonJoined("zoe"),
        ReplySent("zoe", answer),
        ConversationResolved("zoe"),
        name=name,
    )


async def test_what_colleagues_answered_the_last_times_is_found_again() -> None:
    stores = in_memory()
    await resolved(stores, "old", "Can I return an installed lamp?", "Yes, within 14 days.")
    await resolved(stores, "other", "Where is my invoice?", "In your account.")
    await stores.log.append("old", ConversationRated(5), Author.CUSTOMER, None, MONDAY)
    await story(stores, MessageReceived("m1", "I want to return my installed lamp"), escalated(2))
    [case] = (await packet_of(stores, Shelf(found()))).similar
    assert (case.conversation_id, case.answer, case.stars) == ("old", "Yes, within 14 days.", 5)


async def test_what_was_resolved_since_is_found_soon() -> None:
    stores = in_memory()
    now = 0.0
    similar = ResolvedCases(stores.queue, rest=30, clock=lambda: now)
    assert list(await similar.like("installed lamp", "c1")) == []
    await resolved(stores, "old", "Can I return an installed lamp?", "Yes, within 14 days.")
    now = 30.0
    assert [case.conversation_id for case in await similar.like("installed lamp", "c1")] == ["old"]
    assert list(await similar.like("installed lamp", but="old")) == []
    assert list(await similar.like("  ", "c1")) == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Topic: fraud."), ("fr", "Sujet : fraud.")],
)
def test_the_reason_is_said_in_the_readers_language(language: str, said: str) -> None:
    ticket = a_ticket(reason=Reason.SENSITIVE_TOPIC, topic="fraud")
    assert because(ticket, {}, language).endswith(said)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason, language: str) -> None:
    assert because(a_ticket(reason=reason), {}, language).endswith(".")


def test_what_was_broken_is_named() -> None:
    ticket = a_ticket(reason=Reason.UNAVAILABLE)
    assert "IndexUnavailable: away" in because(ticket, {"unavailable": "IndexUnavailable: away"}, "en")
    assert "no response" in because(ticket, {"error": {"message": "no response"}}, "en")


def test_a_threshold_that_nothing_reaches_is_not_told_as_a_percentage() -> None:
    assert "200" not in because(a_ticket(), {"confidence": 0.4, "threshold": 2.0}, "en")


def test_a_long_question_is_cut_between_two_words() -> None:
    line = one_line("Bonjour, " + "je voudrais savoir " * 20)
    assert len(line) <= 160
    assert line.startswith("je voudrais")
    assert line.endswith("…")


def test_a_summary_keeps_the_telling_sentences_in_their_order() -> None:
    messages = [
        "Bonjour. J'ai commandé une lampe le 3 novembre.",
        "Je suis un peu inquiet. La commande MT-482913 n'est pas arrivée.",
        "Voilà. Pouvez-vous me rembourser ?",
    ]
    assert summary(messages, "fr") == (
        "J'ai commandé une lampe le 3 novembre.",
        "La commande MT-482913 n'est pas arrivée.",
        "Pouvez-vous me rembourser ?",
    )
