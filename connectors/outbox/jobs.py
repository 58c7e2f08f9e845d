"""One delivery to one recipient because of one event, and where such jobs are kept until they are done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.events import LoggedEvent


@dataclass(frozen=True, slots=True)
class Job:
    door: str
    sequence: int
    """Of the event in the log."""
    conversation_id: str
    position: int
    kind: str
    """What is to be delivered, in the door's own words."""
    recipient: str
    """Whom, as the door calls them: an address, a channel, a URL."""
    due_at: datetime
    lane: str
    """Jobs of one door in one lane are delivered one after the other, in the order of their events."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """What else the door wants to remember, as JSON."""

    @property
    def id(self) -> str:
        """Always the same for the same door, event, kind and recipient: by it a job is written once, and the
        other side can tell a second delivery from a second message."""
        parts = (self.door, str(self.sequence), self.kind, self.recipient)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def job_for(
    door: str,
    logged: LoggedEvent,
    kind: str,
    recipient: str,
    *,
    wait: timedelta = timedelta(0),
    lane: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Job:
    """Due `wait` after the event; in the lane of its conversation unless another one is named."""
    return Job(
        door=door,
        sequence=logged.sequence,
        conversation_id=logged.conversation_id,
        position=logged.position,
        kind=kind,
        recipient=recipient,
        due_at=logged.at + wait,
        lane=logged.conversation_id if lane is None else lane,
        detail=detail or {},
    )


class Status(StrEnum):
    WAITING = "waiting"
    """To be delivered, or being delivered right now."""
    DELIVERED = "delivered"
    NOT_NEEDED = "not_needed"
    """When its time came there was nothing to deliver any more; `reason` says why."""
    REFUSED = "refused"
    """Given up: a dead letter. `reason` says why."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that one process has in hand until the lease is over."""

    job: Job
    holder: str
    """Who only has the lease may say what became of the job."""
    attempt: int
    """1 the first time."""
    since: datetime
    """When the job was written, or last taken up again by a person."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    job: Job
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a door's deliveries are doing."""

    door: str
    waiting: int
    overdue_since: datetime | None
    """Since when the oldest one that is due waits."""
    trouble: str | None
    """Why the last one that was put off did not go out."""
    refused: int


class Outbox(Protocol):
    """Every method may raise OutboxUnavailable; each is one transaction."""

    async def begin(self, door: str, head: int, now: datetime) -> int:
        """The last sequence that was read for this door. The first time ever it is `head`: what was logged
        before a door was switched on is not delivered there."""
        ...

    async def take_in(
        self,
        door: str,
        jobs: Sequence[Job],
        after: int,
        upto: int,
        now: datetime,
        refused: Sequence[DeadLetter] = (),
    ) -> bool:
        """Write the jobs of the events behind `after` up to `upto`, and remember that these are read.
        False, and nothing is written, when another process has read them."""
        ...

    async def claim(self, door: str, now: datetime, until: datetime, limit: int) -> Sequence[Claim]:
        """Jobs that are due and that nobody has in hand, the longest due first; nobody else gets them before
        `until`. Of each lane, only the first that is not done."""
        ...

    async def settle(self, claim: Claim, status: Status, reason: str, now: datetime) -> bool:
        """What became of it. False when the lease was over and another process took it."""
        ...

    async def put_off(self, claim: Claim, due_at: datetime, reason: str, *, failed: bool) -> bool:
        """Again later; an attempt that did not fail is not counted. False as above."""
        ...

    async def dead_letters(self, door: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        """Latest first."""
        ...

    async def take_up_again(self, now: datetime, door: str | None = None) -> int:
        """Dead letters are due again, now; how many."""
        ...

    async def doors(self) -> Sequence[str]:
        """All that were ever switched on."""
        ...

    async def standing(self, door: str, now: datetime) -> Standing: ...

    async def forget(self, before: datetime) -> int:
        """Remove what was done before then, dead letters too; how many."""
        ...


class OutboxUnavailable(Exception):
    """The store does not answer now; try again."""
