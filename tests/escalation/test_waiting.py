"""What a waiting customer is told: their place, and an honest estimate or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.brief import Address, Brief
from bot.decisions import Priority
from bot.events import (
    Author,
    ConversationOpened,
    MessageReceived,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
)
from bot.teams import Team
from bot.words.waiting import duration, ordinal
from escalation.estimate import Estimate, estimate, rounded
from escalation.queue import PickUp
from escalation.waiting import Wait, Waiting, wait_text
from knowledge.hours import Calendar
from tests.builders import MONDAY, Clock, an_agent, an_escalation
from tests.stores import Stores, in_memory

OFFICE = Calendar("Mo-Fr 09:00-18:00", ZoneInfo("UTC"))
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


def picked_up(*minutes: float, apart: float = 60) -> list[PickUp]:
    """Customers who came one after the other, each after the one before was seen."""
    starts = [MONDAY + timedelta(minutes=n * apart) for n in range(len(minutes))]
    return [
        PickUp(n, start, start + timedelta(minutes=wait))
        for n, (start, wait) in enumerate(zip(starts, minutes, strict=True))
    ]


AFTERNOON = MONDAY + timedelta(hours=5)


def test_the_estimate_is_the_median_of_the_last_waits() -> None:
    assert estimate(1, picked_up(2, 4, 30), OFFICE, AFTERNOON).minutes == 4


def test_who_is_third_waits_for_the_two_before_them() -> None:
    assert estimate(3, picked_up(4, 4, 4), OFFICE, AFTERNOON).minutes == 10


def test_a_long_wait_in_a_long_queue_says_how_long_one_place_takes() -> None:
    """Five came at once and were seen every three minutes."""
    crowd = [PickUp(n, MONDAY, MONDAY + timedelta(minutes=3 * (n + 1))) for n in range(5)]
    assert estimate(1, crowd, OFFICE, AFTERNOON).minutes == 3
    assert estimate(2, crowd, OFFICE, AFTERNOON).minutes == 5


def test_from_too_few_nothing_is_promised() -> None:
    assert estimate(2, picked_up(2, 4), OFFICE, AFTERNOON) == Estimate(2)


def test_when_nobody_is_on_duty_nothing_is_promised() -> None:
    assert estimate(2, picked_up(2, 4, 3), OFFICE, AFTERNOON, staffed=False) == Estimate(2)


def test_when_closed_the_next_opening_counts_and_the_night_does_not() -> None:
    closed = estimate(1, picked_up(5, 5, 5), OFFICE, SUNDAY)
    assert (closed.minutes, closed.opens_at) == (None, MONDAY)
    assert closed.expected_at == MONDAY + timedelta(minutes=5)
    over_night = [
        PickUp(n, MONDAY + timedelta(hours=8, minutes=55), MONDAY + timedelta(hours=24, minutes=5))
        for n in range(3)
    ]
    assert estimate(1, over_night, OFFICE, AFTERNOON + timedelta(days=2)).minutes == 5


def test_what_will_not_be_today_any_more_is_said_as_a_time() -> None:
    evening = MONDAY + timedelta(hours=8, minutes=50)
    late = estimate(4, picked_up(5, 5, 5), OFFICE, evening)
    assert (late.minutes, late.expected_at) == (None, MONDAY + timedelta(days=1, minutes=10))


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0.2, 1), (1.4, 1), (4.6, 5), (7, 5), (8, 10), (28, 30), (40, 45), (80, 75), (100, 90), (200, 210)],
)
def test_an_estimate_is_as_round_as_people_say_it(minutes: float, said: int) -> None:
    assert rounded(minutes) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
     (22, "22nd"), (102, "102nd"), (111, "111th")],
)  # fmt: skip
def test_english_counts_places_rightly(number: int, said: str) -> None:
    assert ordinal(number) == said


@pytest.mark.parametrize(
    ("minutes", "english", "french"),
    [
        (1, "1 minute", "1\u00a0minute"),
        (4, "4 minutes", "4\u00a0minutes"),
        (60, "an hour", "1\u00a0h"),
        (75, "an hour and a quarter", "1\u00a0h\u00a015"),
        (90, "an hour and a half", "1\u00a0h\u00a030"),
        (120, "2 hours", "2\u00a0h"),
        (150, "2½ hours", "2\u00a0h\u00a030"),
    ],
)
def test_both_languages_say_a_wait_as_people_do(minutes: int, english: str, french: str) -> None:
    assert (duration(minutes, "en"), duration(minutes, "fr")) == (english, french)


TEAMS = {
    "support": Team(title={"fr": "l'équipe du service client", "en": "our care team"}, hours=OFFICE.hours)
}
BRIEF = Brief(teams=TEAMS, timezone="UTC")


@pytest.mark.parametrize(
    ("estimated", "english", "french"),
    [
        (
            Estimate(2, minutes=4),
            "You're 2nd in line, about 4 minutes.",
            "Vous êtes n°\u00a02, environ 4\u00a0minutes.",
        ),
        (
            Estimate(1, minutes=1),
            "You're next in line, about 1 minute.",
            "Vous êtes n°\u00a01, environ 1\u00a0minute.",
        ),
        (Estimate(11), "You're 11th in line.", "Vous êtes n°\u00a011."),
        (
            Estimate(3, opens_at=MONDAY),
            "You're 3rd in line. Our care team is back tomorrow at 9:00.",
            "Vous êtes n°\u00a03. L'équipe du service client revient demain à 9\u00a0h.",
        ),
        (
            Estimate(3, expected_at=MONDAY + timedelta(minutes=30)),
            "You're 3rd in line. Our care team will probably get to you tomorrow at 9:30.",
            "Vous êtes n°\u00a03. L'équipe du service client devrait vous répondre demain "
            "à 9\u00a0h\u00a030.",
        ),
    ],
)
def test_the_place_is_told_in_both_languages(estimated: Estimate, english: str, french: str) -> None:
    wait = Wait("c1", None, estimated, True, "en")
    assert wait_text(BRIEF, wait, "en", SUNDAY) == english
    assert wait_text(BRIEF, wait, "fr", SUNDAY) == french


def test_whoever_is_addressed_with_tu_is_here_too() -> None:
    brief = BRIEF.model_copy(update={"address": Address.TU})
    wait = Wait("c1", None, Estimate(2, minutes=4), True, "fr")
    assert wait_text(brief, wait, "fr", SUNDAY) == "Tu es n°\u00a02, environ 4\u00a0minutes."


async def escalated(stores: Stores, name: str, language: str = "en") -> None:
    await stores.log.open(name, ConversationOpened(), MONDAY)
    await stores.log.append(name, MessageReceived("m1", "?"), Author.CUSTOMER, None, MONDAY)
    outcome = OutcomeGiven(an_escalation(), (2,), 0.4, {}, language)
    await stores.log.append(name, outcome, Author.BOT, None, MONDAY)


async def test_the_place_moves_up_as_others_are_seen() -> None:
    stores, clock = in_memory(), Clock(AFTERNOON)
    waiting = Waiting(stores.queue, stores.roster, BRIEF, clock)
    await stores.roster.save(an_agent("zoe", on_duty=True))
    for name in ("a", "b", "c", "d", "e"):
        await escalated(stores, name, "fr" if name == "e" else "en")
    assert await told(waiting, "e") == "Vous êtes n°\u00a05."
    for minutes, name in ((2, "a"), (4, "b"), (6, "c")):
        at = MONDAY + timedelta(minutes=minutes)
        await stores.log.append(name, PersonJoined("zoe"), Author.STAFF, None, at)
    assert await told(waiting, "e") == "Vous êtes n°\u00a02, environ 4\u00a0minutes."
    assert await told(waiting, "a") is None
    assert await waiting.of("unknown") is None
    await stores.log.append("e", Prioritised(Priority.HIGH, "zoe"), Author.STAFF, None, MONDAY)
    assert await told(waiting, "e") == "Vous êtes n°\u00a01, environ 2\u00a0minutes."
    assert await told(waiting, "e", "en") == "You're next in line, about 2 minutes."


async def test_who_was_given_to_a_colleague_keeps_their_place_and_hears_for_whom_they_wait() -> None:
    stores = in_memory()
    waiting = Waiting(stores.queue, stores.roster, BRIEF, Clock(AFTERNOON))
    for name in ("a", "b"):
        await escalated(stores, name)
        given = PersonAssigned("alix", "Alix Morel", by="zoe")
        await stores.log.append(name, given, Author.STAFF, None, MONDAY)
    assert await told(waiting, "a") == "You're next in line. Alix Morel will take your request."
    assert await told(waiting, "b", "fr") == "Vous êtes n°\u00a02. Alix Morel va prendre votre demande."
    assert {waiting.said(wait) for wait in (await waiting.everyone()).values()} == {
        "You're next in line. Alix Morel will take your request.",
        "You're 2nd in line. Alix Morel will take your request.",
    }
    await stores.log.append("a", PersonJoined("alix", "Alix Morel"), Author.STAFF, None, MONDAY)
    assert await told(waiting, "a") is None
    assert await told(waiting, "b") == "You're next in line. Alix Morel will take your request."


async def test_who_waits_while_all_are_off_duty_is_told_so() -> None:
    stores = in_memory()
    waiting = Waiting(stores.queue, stores.roster, BRIEF, Clock(AFTERNOON))
    await escalated(stores, "a")
    nobody_works_here = await waiting.of("a")
    assert nobody_works_here
    assert nobody_works_here.there
    await stores.roster.save(an_agent("zoe", on_duty=False))
    away = await waiting.of("a")
    assert away
    assert not away.there
    assert await told(waiting, "a") == "You're next in line. Nobody is at their desk right now."
    assert await told(waiting, "a", "fr") == "Vous êtes n°\u00a01. Personne n'est à son poste pour l'instant."
    await stores.roster.save(an_agent("paul", on_duty=True))
    assert await told(waiting, "a") == "You're next in line."


async def test_all_who_wait_are_told_the_same_at_once_as_one_by_one() -> None:
    stores, clock = in_memory(), Clock(AFTERNOON)
    waiting = Waiting(stores.queue, stores.roster, BRIEF, clock)
    for name in ("a", "b", "c"):
        await escalated(stores, name)
    await stores.log.append("b", Prioritised(Priority.HIGH, "zoe"), Author.STAFF, None, MONDAY)
    everyone = await waiting.everyone()
    assert set(everyone) == {"a", "b", "c"}
    for name, wait in everyone.items():
        assert wait == await waiting.of(name)
    assert [everyone[name].estimate.place for name in ("b", "a", "c")] == [1, 2, 3]


async def told(waiting: Waiting, name: str, language: str | None = None) -> str | None:
    wait = await waiting.of(name)
    return waiting.said(wait, language) if wait else None
