"""Service levels as clocks: they run while the team is open and somebody waits for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.events import Measure
from bot.teams import ServiceLevel
from escalation.ticket import Span, Ticket
from knowledge.hours import HORIZON, Calendar

ZERO = timedelta()


@dataclass(frozen=True, slots=True)
class ServiceClock:
    measure: Measure
    limit: timedelta
    warn_after: timedelta
    used: timedelta
    """Of the limit."""
    stopped: bool
    """It is settled whether it was kept."""
    due_at: datetime | None
    """When it runs, or ran, out if nobody does anything; None once it stopped in time, while it is the
    customer's turn, and where the team does not open again."""

    @property
    def remaining(self) -> timedelta:
        """Negative once it is late."""
        return self.limit - self.used

    @property
    def is_breached(self) -> bool:
        return self.used > self.limit

    @property
    def is_near(self) -> bool:
        """Still to be kept, and most of the time is gone."""
        return not self.stopped and not self.is_breached and self.used >= self.warn_after


def clocks(
    ticket: Ticket, level: ServiceLevel | None, calendar: Calendar, now: datetime
) -> tuple[ServiceClock, ...]:
    """Those that the level sets, the first response first."""
    limits = {} if level is None else {
        Measure.FIRST_RESPONSE: level.first_response,
        Measure.RESOLUTION: level.resolution,
    }  # fmt: skip
    return tuple(
        _clock(ticket, measure, timedelta(minutes=minutes), level.warn_at, calendar, now)
        for measure, minutes in limits.items()
        if minutes is not None and level is not None
    )


def next_due(running: Iterable[ServiceClock]) -> ServiceClock | None:
    """The one to look at: what is late or due first."""
    due = [clock for clock in running if not clock.stopped and clock.due_at is not None]
    return min(due, key=lambda clock: clock.due_at or datetime.max.replace(tzinfo=UTC), default=None)


def _clock(
    ticket: Ticket, measure: Measure, limit: timedelta, warn_at: float, calendar: Calendar, now: datetime
) -> ServiceClock:
    stopped_at = _stopped_at(ticket, measure)
    until = stopped_at or now
    pauses = _pauses(ticket, until)
    used = open_time(calendar, ticket.opened_at, until, pauses)
    due_at = None
    if used > limit or (stopped_at is None and ticket.customers_turn_since is None):
        due_at = after_open_time(calendar, ticket.opened_at, limit, pauses)
    return ServiceClock(measure, limit, limit * warn_at, used, stopped_at is not None, due_at)


def _stopped_at(ticket: Ticket, measure: Measure) -> datetime | None:
    if measure is Measure.FIRST_RESPONSE and ticket.first_reply_at is not None:
        return ticket.first_reply_at
    return ticket.closed_at


def _pauses(ticket: Ticket, until: datetime) -> Sequence[Span]:
    if ticket.customers_turn_since is None or ticket.customers_turn_since >= until:
        return ticket.pauses
    return (*ticket.pauses, Span(ticket.customers_turn_since, until))


def open_time(calendar: Calendar, start: datetime, end: datetime, pauses: Sequence[Span] = ()) -> timedelta:
    """How long the team is open between two moments, without the pauses."""
    spans = _without(calendar.spans(start, end), pauses)
    return sum((ends - begins for begins, ends in spans), ZERO)


def after_open_time(
    calendar: Calendar, start: datetime, amount: timedelta, pauses: Sequence[Span] = ()
) -> datetime | None:
    """The moment at which the team has been open for so long since `start`, in UTC; None when that is more
    than a year away."""
    left = amount
    for begins, ends in _without(calendar.spans(start, start + HORIZON), pauses):
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return None


def _without(
    spans: Iterable[tuple[datetime, datetime]], pauses: Sequence[Span]
) -> Iterator[tuple[datetime, datetime]]:
    """The spans with the pauses cut out; both in order of time, pauses may overlap."""
    ordered = sorted(pauses, key=lambda pause: pause.start)
    for begins, ends in spans:
        for pause in ordered:
            if pause.end <= begins or pause.start >= ends:
                continue
            if pause.start > begins:
                yield begins, pause.start
            begins = max(begins, min(pause.end, ends))
        if begins < ends:
            yield begins, ends
