"""Opening hours, written as in OpenStreetMap: "Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off".

The syntax: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import (  # type: ignore[attr-defined]  # the stubs forget the two errors
    OpeningHours,
    ParserError,
    State,
    UnknownCountryError,
)

_UTC = ZoneInfo("UTC")
_SLACK = timedelta(hours=3)
"""The library takes the first of two hours of the same name for the second, where a question ends in it."""
HORIZON = timedelta(days=400)
"""A change further away than this is nothing to tell a customer."""


@dataclass(frozen=True, slots=True)
class Opening:
    open: bool
    until: datetime | None
    """When that changes, in the place's own time zone; None when it stays so for more than a year."""


class WrongHours(ValueError):
    """Hours that cannot be read. The message quotes them and shows how to write them."""


def opening(hours: str, now: datetime, zone: ZoneInfo, country: str | None = None) -> Opening:
    """Whether a place is open at `now` (with time zone), and until when.

    `country` (ISO 3166-1 alpha-2) says which days "PH", public holidays, stands for; without it none do.
    Hours marked as unknown count as closed. Raises WrongHours.
    """
    local = now.astimezone(zone)
    spans = _parsed(hours, zone, country).intervals(local, local + HORIZON)
    is_open: bool | None = None
    for start, _, state, _ in spans:
        if is_open is None:
            is_open = state is State.OPEN
        elif (state is State.OPEN) != is_open:
            return Opening(is_open, start)
    return Opening(bool(is_open), None)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a team or a place is there. Without hours it always is."""

    hours: str | None = None
    zone: ZoneInfo = _UTC
    country: str | None = None

    def opening(self, now: datetime) -> Opening:
        """Raises WrongHours."""
        return opening(self.hours or "24/7", now, self.zone, self.country)

    def spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When it is open between two moments, in UTC, where an hour is an hour. Raises WrongHours."""
        if end <= start:
            return
        if self.hours is None:
            yield start.astimezone(UTC), end.astimezone(UTC)
            return
        asked = (start - _SLACK).astimezone(self.zone), (end + _SLACK).astimezone(self.zone)
        for begins, ends, state, _ in _parsed(self.hours, self.zone, self.country).intervals(*asked):
            first, last = max(begins.astimezone(UTC), start), min(ends.astimezone(UTC), end)
            if state is State.OPEN and first < last:
                yield first.astimezone(UTC), last.astimezone(UTC)


def check(hours: str, country: str | None = None) -> None:
    """Raises WrongHours, with words for whoever wrote them, when the hours cannot be read."""
    _parsed(hours, ZoneInfo("UTC"), country)


@lru_cache(maxsize=512)
def _parsed(hours: str, zone: ZoneInfo, country: str | None) -> OpeningHours:
    try:
        return OpeningHours(hours, timezone=zone, country=country)
    except ParserError as error:
        raise WrongHours(
            f"the opening hours {hours!r} cannot be read; write them like "
            "'Mo-Fr 09:00-18:00; Sa 10:00-16:00' (English day abbreviations, 24-hour times with a colon; "
            "'PH off' closes on public holidays, '24/7' never closes)"
        ) from error
    except UnknownCountryError as error:
        raise WrongHours(
            f"the country {country!r} of the public holidays is not known; write a two-letter code such as FR"
        ) from error
