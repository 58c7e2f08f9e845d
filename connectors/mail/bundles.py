"""Which replies go into one mail: people write in bursts, and nobody wants a mail for each line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.events import Author, LoggedEvent, ReplySent

LONGEST = 5
"""So many times the wait, at most, from the first reply of a bundle to its last."""

Bundle = tuple[LoggedEvent, ...]


def bundle_ending_at(events: Sequence[LoggedEvent], position: int, wait: timedelta) -> Bundle | None:
    """The replies that go out with the one at `position`, oldest first; None when it goes with a later one.

    Only the times of the events count, never when this is looked at: no reply is left out, and none goes
    twice."""
    return next((bundle for bundle in _bundles(events, wait) if bundle[-1].position == position), None)


def _bundles(events: Sequence[LoggedEvent], wait: timedelta) -> Iterator[Bundle]:
    bundle: Bundle = ()
    for logged in events:
        if logged.author is Author.CUSTOMER:
            # Who writes has read what was said until then.
            if bundle:
                yield bundle
            bundle = ()
        if not isinstance(logged.event, ReplySent):
            continue
        if bundle and not _goes_with(logged, bundle, wait):
            yield bundle
            bundle = ()
        bundle = (*bundle, logged)
    if bundle:
        yield bundle


def _goes_with(reply: LoggedEvent, bundle: Bundle, wait: timedelta) -> bool:
    return reply.at - bundle[-1].at <= wait and reply.at - bundle[0].at <= wait * LONGEST
