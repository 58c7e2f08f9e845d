"""Service levels count open minutes while somebody waits for the team, and no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decisions import Priority
from bot.events import (
    ConversationResolved,
    Measure,
    MessageReceived,
    PersonJoined,
    Reopened,
    ReplySent,
)
from bot.teams import ServiceLevel, service_level
from escalation.clocks import ServiceClock, after_open_time, clocks, next_due, open_time
from escalation.ticket import Span, Ticket
from knowledge.hours import Calendar
from tests.builders import MONDAY
from tests.escalation.tickets import a_ticket

UTC_HOURS = Calendar("Mo-Fr 09:00-18:00", ZoneInfo("UTC"))
ALWAYS = Calendar()
LEVEL = ServiceLevel(first_response=60, resolution=240, warn_at=0.5)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def at(n: float) -> datetime:
    return MONDAY + minutes(n)


def clock(ticket: Ticket, measure: Measure, now: datetime, calendar: Calendar = UTC_HOURS) -> ServiceClock:
    return next(c for c in clocks(ticket, LEVEL, calendar, now) if c.measure is measure)


def first_response(ticket: Ticket, now: datetime) -> ServiceClock:
    return clock(ticket, Measure.FIRST_RESPONSE, now)


def resolution(ticket: Ticket, now: datetime) -> ServiceClock:
    return clock(ticket, Measure.RESOLUTION, now)


def test_a_clock_runs_from_the_escalation_and_warns_before_it_is_late() -> None:
    ticket = a_ticket()
    early, near, late = (first_response(ticket, at(n)) for n in (10, 40, 61))
    assert (early.remaining, early.due_at, early.is_near) == (minutes(50), at(60), False)
    assert (near.is_near, near.is_breached) == (True, False)
    assert (late.is_near, late.is_breached, late.remaining) == (False, True, minutes(-1))
    assert late.due_at == at(60)


def test_no_clock_runs_at_night_or_over_the_weekend() -> None:
    friday_evening = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)
    ticket = a_ticket(start=friday_evening)
    saturday = first_response(ticket, friday_evening + timedelta(hours=20))
    assert (saturday.used, saturday.due_at) == (minutes(10), datetime(2026, 11, 30, 9, 50, tzinfo=UTC))


def test_the_first_words_of_a_person_stop_the_first_clock() -> None:
    ticket = a_ticket((5, PersonJoined("zoe")), (30, ReplySent("zoe", "Hello")))
    stopped = first_response(ticket, at(500))
    assert (stopped.stopped, stopped.used, stopped.due_at) == (True, minutes(30), None)
    assert not stopped.is_near


def test_a_claim_without_words_stops_nothing() -> None:
    assert not first_response(a_ticket((5, PersonJoined("zoe"))), at(10)).stopped


def test_words_that_came_too_late_stay_late() -> None:
    ticket = a_ticket((5, PersonJoined("zoe")), (90, ReplySent("zoe", "Hello")))
    late = first_response(ticket, at(500))
    assert (late.is_breached, late.stopped, late.due_at) == (True, True, at(60))


def test_while_it_is_the_customers_turn_nobody_is_late() -> None:
    talk = (5, PersonJoined("zoe")), (10, ReplySent("zoe", "Which one?"))
    waiting = resolution(a_ticket(*talk), at(300))
    assert (waiting.used, waiting.due_at, waiting.is_breached) == (minutes(10), None, False)
    answered = resolution(a_ticket(*talk, (200, MessageReceived("m2", "The red one"))), at(220))
    assert (answered.used, answered.due_at) == (minutes(30), at(430))


def test_a_second_message_does_not_start_the_clock_twice() -> None:
    talk = (5, PersonJoined("zoe")), (10, ReplySent("zoe", "Which one?"))
    more = (20, MessageReceived("m2", "The red one")), (25, MessageReceived("m3", "or the blue"))
    assert resolution(a_ticket(*talk, *more), at(40)).used == minutes(30)


def test_the_time_between_closing_and_reopening_is_nobodys() -> None:
    settled = (
        (5, PersonJoined("zoe")),
        (10, ReplySent("zoe", "There")),
        (20, ConversationResolved("zoe")),
        (320, Reopened("zoe")),
    )
    assert resolution(a_ticket(*settled), at(330)).used == minutes(20)


def test_without_a_level_there_is_no_clock() -> None:
    assert clocks(a_ticket(), None, UTC_HOURS, at(5)) == ()
    assert len(clocks(a_ticket(), ServiceLevel(first_response=5), UTC_HOURS, at(5))) == 1


def test_the_clock_to_look_at_is_the_one_that_is_due_first() -> None:
    due = next_due(clocks(a_ticket(), LEVEL, UTC_HOURS, at(5)))
    assert due is not None
    assert due.measure is Measure.FIRST_RESPONSE
    talk = (5, PersonJoined("zoe")), (10, ReplySent("zoe", "Which one?"))
    assert next_due(clocks(a_ticket(*talk), LEVEL, UTC_HOURS, at(20))) is None


@pytest.mark.parametrize(("priority", "minutes"), [("low", 60), ("normal", 60), ("high", 60), ("urgent", 15)])
def test_a_priority_without_its_own_level_takes_the_next_lower_one(priority: str, minutes: int) -> None:
    levels = {
        Priority.URGENT: ServiceLevel(first_response=15),
        Priority.NORMAL: ServiceLevel(first_response=60),
    }
    level = service_level(levels, Priority(priority))
    assert level is not None
    assert level.first_response == minutes
    assert service_level({}, Priority.HIGH) is None


PARIS = Calendar("Mo-Fr 09:00-12:00,14:00-18:00; Sa 22:00-28:00; PH off", ZoneInfo("Europe/Paris"), "FR")
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
moments = st.integers(0, 25 * 24 * 60).map(lambda n: OCTOBER + timedelta(minutes=n))
"""Around the end of summer time (25 October) and two public holidays."""
spans = st.lists(st.tuples(moments, st.integers(0, 3000)), max_size=3).map(
    lambda found: [Span(start, start + timedelta(minutes=length)) for start, length in found]
)


def walked(calendar: Calendar, start: datetime, end: datetime, pauses: list[Span]) -> int:
    """Minute by minute, by what the calendar says of each."""
    open_minutes, now = 0, start
    while now < end:
        paused = any(pause.start <= now < pause.end for pause in pauses)
        open_minutes += calendar.opening(now).open and not paused
        now += timedelta(minutes=1)
    return open_minutes


@given(moments, st.integers(0, 4000), spans)
@settings(max_examples=25, deadline=None)
def test_open_time_is_what_a_patient_person_would_count(
    start: datetime, length: int, pauses: list[Span]
) -> None:
    end = start + timedelta(minutes=length)
    assert open_time(PARIS, start, end, pauses) == minutes(walked(PARIS, start, end, pauses))


@given(moments, st.integers(1, 600), spans)
@settings(max_examples=50, deadline=None)
def test_the_moment_it_runs_out_is_the_first_at_which_so_much_was_open(
    start: datetime, amount: int, pauses: list[Span]
) -> None:
    due = after_open_time(PARIS, start, minutes(amount), pauses)
    assert due is not None
    assert open_time(PARIS, start, due, pauses) == minutes(amount)
    assert open_time(PARIS, start, due - minutes(1), pauses) == minutes(amount - 1)


def test_the_hour_that_comes_twice_counts_twice() -> None:
    saturday_night = datetime(2026, 10, 24, 20, tzinfo=UTC)
    assert open_time(PARIS, saturday_night, saturday_night + timedelta(hours=12)) == timedelta(hours=7)


def test_who_never_opens_again_is_never_due() -> None:
    assert after_open_time(Calendar("2020 Jan 01 09:00-10:00"), MONDAY, minutes(1)) is None
    assert after_open_time(ALWAYS, MONDAY, minutes(90)) == MONDAY + minutes(90)
