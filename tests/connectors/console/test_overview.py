"""The overview's figures and what is taken along of them, for leads."""

from __future__ import annotations

import csv
import io

import httpx

from connectors.assembly import Service
from tests.console import Browser, escalated


async def test_what_is_taken_along_has_heads_in_the_readers_language(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1", "=SUM(1;2) is no lamp")
    days = _table(await zoe.get("/overview/days.csv?days=7", accept_language="en"))
    assert days[0][:3] == ["Day", "Conversations", "Confirmed by the customer"]
    assert len(days) == 8
    assert sum(int(row[1]) for row in days[1:]) == 1
    jours = _table(await zoe.get("/overview/days.csv?days=7", accept_language="fr"))
    assert jours[0][:3] == ["Jour", "Conversations", "Confirmée par le client"]
    assert jours[1:] == days[1:]
    head, row = _table(await zoe.get("/overview/questions.csv", accept_language="fr"))
    assert head[:2] == ["Question", "Fois posée"]
    assert row[:3] == ["'=SUM(1;2) is no lamp", "1", "1"], "no spreadsheet may take it for a formula"


async def test_figures_are_those_of_the_site_and_language_that_were_asked_for(
    service: Service, zoe: Browser
) -> None:
    await escalated(service, "c1")
    for narrowed, number in (
        ("site=shop", "1"),
        ("site=outlet", "0"),
        ("language=en", "1"),
        ("language=fr", "0"),
    ):
        figures = _table(await zoe.get(f"/overview/figures.csv?{narrowed}"))
        conversations = next(row for row in figures if row[0] == "Conversations")
        assert conversations[1] == number, narrowed
        assert conversations[4].startswith("Conversations that began in the period"), "how it is counted"


def _table(sheet: httpx.Response) -> list[list[str]]:
    assert sheet.status_code == 200, sheet.text
    assert sheet.headers["content-disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
