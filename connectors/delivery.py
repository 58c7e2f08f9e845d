"""The log's cursor → a door that may be away: each event that concerns it is delivered there, at least once.

A `Deliverer` says what an event means for its door and delivers one job; the `Courier` does the rest. It
reads the log behind a cursor of the door's own and writes jobs in the transaction that moves the cursor, so
that a kill loses nothing and writes nothing twice. A job is claimed for a while, delivered, and marked.
Whoever dies between delivering and marking leaves a job that another delivers again, under the same id: the
other side can tell. Any number of processes may do this at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation import State, fold
from bot.events import Event, LoggedEvent
from bot.log import ConversationLog, LogUnavailable
from connectors.outbox.jobs import Claim, DeadLetter, Job, Outbox, OutboxUnavailable, Status, job_for
from escalation.queue import QueueUnavailable
from escalation.roster import RosterUnavailable
from knowledge.store.database import DatabaseUnavailable

PAUSE = 1.0
"""Seconds between two looks at the log and at what is due."""
LONGEST_PAUSE = 30.0
"""While the store is away."""
BATCH = 100
"""Events read at once."""
AT_ONCE = 4
"""Jobs of one door that one process has in hand at a time."""
PATIENCE = 90.0
"""Seconds that one delivery may take."""
LEASE = timedelta(minutes=5)
"""Until then nobody else takes a job that was claimed: well longer than PATIENCE."""
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=15)
GIVE_UP = timedelta(days=3)
"""After so long in vain a job is a dead letter. Events so old make no jobs, after a door was switched off."""
KEPT = timedelta(days=30)
"""So long what was done is remembered."""

AWAY = (LogUnavailable, OutboxUnavailable, QueueUnavailable, RosterUnavailable, DatabaseUnavailable)
log_lines = logging.getLogger(__name__)


class Refused(Exception):
    """The other side will never take this. The message says why; the job becomes a dead letter."""


class Later(Exception):
    """Not now. With `after`, as the other side or good manners ask (Retry-After): no failure. Without it, a
    failure: again after a pause that grows with each."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class NotNeeded(Exception):
    """There is nothing to deliver any more. The message says why."""


class Deliverer(Protocol):
    """One door. Both methods may raise whatever AWAY lists."""

    @property
    def door(self) -> str:
        """Its name: of its cursor and its jobs. Never changes."""
        ...

    @property
    def hears(self) -> tuple[type[Event], ...]:
        """The kinds of event that can mean something to it."""
        ...

    async def jobs_of(self, logged: LoggedEvent, state: State) -> Sequence[Job]:
        """What is to be delivered because of an event; `state` is the conversation's right after it. Called
        at least once for each event, whose jobs are kept once: see `job_for`."""
        ...

    async def deliver(self, job: Job) -> None:
        """Raises Refused, Later, NotNeeded. Whatever else it raises counts as Later, and is reported."""
        ...


