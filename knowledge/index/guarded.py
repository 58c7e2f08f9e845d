"""An index that always answers: exactly, from the store, while the index proper cannot."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from knowledge.entries import Audience
from knowledge.index.exact import ExactIndex
from knowledge.index.rebuild import rebuild_index
from knowledge.ports import (
    EntryStore,
    Field,
    IndexStamp,
    IndexState,
    IndexUnavailable,
    Vector,
    VectorHit,
    VectorIndex,
    VectorRecord,
    WrongModel,
)
from knowledge.store.texts import refuse_other_model

_log = logging.getLogger(__name__)

_WHY = {
    IndexState.MISSING: "the index is not built yet",
    IndexState.STALE: "the index is behind the knowledge base",
    IndexState.BROKEN: "the index is damaged",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds."""

    look: float = 1.0
    """Between two looks at the store's stamp, which another process may have moved."""
    stale: float = 3.0
    """How long an index that just answered may be behind: whoever saved is bringing it along."""
    probe: float = 60.0
    """Between two probes of an index that seems well."""
    opening: float = 15.0
    """A search waits no longer than this for the index to open."""
    first_opening: float = 60.0
    """Nor the first, at a start: to read every vector for an exact search would take longer still."""
    first_pause: float = 1.0
    longest_pause: float = 300.0
    """Between two attempts to repair; doubled each time."""
    reload_share: float = 0.05
    """Of the time, at most, that goes into loading the exact index anew while others keep saving."""


