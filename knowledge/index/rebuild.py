"""Making an index from the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from knowledge.index.records import all_records
from knowledge.ports import EntryStore, IndexStamp, VectorIndex, VectorRecord
from knowledge.progress import Phase, Progress, unseen


async def rebuild_index(
    store: EntryStore, index: VectorIndex, progress: Progress = unseen
) -> IndexStamp | None:
    """Build the index anew from the vectors in the store and swap it in; nothing is embedded.

    Gives what it was made from, None when nothing was ever ingested. The stamp is taken before the entries
    are read: what is saved meanwhile makes the new index stale, never wrong.
    """
    stamp = await store.stamp()
    if stamp is not None:
        await index.rebuild(stamp, _counted(store, progress))
    return stamp


async def _counted(store: EntryStore, progress: Progress) -> AsyncIterator[Sequence[VectorRecord]]:
    done = 0
    async for records in all_records(store):
        yield records
        done += len(records)
        progress(done, 0, Phase.INDEXING)
