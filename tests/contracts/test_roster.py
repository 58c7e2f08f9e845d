"""What every roster keeps to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from escalation.roster import Agent, Role, Roster, RosterUnavailable, UnknownAgent, WrongAgent
from escalation.store.sql_roster import SqlRoster
from knowledge.store.database import open_database
from tests.builders import MONDAY, an_agent
from tests.stores import in_database, in_memory


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def roster(request: pytest.FixtureRequest) -> AsyncIterator[Roster]:
    if request.param == "memory":
        yield in_memory().roster
        return
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        yield stores.roster


ZOE = Agent(
    "zoe.martin@maison-tilleul.example",
    "Zoé Martin",
    Role.LEAD,
    teams=frozenset({"support", "orders"}),
    languages=frozenset({"fr", "en"}),
    skills=frozenset({"delivery"}),
    email="zoe@maison-tilleul.example",
    capacity=4,
    handles={"slack": "U123"},
)


async def test_what_is_known_of_a_person_comes_back_as_it_was_said(roster: Roster) -> None:
    await roster.save(ZOE)
    assert await roster.get(ZOE.name) == ZOE
    assert await roster.get("ali") is None


async def test_saving_again_changes_the_one_that_is_there(roster: Roster) -> None:
    await roster.save(ZOE)
    await roster.save(replace(ZOE, display="Zoé M.", active=False))
    assert [(agent.display, agent.active) for agent in await roster.everyone()] == [("Zoé M.", False)]


async def test_people_are_listed_by_the_name_that_is_read(roster: Roster) -> None:
    for name, display in (("a", "Zoé"), ("b", "anna"), ("c", "Bruno")):
        await roster.save(an_agent(name, display=display))
    assert [agent.display for agent in await roster.everyone()] == ["anna", "Bruno", "Zoé"]


async def test_another_door_finds_who_it_is_until_they_leave(roster: Roster) -> None:
    await roster.save(ZOE)
    assert await roster.by_handle("slack", "U123") == ZOE
    assert await roster.by_handle("slack", "U999") is None
    assert await roster.by_handle("teams", "U123") is None
    await roster.save(replace(ZOE, active=False))
    assert await roster.by_handle("slack", "U123") is None


async def test_going_on_and_off_duty_is_remembered_with_its_time(roster: Roster) -> None:
    await roster.save(ZOE)
    there = await roster.set_duty(ZOE.name, True, MONDAY)
    assert (there.on_duty, there.duty_changed_at) == (True, MONDAY)
    again = await roster.set_duty(ZOE.name, True, MONDAY + timedelta(hours=1))
    assert again.duty_changed_at == MONDAY
    gone = await roster.set_duty(ZOE.name, False, MONDAY + timedelta(hours=2))
    assert (gone.on_duty, gone.duty_changed_at) == (False, MONDAY + timedelta(hours=2))
    assert await roster.get(ZOE.name) == gone


async def test_nobody_goes_on_duty_without_an_account(roster: Roster) -> None:
    with pytest.raises(UnknownAgent, match="ali"):
        await roster.set_duty("ali", True, MONDAY)


@pytest.mark.parametrize("name", ["", "Zoé", "two words", "-dash", "x" * 101, "zoe\n"])
def test_an_account_name_is_one_that_can_be_typed_anywhere(name: str) -> None:
    with pytest.raises(WrongAgent, match="account name"):
        Agent(name, "Zoé")


def test_an_agent_has_a_name_that_customers_can_read() -> None:
    with pytest.raises(WrongAgent, match="customers"):
        Agent("zoe", "  ")


@pytest.mark.parametrize(
    ("display", "initials"),
    [("Zoé", "Z"), ("Zoé Martin", "ZM"), ("Jean-Luc Le Goff", "JG"), ("anna b.", "AB")],
)
def test_initials_stand_for_a_picture(display: str, initials: str) -> None:
    assert an_agent("a", display=display).initials == initials


async def test_a_damaged_file_is_reported_in_one_line(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "comptoir.db").write_bytes(b"not a database, whatever its name says" * 100)
    engine = open_database(sqlite_url)
    with pytest.raises(RosterUnavailable, match="damaged"):
        await SqlRoster(engine).everyone()
    await engine.dispose()
