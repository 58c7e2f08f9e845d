"""When a conversation that is put aside comes back: the moments that people mean."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MORNING = time(9)


class Later(StrEnum):
    HOUR = "hour"
    AFTERNOON = "afternoon"
    TOMORROW = "tomorrow"
    MONDAY = "monday"
    MOMENT = "moment"
    """Which one, is said beside it."""


def moment_of(later: Later, at: datetime | None, now: datetime, zone: ZoneInfo) -> datetime:
    """`at` is of the colleague's clock where it has no zone."""
    if at is not None:
        return at.replace(tzinfo=zone) if at.tzinfo is None else at
    return suggested(now, zone).get(later, now + timedelta(hours=1))


def suggested(now: datetime, zone: ZoneInfo) -> dict[Later, datetime]:
    """Those that are still to come, soonest first."""
    local = now.astimezone(zone)
    today = local.date()
    afternoon = datetime.combine(today, time(14), zone)
    days_to_monday = 7 - today.weekday()
    moments = {Later.HOUR: now + timedelta(hours=1)}
    if afternoon > local + timedelta(hours=1):
        moments[Later.AFTERNOON] = afternoon
    moments[Later.TOMORROW] = datetime.combine(today + timedelta(days=1), MORNING, zone)
    if days_to_monday > 1:
        moments[Later.MONDAY] = datetime.combine(today + timedelta(days=days_to_monday), MORNING, zone)
    return moments
