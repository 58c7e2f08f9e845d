"""Whose session is over in the middle of writing is told so where they are, with the way in and back."""

from __future__ import annotations

import pytest

from connectors.assembly import Service
from tests.console import Browser, escalated, words

WRITING = {"x_words": "1", "hx_request": "true", "referer": "http://door/console/conversations/c1?mine=1"}


@pytest.mark.parametrize("lost", ["the cookies", "the session"])
async def test_who_writes_is_offered_to_sign_in_and_come_back(
    service: Service, paul: Browser, lost: str
) -> None:
    await escalated(service, "c1")
    await paul.act("c1", "claim")
    if lost == "the cookies":
        paul.client.cookies.clear()
    else:
        await service.console.sessions.end_all("paul")
    for answer in (
        await paul.post("/conversations/c1/reply", {"text": "It comes tomorrow."}, **WRITING),
        await paul.get("/conversations/c1/fresh", **WRITING),
    ):
        assert answer.status_code == 401
        assert "You are signed out. Sign in again: your draft is kept." in words(answer)
        assert 'href="/console/sign-in?next=%2Fconversations%2Fc1%3Fmine%3D1"' in answer.text
        assert answer.headers["hx-retarget"] == "#toasts"
    assert "hx-redirect" not in answer.headers


async def test_who_signed_in_again_elsewhere_can_load_the_page_again(service: Service, paul: Browser) -> None:
    await escalated(service, "c1")
    before = paul.token
    paul.client.cookies.clear()
    await paul.sign_in("paul")
    answer = await paul.post("/conversations/c1/reply", {"text": "It comes."}, token=before, **WRITING)
    assert answer.status_code == 403
    assert 'href="/console/conversations/c1?mine=1"' in answer.text
    assert "Load it again" in words(answer)
