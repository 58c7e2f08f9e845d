"""Quarters of an hour, to be counted by: every time zone's days and hours are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)
_SLOT_SECONDS = int(SLOT.total_seconds())
HOUR_SLOTS = 4
DAY_SLOTS = 24 * HOUR_SLOTS
WEEK_HOURS = 7 * 24
EPOCH_WEEK_HOUR = 3 * 24
"""Of a week's hours, Monday's first being 0: 1 January 1970 was a Thursday."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Shift:
    """From slot `since` on, clocks in a place show so many slots more than UTC."""

    since: int
    slots: int


def slot_of(moment: datetime) -> int:
    """Counted from 1970, UTC."""
    return int(moment.timestamp()) // _SLOT_SECONDS


def shifts(start: datetime, end: datetime, zone: ZoneInfo) -> list[Shift]:
    """What holds from `start` until `end`, the earliest first; one more for each change of clocks."""
    first, last = slot_of(start), slot_of(end)
    found = [Shift(first, _shift(first, zone))]
    for day in range(first, last + 1, DAY_SLOTS):
        until = min(day + DAY_SLOTS, last + 1)
        if _shift(until, zone) != found[-1].slots:
            since = next(slot for slot in range(day, until + 1) if _shift(slot, zone) != found[-1].slots)
            found.append(Shift(since, _shift(since, zone)))
    return found


def day_number(day: date) -> int:
    """Days since the first of January 1970."""
    return day.toordinal() - _EPOCH_DAY


def day_of(number: int) -> date:
    return date.fromordinal(_EPOCH_DAY + number)


def _shift(slot: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(slot * _SLOT_SECONDS, UTC).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds()) // _SLOT_SECONDS
