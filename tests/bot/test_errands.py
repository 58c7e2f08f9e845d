"""The company's own actions: when they run, with what, and what the customer gets when they fail."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace

import pytest

from bot.asked import Asked, Exchange, Response
from bot.brief import Brief, BriefRefused
from bot.brief_file import parse_brief
from bot.decisions import Card, Escalate, Performed, Reason, Route, SmallTalk
from bot.errands import Errand, ErrandFailed, Said, errand_of
from bot.turn import Turn
from knowledge.entries import ResourceKind
from knowledge.evidence import Evidence, Question
from knowledge.language import LanguageDetector
from tests.builders import MONDAY, an_answer

BRIEF = """
company: Maison Tilleul
teams: { support: {}, orders: {} }
actions:
  action_order_status:
    slots:
      order_number:
        pattern: 'MT-?(\\d{4})'
        ask: { en: Which order number is it?, fr: Quel est le numéro de commande ? }
    seconds: 0.2
sensitive_topics:
  order_status:
    policy: run
    action: action_order_status
    team: orders
    triggers: [where is my order, où est ma commande]
"""
DETECTOR = LanguageDetector(("fr", "en"), default="en")


class NothingFound:
    async def find(self, question: Question) -> Evidence:
        raise TimeoutError


@dataclass
class Actions:
    """Says what became of an order, or fails as it is told to."""

    failure: Exception | None = None
    hangs: bool = False
    said: Said | None = None
    ran: list[Errand] = field(default_factory=list)

    async def run(self, errand: Errand) -> Said:
        self.ran.append(errand)
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure:
            raise self.failure
        return self.said or Said(
            f"Order {errand.slots['order_number']} is on its way.", ("Thanks",), "in a test"
        )


async def respond(
    actions: Actions | None, text: str, *before: Exchange, brief: Brief | None = None
) -> Response:
    turn = Turn(NothingFound(), brief or parse_brief(BRIEF), DETECTOR, errands=actions)
    return await turn.respond(Asked("c1", (text,), before, MONDAY))


async def test_an_action_answers_with_the_number_taken_from_the_message() -> None:
    actions = Actions()
    response = await respond(actions, "Hello, where is my order mt-1042 please?")
    assert response.outcome == Performed("Order 1042 is on its way.", "action_order_status", ("Thanks",))
    (errand,) = actions.ran
    assert (errand.conversation_id, errand.language) == ("c1", "en")
    assert response.trace["errand"] == {
        "action": "action_order_status",
        "slots": {"order_number": "••42"},
        "ran": "in a test",
    }
    assert response.trace["decision"] == "performed"


async def test_what_is_missing_is_asked_once_and_taken_from_the_next_message() -> None:
    actions = Actions()
    asked_back = await respond(actions, "Où est ma commande ?")
    assert asked_back.outcome == SmallTalk("Quel est le numéro de commande ?")
    before = Exchange("Où est ma commande ?", asked_back.outcome, 3)
    assert isinstance((await respond(actions, "MT1042", before)).outcome, Performed)
    assert not isinstance((await respond(actions, "Je ne sais pas", before)).outcome, Performed)
    again = await respond(actions, "où est ma commande", before)
    assert again.outcome != asked_back.outcome, "asked once, not for ever"


async def test_another_matter_about_the_same_order_does_not_run_it() -> None:
    actions = Actions()
    await respond(actions, "My order MT-1042 arrived broken")
    assert not actions.ran


@pytest.mark.parametrize(
    ("actions", "why"),
    [
        (Actions(ErrandFailed("KeyError: 'status'", "Traceback: line 7")), "KeyError: 'status'"),
        (Actions(hangs=True), "nothing within 0.2 seconds"),
        (None, "no actions are set up"),
    ],
)
async def test_an_action_that_fails_becomes_an_apology_a_person_and_a_trace(
    actions: Actions | None, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        response = await respond(actions, "where is my order MT-1042?")
    outcome = response.outcome
    assert isinstance(outcome, Escalate)
    assert (outcome.reason, outcome.topic, outcome.team) == (Reason.UNAVAILABLE, "order_status", "orders")
    assert outcome.text.startswith("I'm sorry, I can't look this up right now.")
    assert why in response.trace["error"]["message"]
    if actions and actions.failure:
        assert response.trace["error"]["detail"] == "Traceback: line 7"
    assert why in caplog.text
    assert "1042" not in caplog.text, "numbers are masked in logs"


async def test_an_action_may_pass_the_customer_to_a_person_in_its_own_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wish = Said("Your order is held back.", ran="in a test", wants_person=True, why="1042 was paid twice")
    with caplog.at_level(logging.INFO):
        response = await respond(Actions(said=wish), "where is my order MT-1042?")
    outcome = response.outcome
    assert isinstance(outcome, Escalate)
    assert (outcome.reason, outcome.topic, outcome.team) == (Reason.POLICY, "order_status", "orders")
    assert outcome.text.startswith("Your order is held back.")
    assert response.trace["errand"]["wants_person"] is True
    assert response.trace["errand"]["why"] == "••42 was paid twice"
    assert "error" not in response.trace
    assert "asks for a person" in caplog.text
    assert "1042" not in caplog.text


async def test_an_action_that_only_asks_for_a_person_leaves_the_words_to_us() -> None:
    response = await respond(Actions(said=Said("", wants_person=True)), "where is my order MT-1042?")
    assert isinstance(response.outcome, Escalate)
    assert "colleague" in response.outcome.text


async def test_a_failure_that_repeats_the_number_is_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    actions = Actions(ErrandFailed("KeyError: '1042'", "orders['1042']"))
    response = await respond(actions, "where is my order MT-1042?")
    assert response.trace["error"]["message"] == "action_order_status: KeyError: '••42'"
    assert response.trace["error"]["detail"] == "orders['••42']"
    assert "1042" not in caplog.text


async def test_graver_topics_come_before_an_action() -> None:
    actions = Actions()
    response = await respond(actions, "Where is my order MT-1042? My lawyer will sue you.")
    assert isinstance(response.outcome, Escalate)
    assert response.outcome.topic == "legal_threat"
    assert not actions.ran


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("action: action_order_status", "action: action_unknown"),
        ("policy: run", "policy: escalate"),
        ("'MT-?(\\d{4})'", "'MT-?(\\d{4}'"),
        ("'MT-?(\\d{4})'", "'.*'"),
    ],
)
def test_a_brief_whose_actions_do_not_fit_is_refused(wrong: str, told: str) -> None:
    with pytest.raises(BriefRefused) as refused:
        parse_brief(BRIEF.replace(wrong, told))
    assert "action" in str(refused.value)


async def test_who_would_be_shown_a_resource_gets_its_action_when_the_number_is_there() -> None:
    brief = parse_brief(
        "actions: { action_x: { slots: { n: { pattern: 'MT(\\d+)' } }, resources: [Track it] } }"
    )
    card = Card("t", ResourceKind.PAGE, "track it", "", "https://shop.example/track")
    asked = Asked("c1", ("has MT42 left?",), (), MONDAY)
    for decision in (Route("Here:", card), replace(an_answer(), card=card)):
        errand = errand_of(None, decision, asked, brief, "en")
        assert errand
        assert (errand.action, errand.slots) == ("action_x", {"n": "42"})
    assert errand_of(None, Route("Here:", replace(card, title="Return it")), asked, brief, "en") is None
    without = replace(asked, messages=("has it left?",))
    assert errand_of(None, Route("Here:", card), without, brief, "en") is None
