"""A draft is offered with what it is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from connectors.assembly import Service
from connectors.console.accounts import Preferences
from escalation.packet import Considered, Packet, Suggestion
from escalation.packets import Packets
from tests.console import Browser, escalated, hired
from tests.web import indoors

CLOSEST = Considered("returns", "Returning a lamp", 6.9, by_bot=True, passage="Within 30 days.")


class Handed:
    """A packet that is what the story needs."""

    def __init__(self, packets: Packets, **as_found: Any) -> None:
        self._packets, self._as_found = packets, as_found

    async def of(self, conversation_id: str, language: str = "en") -> Packet | None:
        packet = await self._packets.of(conversation_id, language)
        return (
            replace(packet, **{"candidates": (CLOSEST,), "far": False, **self._as_found}) if packet else None
        )


async def evidence(service: Service, language: str, **as_found: Any) -> Browser:
    await hired(service, "lou")
    await escalated(service, "c1")
    account = await service.console.accounts.get("lou")
    assert account is not None
    await service.console.accounts.save(replace(account, preferences=Preferences(language=language)))
    packets = cast(Packets, Handed(service.packets, **as_found))
    async with indoors(replace(service, packets=packets)) as client:
        lou = Browser(client)
        await lou.sign_in("lou")
        await lou.get("/conversations/c1/evidence")
    return lou


@pytest.mark.parametrize(
    ("language", "confidence", "told"),
    [
        ("en", 0.23, "A draft probably not the answer (23%)"),
        ("fr", 0.23, "Un brouillon probablement pas la réponse (23\u00a0%)"),
        ("en", 0.62, "A draft probably the answer (62%)"),
        ("fr", 0.62, "Un brouillon probablement la réponse (62\u00a0%)"),
    ],
)
async def test_a_draft_says_how_likely_it_is(
    service: Service, language: str, confidence: float, told: str
) -> None:
    lou = await evidence(service, language, suggestion=Suggestion("30 days.", (), confidence, internal=False))
    assert " ".join(told.split()) in lou.text
    assert "closest" not in lou.text


async def test_where_nothing_is_near_the_closest_are_shown_as_no_more_than_that(service: Service) -> None:
    lou = await evidence(service, "en", far=True)
    assert "A draft" not in lou.text
    assert "Probably none of it is the answer. The closest were: Returning a lamp" in lou.text
