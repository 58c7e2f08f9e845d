"""How long somebody in the queue will probably wait, from how quickly the last ones were picked up. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from escalation.clocks import after_open_time, open_time
from escalation.queue import PickUp
from knowledge.hours import Calendar, Opening

ENOUGH = 3
"""With fewer pick-ups nothing is promised."""
LATEST = 20
"""So many pick-ups are looked at: what was last week says little."""


@dataclass(frozen=True, slots=True)
class Estimate:
    place: int
    """1 for who is next."""
    minutes: int | None = None
    """About so many, rounded; None when too little is known, or not before the team closes."""
    expected_at: datetime | None = None
    """When a person will probably come, where that is not in this opening any more."""
    opens_at: datetime | None = None
    """When the team is back; None while it is open, or when nobody knows."""


def estimate(
    place: int, pick_ups: Sequence[PickUp], calendar: Calendar, now: datetime, staffed: bool = True
) -> Estimate:
    """`pick_ups` are the team's last ones, in any order. `staffed`: somebody of the team is on duty."""
    return estimates(pick_ups, calendar, now, staffed)(place)


def estimates(
    pick_ups: Sequence[PickUp], calendar: Calendar, now: datetime, staffed: bool
) -> Callable[[int], Estimate]:
    """For each place of a team's: what is the same for all of them is reckoned once."""
    opening, pace = calendar.opening(now), _minutes_a_place(pick_ups, calendar)
    return lambda place: _estimate(place, pace, opening, calendar, now, staffed)


def _estimate(
    place: int, pace: float | None, opening: Opening, calendar: Calendar, now: datetime, staffed: bool
) -> Estimate:
    opens_at = None if opening.open else opening.until
    if pace is None or (opening.open and not staffed):
        return Estimate(place, opens_at=opens_at)
    wait = timedelta(minutes=pace * place)
    expected_at = after_open_time(calendar, now, wait)
    if expected_at is None:
        return Estimate(place, opens_at=opens_at)
    if opens_at is not None:
        return Estimate(place, expected_at=expected_at, opens_at=opens_at)
    if opening.until is not None and expected_at >= opening.until:
        return Estimate(place, expected_at=expected_at)
    return Estimate(place, minutes=rounded(pace * place))


def rounded(minutes: float) -> int:
    """As people say it: nobody waits "about 17 minutes"."""
    for limit, step in ((5, 1), (30, 5), (90, 15)):
        if minutes <= limit:
            return max(1, step * round(minutes / step))
    return 30 * round(minutes / 30)


def _minutes_a_place(pick_ups: Sequence[PickUp], calendar: Calendar) -> float | None:
    """The median time that one place in the queue took, in opening hours."""
    latest = sorted(pick_ups, key=lambda pick_up: pick_up.picked_up_at)[-LATEST:]
    if len(latest) < ENOUGH:
        return None
    waited = (open_time(calendar, p.opened_at, p.picked_up_at).total_seconds() / 60 for p in latest)
    return median(minutes / _place(pick_up, latest) for minutes, pick_up in zip(waited, latest, strict=True))


def _place(pick_up: PickUp, others: Sequence[PickUp]) -> int:
    """Which place it had when it came, as far as the pick-ups tell."""
    return 1 + sum(
        other.number < pick_up.number and other.picked_up_at > pick_up.opened_at for other in others
    )
