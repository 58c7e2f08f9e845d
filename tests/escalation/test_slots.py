"""Days and hours on the wall, counted in quarters of an hour since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from escalation.slots import DAY_SLOTS, EPOCH_WEEK_HOUR, HOUR_SLOTS, WEEK_HOURS, day_of, shifts, slot_of

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
"""Lord Howe's clocks change by half an hour, Kathmandu's are three quarters off."""
PLACES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "UTC")


@given(some.sampled_from(PLACES), some.integers(0, 366 * 24 * 60 - 1), some.integers(1, 366))
def test_the_clock_on_the_wall_is_that_of_the_calendar(place: str, minute: int, days: int) -> None:
    zone, moment = ZoneInfo(place), YEAR + timedelta(minutes=minute)
    known = shifts(moment - timedelta(days=days), moment + timedelta(days=1), zone)
    local = slot_of(moment) + [shift for shift in known if shift.since <= slot_of(moment)][-1].slots
    there = moment.astimezone(zone)
    assert day_of(local // DAY_SLOTS) == there.date()
    hour = (local // HOUR_SLOTS + EPOCH_WEEK_HOUR) % WEEK_HOURS
    assert hour == there.weekday() * 24 + there.hour


@pytest.mark.parametrize(("place", "changes"), [("Europe/Paris", 2), ("Asia/Kathmandu", 0), ("UTC", 0)])
def test_a_year_has_as_many_shifts_as_its_clocks_change(place: str, changes: int) -> None:
    assert len(shifts(YEAR, YEAR + timedelta(days=365), ZoneInfo(place))) == 1 + changes
