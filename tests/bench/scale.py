"""What a larger help centre costs: search, memory, disk, start, rebuild.

    python -m tests.bench.scale [PASSAGES …]      by default 1000, 10000 and 100000

Builds a help centre of each size (see `passages`), then starts the service on it in a process of its own, so
that its memory and its start are a service's, and asks real questions. Writes the section "Scale" of
docs/performance.md. Vectors of real texts come from the file that `make quality` keeps; what is not in it is
embedded, which takes a while once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from connectors.assembly import Service, assemble
from connectors.benchmark_set import JudgedQuestion
from connectors.factories import make_embedder
from connectors.settings import Settings
from knowledge.embedders.cached import CachedEmbedder
from knowledge.entries import Audience
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.index.rebuild import rebuild_index
from knowledge.index.records import records_of
from knowledge.ports import Embedder, Field, VectorHit
from knowledge.preparing import Vectors, prepared
from tests.bench.passages import help_centre, read_entries, read_questions, with_vectors
from tests.bench.performance_page import CACHE, DATA, write_section
from tests.bench.scale_page import Built, Measured, Served, section

QUESTIONS = 120
NEAREST = 80
"""Vectors that a search asks of the index, of titles and of passages."""
WARM = 5
SAVED_AT_ONCE = 1000
PUBLIC = frozenset({Audience.PUBLIC})


async def build(passages: int, folder: Path) -> Built:
    """The help centre on disk, as an ingest would leave it. In processor time: it may take an hour, and the
    machine does other things beside it."""
    settings = Settings(data=folder)
    embedder = CachedEmbedder(make_embedder(settings), CACHE)
    real = await with_vectors(await read_entries(DATA, passages), embedder)
    async with await assemble(settings, embedder=embedder) as service:
        began = time.process_time()
        entries = count = vectors = 0
        some = []
        for each in help_centre(real, passages):
            some.append(each)
            entries, count = entries + 1, count + len(each.passages)
            vectors += len(each.heads) + len(each.bodies)
            if len(some) == SAVED_AT_ONCE:
                await service.entries.save(embedder.model, some)
                some.clear()
        if some:
            await service.entries.save(embedder.model, some)
        saved = time.process_time()
        await rebuild_index(service.entries, service.index)
        indexed = time.process_time()
        await service.knowledge.prepare()
        calibrated = time.process_time()
    index = _bytes(folder / "chroma")
    return Built(
        entries,
        count,
        vectors,
        saved - began,
        indexed - saved,
        calibrated - indexed,
        _bytes(folder) - index,
        index,
    )


async def settle(folder: Path) -> None:
    """As a service leaves a help centre that it had time to look at: the last run changed an entry."""
    settings = Settings(data=folder)
    async with await assemble(settings, embedder=make_embedder(settings)) as service:
        await service.knowledge.prepare()


async def serve(folder: Path) -> Served:
    """The questions that are timed are new to the service, which remembers those it embedded."""
    looked = time.time()
    first, *questions = read_questions(DATA, QUESTIONS)
    began = _process_started() + time.time() - looked  # no service reads these
    settings = Settings(data=folder)
    bare = make_embedder(settings)
    async with await assemble(settings, embedder=bare) as service:
        await service.warm_up()
        await _found(service, first)
        start = time.time() - began
        idle = _resident()
        for question in questions[:WARM]:
            await _found(service, question)
        embedding, search, steps = await _timed(service, bare, questions[WARM:])
        asked = _resident()
        exact = ExactIndex()
        await rebuild_index(service.entries, exact)
        nearest, compared, recall = await _compared(service, exact, questions)
        agreement = await _agreement(service, exact, questions[::3], folder)
        edit = await _edited(service, questions[0])  # the last: what follows an edit works in the background
    return Served(start, idle, asked, embedding, search, steps, nearest, compared, recall, agreement, edit)


async def _found(service: Service, question: JudgedQuestion) -> list[str]:
    evidence = await service.knowledge.find(Question(question.text, question.language, PUBLIC))
    return [hit.entry.id for hit in evidence.hits[:10]]


async def _timed(
    service: Service, bare: Embedder, questions: Sequence[JudgedQuestion]
) -> tuple[list[float], list[float], dict[str, list[float]]]:
    embedding, search, steps = [], [], dict[str, list[float]]()
    for question in questions:
        began = time.perf_counter()
        await bare.embed_queries([question.text])
        embedded = time.perf_counter()
        evidence = await service.knowledge.find(Question(question.text, question.language, PUBLIC))
        search.append(time.perf_counter() - embedded)
        embedding.append(embedded - began)
        for name, milliseconds in evidence.timings.items():
            steps.setdefault(name, []).append(milliseconds)
    return embedding, search, steps


async def _edited(service: Service, question: JudgedQuestion) -> float:
    """A colleague corrects an entry; the next customer's question is answered with it."""
    entry = next(listed.entry for listed in await service.entries.browse(limit=1))
    [old] = await service.entries.get([entry.id], PUBLIC)
    changed = await prepared(replace(entry, text=f"{entry.text} ({time.time_ns()})"), old.origin)
    [new] = await Vectors(service.entries, service.embedder).of([changed])
    stamp = await service.entries.save(service.embedder.model, [new])
    await service.index.apply(stamp, [], list(records_of(new)))
    embedded = time.perf_counter()
    await _found(service, question)
    return time.perf_counter() - embedded