class GuardedIndex:
    """A VectorIndex in front of `primary`; without one, or for few entries, exact search is the index.

    While the primary is missing, stale, broken or away, exact search over the store's vectors answers and a
    task repairs the primary; then it answers again. So `nearest` raises IndexUnavailable never, WrongModel
    when the store's vectors are no longer those of `model` (default: the model first seen), and what the
    store raises.
    """

    def __init__(
        self,
        primary: VectorIndex | None,
        store: EntryStore,
        *,
        model: str | None = None,
        few: int = 0,
        patience: Patience = Patience(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`few`: up to so many entries exact search is the index, and `primary` is not even opened."""
        self._primary = primary
        self._store = store
        self._model = model
        self._few = few
        self._small = False
        """There are few entries now."""
        self._patience = patience
        self._clock = clock
        self._stamp: IndexStamp | None = None
        self._degraded: str | None = None
        self._stale_since: float | None = None
        self._forgiven = False
        """It failed in a search, then its probe found nothing: a second time only a new build will do."""
        self._next_look = self._next_probe = self._next_load = float("-inf")
        self._exact: ExactIndex | None = None
        self._exact_stamp: IndexStamp | None = None
        self._looking = asyncio.Lock()
        self._loading = asyncio.Lock()
        self._building = asyncio.Lock()
        self._repairing: asyncio.Task[None] | None = None

    @property
    def degraded(self) -> str | None:
        """Why exact search stands in for the index now, in words; None when all is well."""
        return self._degraded

    def reflects(self, stamp: IndexStamp) -> bool:
        """Whether what answers now was made from just that, and is what should answer."""
        if self._primary is None or self._small:
            return self._exact is not None and self._exact_stamp == stamp
        return self._degraded is None and self._stale_since is None and self._stamp == stamp

    async def nearest(
        self, vector: Vector, field: Field, audiences: frozenset[Audience], k: int
    ) -> list[VectorHit]:
        await self._look()
        if self._stamp is None:
            return []
        if self._primary and not self._small and self._degraded is None:
            try:
                return await self._primary.nearest(vector, field, audiences, k)
            except IndexUnavailable as error:
                self._degrade(str(error))
        exact = await self._loaded(self._stamp)
        return await exact.nearest(vector, field, audiences, k)

    async def state(self, stamp: IndexStamp) -> IndexState:
        """Of the primary. An index of another model than the store's is merely stale: it is derived."""
        if self._primary is None:
            return IndexState.READY if self._exact_stamp == stamp else IndexState.MISSING
        if await self._measure():
            return IndexState.READY  # made from the store by the next question, sooner than it is asked
        try:
            return await self._primary.state(stamp)
        except WrongModel:
            stored = await self._store.stamp()
            if stored is None or stored.model != stamp.model:
                raise
            return IndexState.STALE

    async def rebuild(self, stamp: IndexStamp, records: AsyncIterable[Sequence[VectorRecord]]) -> None:
        """Raises IndexUnavailable when the primary cannot be built now; searches are answered meanwhile."""
        async with self._building:
            if self._primary is None or await self._measure():
                exact = ExactIndex()
                await exact.rebuild(stamp, records)
                self._exact, self._exact_stamp = exact, stamp
            else:
                await self._primary.rebuild(stamp, records)
        self._stamp = stamp
        self._recovered()

    async def apply(self, stamp: IndexStamp, removed: Sequence[str], added: Sequence[VectorRecord]) -> None:
        """Raises IndexUnavailable when the primary did not follow; its repair is under way then."""
        if self._exact:
            try:
                await self._exact.apply(stamp, removed, added)
                self._exact_stamp = stamp
            except IndexUnavailable:
                self._exact = None
        if self._primary and not await self._measure():
            try:
                await self._primary.apply(stamp, removed, added)
            except IndexUnavailable as error:
                self._degrade(str(error))
                raise
        elif self._exact is None:
            raise IndexUnavailable("Nothing was loaded into the exact index yet.")
        self._stamp = stamp

    async def _measure(self) -> bool:
        """Whether there are few entries. Where they have become many, the primary knows nothing of what was
        saved meanwhile: it is made anew, and exact search answers until it is whole."""
        was_small, self._small = self._small, self._few > 0 and await self._store.count() <= self._few
        if was_small and not self._small and self._primary is not None:
            self._degrade("the knowledge base has outgrown the search without an index")
        return self._small

    async def close(self) -> None:
        if self._repairing:
            self._repairing.cancel()
            with suppress(asyncio.CancelledError):
                await self._repairing
        if self._primary:
            await self._primary.close()

    async def _look(self) -> None:
        """Notice what other processes saved, and now and then whether the primary is still whole."""
        if self._clock() < self._next_look:
            return
        async with self._looking:
            if self._clock() < self._next_look:
                return
            stamp = await self._store.stamp()
            if stamp:
                self._model = self._model or stamp.model
                refuse_other_model(stamp, self._model)
                if stamp != self._stamp:
                    await self._measure()
                await self._compare(stamp)
            self._stamp = stamp
            self._next_look = self._clock() + self._patience.look

    async def _compare(self, stamp: IndexStamp) -> None:
        if self._primary is None or self._small or self._degraded is not None:
            return
        if stamp == self._stamp and self._stale_since is None and self._clock() < self._next_probe:
            return
        was_well = self._stamp is not None
        try:
            patience = self._patience.opening if was_well else self._patience.first_opening
            state = await asyncio.wait_for(self.state(stamp), patience)
        except IndexUnavailable as error:
            self._degrade(str(error))
        except TimeoutError:
            self._degrade("the index does not answer")
        else:
            self._judge(state, was_well)

    def _judge(self, state: IndexState, was_well: bool) -> None:
        now = self._clock()
        if state is IndexState.READY:
            self._stale_since = None
            self._forgiven = False
            self._next_probe = now + self._patience.probe
        elif state is IndexState.STALE and was_well:
            self._stale_since = self._stale_since if self._stale_since is not None else now
            if now - self._stale_since >= self._patience.stale:
                self._degrade(_WHY[state])
        else:
            self._degrade(_WHY[state])

    def _degrade(self, why: str) -> None:
        if self._degraded is None:
            _log.warning("exact search answers: %s", why)
        self._degraded = why
        if self._repairing is None or self._repairing.done():
            self._repairing = asyncio.create_task(self._repair())

    def _recovered(self) -> None:
        if self._degraded is not None:
            _log.info("the index answers again")
        self._degraded = self._stale_since = None
        self._next_probe = self._clock() + self._patience.probe
        if self._primary and not self._small:
            self._exact = self._exact_stamp = None

    async def _repair(self) -> None:
        """Until the primary is whole; a worker's loop, so it outlives whatever goes wrong in it."""
        pause = self._patience.first_pause
        while True:
            try:
                if await self._mended():
                    return
            except IndexUnavailable as error:
                self._degraded = str(error)
            except Exception as error:  # noqa: BLE001 - a worker's loop
                _log.exception("the index could not be repaired")
                self._degraded = f"the index could not be repaired: {error}"
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._patience.longest_pause)

    async def _mended(self) -> bool:
        """True when the primary is ready; else builds it anew, unless somebody does already."""
        assert self._primary is not None, "only a primary gets repaired"
        async with self._building:
            stamp = await self._store.stamp()
            well = stamp is None or await self.state(stamp) is IndexState.READY
            if not well or self._forgiven:
                self._forgiven = False
                stamp = await rebuild_index(self._store, self._primary)
                if stamp != await self._store.stamp():
                    return False
            else:
                self._forgiven = True
            self._stamp = stamp
            self._recovered()
            return True

    async def _loaded(self, stamp: IndexStamp) -> ExactIndex:
        """The store's vectors in memory, loaded when needed; a little behind while others save in haste."""
        async with self._loading:
            exact = self._exact
            if exact and (self._exact_stamp == stamp or self._clock() < self._next_load):
                return exact
            began = self._clock()
            exact = ExactIndex()
            self._exact_stamp = await rebuild_index(self._store, exact)
            self._exact = exact
            took = self._clock() - began
            self._next_load = self._clock() + took / self._patience.reload_share
            return exact
