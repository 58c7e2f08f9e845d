"""The outbox in memory: for tests, and for trying things out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from connectors.outbox.jobs import Claim, DeadLetter, Job, Standing, Status


@dataclass(frozen=True, slots=True)
class _Row:
    job: Job
    due_at: datetime
    since: datetime
    status: Status = Status.WAITING
    attempts: int = 0
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    reason: str | None = None
    finished_at: datetime | None = None

    @property
    def order(self) -> tuple[int, str]:
        return self.job.sequence, self.job.id

    def is_free(self, now: datetime) -> bool:
        return self.claimed_until is None or self.claimed_until <= now


class MemoryOutbox:
    def __init__(self) -> None:
        self._cursors: dict[str, int] = {}
        self._rows: dict[str, _Row] = {}

    async def begin(self, door: str, head: int, now: datetime) -> int:
        return self._cursors.setdefault(door, head)

    async def take_in(
        self,
        door: str,
        jobs: Sequence[Job],
        after: int,
        upto: int,
        now: datetime,
        refused: Sequence[DeadLetter] = (),
    ) -> bool:
        if self._cursors.get(door) != after:
            return False
        self._cursors[door] = upto
        for job in jobs:
            self._rows.setdefault(job.id, _Row(job, job.due_at, now))
        for letter in refused:
            row = _Row(letter.job, letter.job.due_at, letter.at)
            dead = replace(row, status=Status.REFUSED, reason=letter.reason, finished_at=letter.at)
            self._rows.setdefault(letter.job.id, dead)
        return True

    async def claim(self, door: str, now: datetime, until: datetime, limit: int) -> Sequence[Claim]:
        waiting = sorted(self._of(door, Status.WAITING), key=lambda row: row.order)
        first = {row.job.lane: row for row in reversed(waiting)}
        ready = [row for row in first.values() if row.due_at <= now and row.is_free(now)]
        holder = uuid4().hex
        claims = []
        for row in sorted(ready, key=lambda row: (row.due_at, row.order))[:limit]:
            attempts = row.attempts + 1
            self._put(replace(row, claimed_by=holder, claimed_until=until, attempts=attempts))
            claims.append(Claim(replace(row.job, due_at=row.due_at), holder, attempts, row.since))
        return claims

    async def settle(self, claim: Claim, status: Status, reason: str, now: datetime) -> bool:
        row = self._held(claim)
        if row is not None:
            self._put(replace(row, status=status, reason=reason, finished_at=now))
        return row is not None

    async def put_off(self, claim: Claim, due_at: datetime, reason: str, *, failed: bool) -> bool:
        row = self._held(claim)
        if row is not None:
            attempts = claim.attempt if failed else claim.attempt - 1
            self._put(replace(row, due_at=due_at, reason=reason, attempts=attempts))
        return row is not None

    async def dead_letters(self, door: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        dead = sorted(self._of(door, Status.REFUSED), key=lambda row: row.order, reverse=True)
        letters = [DeadLetter(row.job, row.reason or "", row.finished_at or row.since) for row in dead]
        return sorted(letters, key=lambda letter: letter.at, reverse=True)[:limit]

    async def take_up_again(self, now: datetime, door: str | None = None) -> int:
        dead = list(self._of(door, Status.REFUSED))
        for row in dead:
            fresh = replace(row, status=Status.WAITING, due_at=now, since=now, attempts=0)
            self._put(replace(fresh, finished_at=None))
        return len(dead)

    async def doors(self) -> Sequence[str]:
        return sorted(self._cursors)

    async def standing(self, door: str, now: datetime) -> Standing:
        waiting = list(self._of(door, Status.WAITING))
        troubled = [row for row in waiting if row.attempts and row.reason is not None]
        return Standing(
            door,
            len(waiting),
            min((row.since for row in waiting if row.due_at <= now), default=None),
            max(troubled, key=lambda row: row.due_at).reason if troubled else None,
            len(list(self._of(door, Status.REFUSED))),
        )

    async def forget(self, before: datetime) -> int:
        old = [key for key, row in self._rows.items() if row.finished_at and row.finished_at < before]
        for key in old:
            del self._rows[key]
        return len(old)

    def _of(self, door: str | None, status: Status) -> Iterable[_Row]:
        return (r for r in self._rows.values() if r.status is status and door in (None, r.job.door))

    def _put(self, row: _Row) -> None:
        self._rows[row.job.id] = row

    def _held(self, claim: Claim) -> _Row | None:
        """Let go of, if it is still in these hands."""
        row = self._rows.get(claim.job.id)
        if row is None or row.claimed_by != claim.holder:
            return None
        return replace(row, claimed_by=None, claimed_until=None)
