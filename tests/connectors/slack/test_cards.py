"""What a card says of what was found, and of the draft on it."""

from __future__ import annotations

import json

import pytest

from bot.brief import Brief
from bot.decisions import Reason
from connectors.slack.cards import Reader, card
from connectors.slack.discretion import Discretion
from connectors.slack.words import words
from escalation.packet import Considered, Packet, Suggestion
from tests.builders import MONDAY
from tests.escalation.tickets import a_ticket


def told(language: str, suggestion: Suggestion | None = None, *, far: bool = False) -> str:
    packet = Packet(
        a_ticket(), "May I return it?", (), by_model=False, reason=Reason.LOW_CONFIDENCE, because="Not sure.",
        confidence=0.2, threshold=0.5, far=far, suggestion=suggestion,
        candidates=(Considered("returns", "Returning a lamp", 6.9, by_bot=True),),
    )  # fmt: skip
    said = words(language)
    reader = Reader(
        said, Brief(), Discretion(False, language), "https://help.shop.example/console/conversations", MONDAY
    )
    return json.dumps(card(packet, reader), ensure_ascii=False)


@pytest.mark.parametrize(
    ("language", "confidence", "internal", "about"),
    [
        ("en", 0.23, False, "*Draft · probably not the answer (23%):* 30 days."),
        ("fr", 0.23, True, "*Brouillon · interne · probablement pas la réponse (23\u00a0%):* 30 days."),
        ("en", 0.62, False, "*Draft:* 30 days."),
    ],
)
def test_a_draft_that_is_probably_wrong_says_so(
    language: str, confidence: float, internal: bool, about: str
) -> None:
    assert about in told(language, Suggestion("30 days.", (), confidence, internal))


@pytest.mark.parametrize(
    ("language", "found", "closest"),
    [
        ("en", "*Found:*", "*Closest, probably not the answer:*"),
        ("fr", "*Trouvé:*", "*Le plus proche, probablement pas la réponse:*"),
    ],
)
def test_what_was_only_the_closest_is_not_called_found(language: str, found: str, closest: str) -> None:
    assert f"{found} Returning a lamp" in told(language)
    assert f"{closest} Returning a lamp" in told(language, far=True)
