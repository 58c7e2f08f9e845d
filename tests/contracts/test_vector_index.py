"""What every vector index does: exact in memory, Chroma embedded, a real Chroma server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from knowledge.entries import Audience
from knowledge.index.chroma import ChromaIndex
from knowledge.index.chroma.folder import FolderHome
from knowledge.index.chroma.places import effort_in
from knowledge.index.exact import ExactIndex
from knowledge.ports import (
    Field,
    IndexState,
    IndexUnavailable,
    Vector,
    VectorIndex,
    VectorRecord,
    WrongModel,
)
from tests.entries_at_hand import stamped, vector_of

CUSTOMERS = frozenset({Audience.PUBLIC})
STAFF = frozenset(Audience)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real `chroma run` on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("chroma-server")
    program = Path(sysconfig.get_path("scripts")) / "chroma"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [program, "run", "--path", folder / "data", "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            env=os.environ | {"ANONYMIZED_TELEMETRY": "False"},
        )
    url = f"http://127.0.0.1:{port}"
    _wait_until_it_answers(url)
    yield url
    server.terminate()
    server.wait(10)


def _wait_until_it_answers(url: str) -> None:
    for _ in range(300):
        with suppress(httpx.HTTPError):
            httpx.get(f"{url}/api/v2/heartbeat", timeout=1).raise_for_status()
            return
        time.sleep(0.1)
    raise AssertionError("the Chroma server did not start within 30 s")


@pytest.fixture(params=["exact", "chroma folder", "chroma server"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    index: VectorIndex
    match request.param:
        case "exact":
            index = ExactIndex()
        case "chroma folder":
            index = ChromaIndex(path=tmp_path / "index")
        case _:
            index = ChromaIndex(server=request.getfixturevalue("chroma_server"), name=tmp_path.name.lower())
    yield index
    await index.close()


def a_record(
    entry_id: str, field: Field = Field.BODY, position: int = 0, audience: Audience = Audience.PUBLIC
) -> VectorRecord:
    return VectorRecord(entry_id, field, position, audience, vector_of(f"{entry_id} {field} {position}"))


async def some(*batches: Sequence[VectorRecord]) -> AsyncIterator[Sequence[VectorRecord]]:
    for batch in batches:
        yield batch


async def ids(
    index: VectorIndex, vector: Vector, audiences: frozenset[Audience] = CUSTOMERS, k: int = 10
) -> list[str]:
    return [hit.entry_id for hit in await index.nearest(vector, Field.BODY, audiences, k)]


async def test_an_index_that_was_never_built_is_missing(index: VectorIndex) -> None:
    assert await index.state(stamped(1)) is IndexState.MISSING
    with pytest.raises(IndexUnavailable):
        await index.nearest(vector_of("a"), Field.BODY, CUSTOMERS, 3)
    with pytest.raises(IndexUnavailable):
        await index.apply(stamped(1), [], [a_record("a")])


async def test_the_nearest_come_first_with_exact_cosines(index: VectorIndex) -> None:
    records = [a_record(f"e{n}") for n in range(300)]
    await index.rebuild(stamped(1), some(records[:100], [], records[100:]))
    assert await index.state(stamped(1)) is IndexState.READY
    query = vector_of("a question")
    cosines = {record.entry_id: float(query.astype("f8") @ record.vector.astype("f8")) for record in records}
    hits = await index.nearest(query, Field.BODY, CUSTOMERS, 10)
    assert [hit.entry_id for hit in hits] == sorted(cosines, key=cosines.__getitem__, reverse=True)[:10]
    assert [hit.score for hit in hits] == pytest.approx([cosines[hit.entry_id] for hit in hits], abs=1e-6)


async def test_equal_scores_come_in_order_of_entry_and_position(index: VectorIndex) -> None:
    same = vector_of("same")
    places = [("b", 0), ("a", 10), ("a", 9), ("a", 1)]
    await index.rebuild(
        stamped(1), some([VectorRecord(id, Field.BODY, at, Audience.PUBLIC, same) for id, at in places])
    )
    hits = await index.nearest(same, Field.BODY, CUSTOMERS, 3)
    assert [(hit.entry_id, hit.position) for hit in hits] == [("a", 1), ("a", 9), ("a", 10)]


async def test_audiences_and_fields_are_kept_apart(index: VectorIndex) -> None:
    secret = a_record("secret", audience=Audience.INTERNAL)
    await index.rebuild(stamped(1), some([a_record("open"), secret, a_record("open", Field.HEAD, 2)]))
    assert await ids(index, secret.vector) == ["open"]
    assert await ids(index, secret.vector, STAFF) == ["secret", "open"]
    assert await ids(index, secret.vector, frozenset({Audience.INTERNAL})) == ["secret"]
    assert await ids(index, secret.vector, frozenset()) == []
    [head] = await index.nearest(secret.vector, Field.HEAD, STAFF, 5)
    assert (head.entry_id, head.field, head.position) == ("open", Field.HEAD, 2)


async def test_changes_are_applied_and_applying_twice_is_applying_once(index: VectorIndex) -> None:
    await index.rebuild(stamped(1), some([a_record("old"), a_record("old", position=1), a_record("kept")]))
    changed = [a_record("new", position=3), a_record("kept", audience=Audience.INTERNAL)]
    for _ in range(2):
        await index.apply(stamped(2), ["old", "never there"], changed)
        assert await index.state(stamped(2)) is IndexState.READY
        assert await ids(index, vector_of("x")) == ["new"]
        assert sorted(await ids(index, vector_of("x"), STAFF)) == ["kept", "new"]
    await index.apply(stamped(3), ["new", "kept"], [])
    assert await index.state(stamped(3)) is IndexState.READY
    assert await ids(index, vector_of("x"), STAFF) == []


async def test_a_missed_change_is_noticed(index: VectorIndex) -> None:
    await index.rebuild(stamped(1), some([a_record("a")]))
    assert await index.state(stamped(2)) is IndexState.STALE
    with pytest.raises(IndexUnavailable, match="missed changes"):
        await index.apply(stamped(3), [], [a_record("b")])
    assert await ids(index, vector_of("x")) == ["a"]


async def test_another_model_is_refused_until_everything_is_built_anew(index: VectorIndex) -> None:
    await index.rebuild(stamped(1), some([a_record("a")]))
    with pytest.raises(WrongModel, match="made with small"):
        await index.state(stamped(1, "large"))
    with pytest.raises(WrongModel):
        await index.apply(stamped(2, "large"), [], [a_record("b")])
    with pytest.raises(WrongModel):
        await index.nearest(vector_of("a", dimensions=8), Field.BODY, CUSTOMERS, 1)
    await index.rebuild(stamped(2, "large"), some([a_record("b")]))
    assert await index.state(stamped(2, "large")) is IndexState.READY
    assert await ids(index, vector_of("x")) == ["b"]


async def test_the_old_index_answers_until_the_new_one_is_whole(index: VectorIndex) -> None:
    await index.rebuild(stamped(1), some([a_record("old")]))
    seen: list[list[str]] = []

    async def slowly() -> AsyncIterator[Sequence[VectorRecord]]:
        for n in range(3):
            seen.append(await ids(index, vector_of("x")))
            yield [a_record(f"new{n}")]

    await index.rebuild(stamped(2), slowly())
    assert seen == [["old"]] * 3
    assert sorted(await ids(index, vector_of("x"))) == ["new0", "new1", "new2"]


async def test_a_rebuild_that_fails_leaves_the_old_index(index: VectorIndex) -> None:
    await index.rebuild(stamped(1), some([a_record("old")]))

    async def failing() -> AsyncIterator[Sequence[VectorRecord]]:
        yield [a_record("new")]
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        await index.rebuild(stamped(2), failing())
    assert await index.state(stamped(1)) is IndexState.READY
    assert await ids(index, vector_of("x")) == ["old"]


async def test_searches_go_on_while_the_index_is_built_anew(index: VectorIndex) -> None:
    records = [a_record(f"e{n}") for n in range(50)]
    await index.rebuild(stamped(1), some(records))
    building = asyncio.create_task(index.rebuild(stamped(2), some(records)))
    while not building.done():
        assert await ids(index, records[7].vector, k=1) == ["e7"]
    await building


async def test_an_empty_knowledge_base_is_an_index_too(index: VectorIndex) -> None:
    await index.rebuild(stamped(1), some())
    assert await index.state(stamped(1)) is IndexState.READY
    assert await ids(index, vector_of("x"), STAFF) == []
    await index.apply(stamped(2), [], [a_record("a")])
    assert await ids(index, vector_of("x")) == ["a"]


async def test_thousands_of_vectors_find_the_same_neighbours_as_exact_search(index: VectorIndex) -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(3000, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    records = [
        VectorRecord(f"e{n // 3}", Field.BODY, n % 3, Audience.PUBLIC, v) for n, v in enumerate(vectors)
    ]
    await index.rebuild(stamped(1), some(records))
    exact = ExactIndex()
    await exact.rebuild(stamped(1), some(records))
    for query in vectors[::500]:
        assert await index.nearest(query, Field.BODY, CUSTOMERS, 10) == await exact.nearest(
            query, Field.BODY, CUSTOMERS, 10
        )


# Chroma in a folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


async def a_built_index(folder: Path, rows: int = 20) -> ChromaIndex:
    index = ChromaIndex(path=folder)
    await index.rebuild(stamped(1), some([a_record(f"e{n}") for n in range(rows)]))
    return index


async def test_a_folder_is_found_again_after_a_restart(folder: Path) -> None:
    await (await a_built_index(folder)).close()
    index = ChromaIndex(path=folder)
    assert await index.state(stamped(1)) is IndexState.READY
    assert await ids(index, a_record("e3").vector, k=1) == ["e3"]
    await index.close()


async def test_a_second_process_is_told_why_it_must_stay_out(folder: Path) -> None:
    index = await a_built_index(folder)
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from knowledge.index.chroma import ChromaIndex\n"
        "from knowledge.ports import IndexStamp, IndexUnavailable\n"
        "try:\n"
        "    asyncio.run(ChromaIndex(path=Path(sys.argv[1])).state(IndexStamp('small', 16, 1)))\n"
        "except IndexUnavailable as error:\n"
        "    print(error)\n"
    )
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, folder, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    said, _ = await second.communicate()
    assert b"open in another Comptoir process" in said
    assert await index.state(stamped(1)) is IndexState.READY
    await index.close()


async def test_only_one_generation_is_kept(folder: Path) -> None:
    index = await a_built_index(folder)
    await index.rebuild(stamped(2), some([a_record("a")]))
    assert [name for name in os.listdir(folder) if name.startswith("g-")] == [_pointer(folder)["generation"]]
    await index.close()


@pytest.mark.parametrize("damage", ["sqlite", "everything", "gone", "pointer", "emptied"])
@pytest.mark.parametrize("when", ["running", "stopped"])
async def test_a_damaged_folder_is_noticed_and_can_be_built_anew(
    folder: Path, damage: str, when: str
) -> None:
    index = await a_built_index(folder)
    if when == "stopped":
        await index.close()
    _damage(folder, damage)
    if when == "stopped":
        index = ChromaIndex(path=folder)
    assert await index.state(stamped(1)) in (IndexState.BROKEN, IndexState.MISSING)
    await index.rebuild(stamped(1), some([a_record("whole again")]))
    assert await index.state(stamped(1)) is IndexState.READY
    assert await ids(index, vector_of("x")) == ["whole again"]
    await index.close()


def _pointer(folder: Path) -> dict[str, Any]:
    pointer: dict[str, Any] = json.loads((folder / "current.json").read_text())
    return pointer


def _damage(folder: Path, damage: str) -> None:
    [generation] = folder.glob("g-*")
    match damage:
        case "gone":
            shutil.rmtree(generation)
        case "pointer":
            (folder / "current.json").write_text(json.dumps({"generation": 7})[:-3])
        case "emptied":
            shutil.rmtree(generation)
            generation.mkdir()
        case _:
            files = [file for file in generation.rglob("*") if file.is_file()]
            for file in files:
                if damage == "everything" or file.name.startswith("chroma.sqlite3"):
                    file.write_bytes(os.urandom(file.stat().st_size))


async def test_a_build_leaves_nothing_to_be_read_again_at_every_start(folder: Path) -> None:
    index = await a_built_index(folder, rows=30)
    assert _waiting(folder) <= 1
    added = [a_record("new"), a_record("e3")]
    await index.apply(stamped(2), ["e7"], added)
    await index.close()
    index = ChromaIndex(path=folder)
    assert await index.state(stamped(2)) is IndexState.READY
    assert await ids(index, added[0].vector, k=1) == ["new"]
    assert set(await ids(index, added[0].vector, k=50)) == {f"e{n}" for n in range(30)} - {"e7"} | {"new"}
    await index.close()


async def test_a_large_graph_is_searched_more_widely(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (effort_in(100_000), effort_in(1_000_000)) == (600, 1_897)
    monkeypatch.setattr("knowledge.index.chroma.places.EFFORT", 10)
    monkeypatch.setattr("knowledge.index.chroma.places.EFFORT_FOR", 3)
    index = await a_built_index(folder, rows=30)
    await index.close()
    home = FolderHome(folder)
    pointer = home.pointer()
    assert pointer
    generation = home.open(pointer)
    efforts = {
        place: (collection.count(), collection.configuration_json["hnsw"]["ef_search"])
        for place, collection in generation.collections.items()
    }
    home.close(generation)
    assert efforts["public-body"] == (30, 32)
    assert efforts["internal-body"] == (0, 10)


def _waiting(folder: Path) -> int:
    """Rows that Chroma has in its log."""
    with closing(sqlite3.connect(folder / _pointer(folder)["generation"] / "chroma.sqlite3")) as database:
        [[rows]] = database.execute("SELECT COUNT(*) FROM embeddings_queue")
    assert isinstance(rows, int)
    return rows


async def test_a_build_that_is_cut_short_by_force_leaves_the_old_index(folder: Path) -> None:
    await (await a_built_index(folder)).close()
    script = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from knowledge.index.chroma import ChromaIndex\n"
        "from tests.contracts.test_vector_index import a_record, stamped\n"
        "async def records():\n"
        "    yield [a_record('never whole')]\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(ChromaIndex(path=Path(sys.argv[1])).rebuild(stamped(2), records()))\n"
    )
    builder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, folder, cwd=Path(__file__).parents[2]
    )
    assert await builder.wait() == -signal.SIGKILL
    index = ChromaIndex(path=folder)
    assert await index.state(stamped(1)) is IndexState.READY
    assert await ids(index, a_record("e3").vector, k=1) == ["e3"]
    await index.rebuild(stamped(2), some([a_record("whole")]))
    assert await ids(index, vector_of("x")) == ["whole"]
    assert [name for name in os.listdir(folder) if name.startswith("g-")] == [_pointer(folder)["generation"]]
    await index.close()


async def test_lost_rows_are_noticed(folder: Path) -> None:
    await (await a_built_index(folder)).close()
    pointer = _pointer(folder)
    pointer["counts"]["public-body"] += 1
    (folder / "current.json").write_text(json.dumps(pointer))
    index = ChromaIndex(path=folder)
    assert await index.state(stamped(1)) is IndexState.BROKEN
    await index.close()


# A Chroma server


async def test_what_one_process_changes_another_finds(chroma_server: str) -> None:
    one, other = (ChromaIndex(server=chroma_server, name="shared") for _ in range(2))
    await one.rebuild(stamped(1), some([a_record("a")]))
    assert await other.state(stamped(1)) is IndexState.READY
    await one.apply(stamped(2), [], [a_record("b")])
    assert await other.state(stamped(2)) is IndexState.READY
    assert sorted(await ids(other, vector_of("x"))) == ["a", "b"]
    await one.rebuild(stamped(3), some([a_record("c")]))
    assert await ids(other, vector_of("x")) == ["c"]
    await other.apply(stamped(4), ["c"], [a_record("d")])
    assert await ids(one, vector_of("x")) == ["d"]
    await one.close()
    await other.close()


async def test_services_that_share_a_server_do_not_touch_each_other(chroma_server: str) -> None:
    shop, bank = (ChromaIndex(server=chroma_server, name=name) for name in ("shop", "shop-bank"))
    await shop.rebuild(stamped(1), some([a_record("a")]))
    await bank.rebuild(stamped(1), some([a_record("b")]))
    await shop.rebuild(stamped(2), some([a_record("c")]))
    assert await ids(shop, vector_of("x")) == ["c"]
    assert await ids(bank, vector_of("x")) == ["b"]
    assert await bank.state(stamped(1)) is IndexState.READY
    await shop.close()
    await bank.close()


async def test_a_server_that_is_away_is_one_clear_line() -> None:
    index = ChromaIndex(server="http://127.0.0.1:1")
    with pytest.raises(IndexUnavailable, match=r"server at http://127\.0\.0\.1:1 does not answer"):
        await index.state(stamped(1))
    await index.close()


async def test_a_server_that_never_replies_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.index.chroma.clients.ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        index = ChromaIndex(server=f"http://127.0.0.1:{mute.getsockname()[1]}")
        with pytest.raises(IndexUnavailable, match=r"(did|does) not answer"):
            await asyncio.wait_for(index.state(stamped(1)), 3)
        await index.close()


async def test_a_panic_of_chromas_rust_part_is_an_index_that_cannot_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):
        """Stands for pyo3_runtime.PanicException, which nobody can make happen at will."""

    def panic(*_: object, **__: object) -> None:
        raise PanicException("index out of bounds: the len is 3 but the index is 9")

    index = await a_built_index(folder)
    monkeypatch.setattr("chromadb.api.models.Collection.Collection.query", panic)
    with pytest.raises(IndexUnavailable, match="out of bounds"):
        await index.nearest(vector_of("x"), Field.BODY, CUSTOMERS, 1)
    assert await index.state(stamped(1)) is IndexState.BROKEN
    await index.close()