async def _compared(
    service: Service, exact: ExactIndex, questions: Sequence[JudgedQuestion]
) -> tuple[list[float], list[float], float]:
    """The approximate index beside a comparison with every vector."""
    asked = await service.embedder.embed_queries([question.text for question in questions])
    nearest, compared, found = [], [], []
    for vector in asked:
        began = time.perf_counter()
        near = [await service.index.nearest(vector, field, PUBLIC, NEAREST) for field in Field]
        between = time.perf_counter()
        best = [await exact.nearest(vector, field, PUBLIC, NEAREST) for field in Field]
        compared.append(time.perf_counter() - between)
        nearest.append(between - began)
        found += [_share_of_ten(some, all) for some, all in zip(near, best, strict=True)]
    return nearest, compared, statistics.mean(found)


def _share_of_ten(found: Sequence[VectorHit], best: Sequence[VectorHit]) -> float:
    """Of the ten nearest, those found; one as near as the tenth is as good."""
    ten = best[:10]
    return sum(hit.score >= ten[-1].score - 1e-6 for hit in found[:10]) / len(ten)


async def _agreement(
    service: Service, exact: ExactIndex, questions: Sequence[JudgedQuestion], folder: Path
) -> float:
    """Of the whole search, with the index and with the exact one."""
    with_index = [await _found(service, question) for question in questions]
    async with await assemble(Settings(data=folder), embedder=service.embedder, index=exact) as other:
        with_exact = [await _found(other, question) for question in questions]
    pairs = zip(with_index, with_exact, strict=True)
    return statistics.mean(len(set(a) & set(b)) / max(len(b), 1) for a, b in pairs)


def _process_started() -> float:
    """Seconds since the epoch, from the kernel."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    booted = next(
        int(line.split()[1]) for line in Path("/proc/stat").read_text().splitlines() if "btime" in line
    )
    return booted + ticks / os.sysconf("SC_CLK_TCK")


def _resident() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("passages", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--child", choices=("build", "settle", "serve"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="keep the help centres here")
    wanted = parser.parse_args()
    if wanted.child == "build":
        print(json.dumps(asdict(asyncio.run(build(wanted.passages[0], wanted.folder)))))
    elif wanted.child == "settle":
        print(asyncio.run(settle(wanted.folder)))
    elif wanted.child == "serve":
        print(json.dumps(asdict(asyncio.run(serve(wanted.folder)))))
    else:
        rows = [_measured(passages, wanted.folder) for passages in sorted(wanted.passages)]
        write_section("scale", section(rows))


def _measured(passages: int, kept: Path | None) -> Measured:
    with tempfile.TemporaryDirectory() as temporary:
        folder = (kept or Path(temporary)) / str(passages)
        note = folder / "built.json"
        if note.is_file():
            _child("settle", passages, folder)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            note.write_text(_child("build", passages, folder))
        built = Built(**json.loads(note.read_text()))
        served = Served(**json.loads(_child("serve", passages, folder)))
    measured = Measured(built, served)
    print(measured.summary(), flush=True)
    return measured


def _child(verb: str, passages: int, folder: Path) -> str:
    command = [sys.executable, "-m", "tests.bench.scale", str(passages), "--child", verb, "--folder"]
    done = subprocess.run([*command, str(folder)], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()[-1]


if __name__ == "__main__":
    main()