class Courier:
    def __init__(
        self,
        log: ConversationLog,
        outbox: Outbox,
        deliverers: Sequence[Deliverer],
        clock: Callable[[], datetime],
        *,
        pause: float = PAUSE,
        patience: float = PATIENCE,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`chance` gives numbers from 0 to 1."""
        self.deliverers = tuple(deliverers)
        self._log = log
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._patience = patience
        self._chance = chance
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._swept_at: datetime | None = None
        self._nudged = {deliverer.door: asyncio.Event() for deliverer in self.deliverers}

    def nudge(self, door: str) -> None:
        """There is something to deliver now: do not rest any longer."""
        self._nudged[door].set()

    async def run(self) -> None:
        """For ever; cancel it to stop, better after `stop`."""
        async with asyncio.TaskGroup() as doors:
            for deliverer in self.deliverers:
                doors.create_task(self._serve(deliverer))

    async def stop(self, seconds: float, hurry: Callable[[], bool] = lambda: False) -> None:
        """Begin nothing more, and let what is being delivered come to its end, so long or until `hurry`.
        Harmless when repeated."""
        self._stopping = True
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._under_way and loop.time() < until and not hurry():
            await asyncio.wait(self._under_way, timeout=0.1)

    async def round(self) -> None:
        """Once for each door: read the log to its end, and deliver what is due. Raises what AWAY lists."""
        for deliverer in self.deliverers:
            await self._round(deliverer)

    async def _serve(self, deliverer: Deliverer) -> None:
        pause = self._pause
        while not self._stopping:
            try:
                await self._round(deliverer)
                pause = self._pause
            except AWAY as error:
                if pause == self._pause:
                    log_lines.warning("deliveries of %s stand still: %s", deliverer.door, error)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                log_lines.exception("deliveries of %s stumbled", deliverer.door)
                pause = LONGEST_PAUSE
            await self._rest(deliverer.door, pause)

    async def _rest(self, door: str, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._nudged[door].wait()
        self._nudged[door].clear()

    async def _round(self, deliverer: Deliverer) -> None:
        await self._read_on(deliverer)
        await self._deliver_due(deliverer)
        await self._sweep()

    # From the log to jobs

    async def _read_on(self, deliverer: Deliverer) -> None:
        door = deliverer.door
        cursor = await self._outbox.begin(door, await self._log.head(), self._clock())
        while events := await self._log.after(cursor, BATCH):
            jobs: list[Job] = []
            dead: list[DeadLetter] = []
            for logged in events:
                try:
                    jobs += await self._jobs_of(deliverer, logged)
                except AWAY:
                    raise
                except Exception as error:  # noqa: BLE001 - one event must not hold up all others
                    dead.append(self._dead_on_arrival(door, logged, error))
            last = events[-1].sequence
            if not await self._outbox.take_in(door, jobs, cursor, last, self._clock(), dead):
                return
            cursor = last

    async def _jobs_of(self, deliverer: Deliverer, logged: LoggedEvent) -> Sequence[Job]:
        if not isinstance(logged.event, deliverer.hears) or self._clock() - logged.at > GIVE_UP:
            return ()
        events = await self._log.read(logged.conversation_id)
        if not events:  # forgotten meanwhile
            return ()
        return await deliverer.jobs_of(logged, fold(events[: logged.position]))

    def _dead_on_arrival(self, door: str, logged: LoggedEvent, error: Exception) -> DeadLetter:
        log_lines.error("what %s does about event %d is unclear", door, logged.sequence, exc_info=error)
        job = job_for(door, logged, logged.event.kind, "")
        return DeadLetter(job, f"not understood: {type(error).__name__}: {error}", self._clock())

    # From jobs to the door

    async def _deliver_due(self, deliverer: Deliverer) -> None:
        while not self._stopping:
            now = self._clock()
            claims = await self._outbox.claim(deliverer.door, now, now + LEASE, AT_ONCE)
            if not claims:
                return
            tasks = [asyncio.create_task(self._deliver(deliverer, claim)) for claim in claims]
            self._under_way.update(tasks)
            for task in tasks:
                task.add_done_callback(self._under_way.discard)
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()

    async def _deliver(self, deliverer: Deliverer, claim: Claim) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await deliverer.deliver(claim.job)
        except Refused as refused:
            await self._refuse(claim, str(refused))
        except NotNeeded as why:
            await self._settle(claim, Status.NOT_NEEDED, str(why))
        except Later as later:
            await self._put_off(claim, str(later), later.after)
        except TimeoutError:
            await self._put_off(claim, f"not done after {self._patience:g} seconds", None)
        except AWAY as error:
            await self._put_off(claim, str(error), None)
        except Exception as error:
            log_lines.exception("a delivery of %s failed", claim.job.door)
            await self._put_off(claim, f"{type(error).__name__}: {error}", None)
        else:
            await self._settle(claim, Status.DELIVERED, "")

    async def _put_off(self, claim: Claim, reason: str, after: timedelta | None) -> None:
        now = self._clock()
        if now - claim.since > GIVE_UP:
            await self._refuse(claim, f"given up after {GIVE_UP.days} days: {reason}")
            return
        wait = backoff(claim.attempt, self._chance()) if after is None else after
        await self._outbox.put_off(claim, now + wait, reason, failed=after is None)
        if after is None:
            log_lines.info("%s is put off after attempt %d", _name(claim), claim.attempt)

    async def _refuse(self, claim: Claim, reason: str) -> None:
        log_lines.warning("%s is given up; comptoir doctor says why", _name(claim))
        await self._settle(claim, Status.REFUSED, reason)

    async def _settle(self, claim: Claim, status: Status, reason: str) -> None:
        """Until the store takes it, or the lease is over: what is not marked is delivered again."""
        pause = 0.5
        while True:
            try:
                if not await self._outbox.settle(claim, status, reason, self._clock()):
                    log_lines.warning("%s took longer than its lease", _name(claim))
                return
            except OutboxUnavailable:
                if pause > LONGEST_PAUSE:
                    raise
                await asyncio.sleep(pause)
                pause *= 2

    async def _sweep(self) -> None:
        now = self._clock()
        if self._swept_at is None or now - self._swept_at > timedelta(hours=1):
            self._swept_at = now
            await self._outbox.forget(now - KEPT)


def backoff(attempt: int, chance: float) -> timedelta:
    """After so many attempts in vain; between three quarters and five quarters of the full pause, so that
    what failed together does not come back together."""
    pause = min(FIRST_RETRY * 2.0 ** min(attempt - 1, 20), LONGEST_RETRY)
    return pause * (0.75 + chance / 2)


def _name(claim: Claim) -> str:
    """Neither the recipient nor the other side's words, which may name them: the log file holds no personal
    data."""
    return f"{claim.job.door} {claim.job.kind} {claim.job.id[:8]}"
