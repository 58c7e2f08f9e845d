"""The server dies while two colleagues reach for the same customer: one has it, and no word is lost."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from playwright.async_api import Browser, expect

from bot.events import LoggedEvent, NoteWritten, PersonJoined, ReplySent
from connectors.records import open_records
from tests.journeys.console.office import Colleague, Office, a_colleague, settings_of
from tests.journeys.console.standalone import Standalone, standing
from tests.web import Chat

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def in_the_log(server: Standalone, customer: Chat) -> list[LoggedEvent]:
    async with await open_records(settings_of(server.data)) as records:
        return list(await records.log.read(customer.id))


async def test_a_server_killed_in_a_race_for_a_claim_leaves_one_owner_and_every_word(
    data: Path, tmp_path: Path, browser: Browser
) -> None:
    shutil.copytree(data, tmp_path / "data")
    async with standing(tmp_path / "data") as server, httpx.AsyncClient(base_url=server.address) as client:
        office = Office(cast(Any, None), client)
        zoe, paul = [await a_colleague(office, browser) for _ in range(2)]
        await zoe.signs_in("zoe")
        await paul.signs_in("paul")
        customer = await office.customer()
        await customer.say("I want to talk to a person about my lamp")
        for one in (zoe, paul):
            await one.row(customer.id).wait_for()
            await one.opens(customer.id)

        await asyncio.gather(*(one.button("Claim").click() for one in (zoe, paul)))
        await server.kill()
        await expect(zoe.page.locator("#offline")).to_contain_text("Connection lost")
        await zoe.presses("Escape", "i")
        await zoe.sends("Ask the workshop")
        kept = zoe.page.locator(".toast.wrong", has_text="Your words are kept.")
        await expect(kept).to_be_visible()
        await server.start()

        winner, loser = await owner_first(zoe, paul)
        await expect(loser.bar).to_contain_text("With ")
        await winner.sends("Which lamp is it?")
        await expect(winner.lines).to_contain_text("Which lamp is it?")
        await zoe.presses(*(("Escape", "i") if zoe is winner else ("i",)))  # out of the field that she is in
        await expect(zoe.field).to_have_value("Ask the workshop")
        await zoe.field.press("Control+Enter")
        await expect(zoe.lines).to_contain_text("Ask the workshop")
        logged = [one.event for one in await in_the_log(server, customer)]
        for kind in (PersonJoined, ReplySent, NoteWritten):
            assert len([event for event in logged if isinstance(event, kind)]) == 1, kind
        for context in office.contexts:
            await context.close()


async def owner_first(one: Colleague, other: Colleague) -> tuple[Colleague, Colleague]:
    """Whose it is; where the server died before either was heard, the first claims it now."""
    for colleague in (one, other):
        await colleague.page.reload()
    for first, second in ((one, other), (other, one)):
        if await first.bar.get_by_text("Yours").count():
            return first, second
    await one.button("Claim").click()
    await expect(one.bar).to_contain_text("Yours")
    return one, other
