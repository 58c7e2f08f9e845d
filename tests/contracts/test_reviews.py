"""What every keeper of labels keeps to, as a projection of its log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.events import (
    AnswerReviewed,
    Author,
    ConversationOpened,
    CorrectionPublished,
    Event,
    MessageReceived,
    Review,
)
from escalation.reviews import ReviewsUnavailable
from escalation.store.sql_reviews import SqlReviews
from knowledge.store.database import open_database
from tests.builders import MONDAY, an_outcome
from tests.stores import Stores, in_database, in_memory


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        stores = in_memory()
        await opened(stores)
        yield stores
        return
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        await opened(stores)
        yield stores


async def opened(stores: Stores) -> None:
    for name in ("c1", "c2"):
        await stores.log.open(name, ConversationOpened(), MONDAY)
        await happens(stores, MessageReceived("m1", "?"), name)
        await happens(stores, an_outcome(2), name)


async def happens(stores: Stores, event: Event, name: str = "c1") -> None:
    await stores.log.append(name, event, Author.STAFF, None, MONDAY)


async def labels(stores: Stores) -> list[tuple[str, Review]]:
    return [(judgement.by, judgement.review) for judgement in await stores.reviews.of("c1")]


async def test_a_label_is_kept_with_its_correction(stores: Stores) -> None:
    await happens(stores, AnswerReviewed(3, "zoe", Review.WRONG, "It is **30** days.", "we changed it"))
    [judgement] = await stores.reviews.of("c1")
    assert (judgement.position, judgement.by, judgement.review) == (3, "zoe", Review.WRONG)
    assert (judgement.correction, judgement.note, judgement.at) == (
        "It is **30** days.",
        "we changed it",
        MONDAY,
    )
    assert list(await stores.reviews.of("c2")) == []


async def test_each_colleague_has_one_say(stores: Stores) -> None:
    for by, review in (("zoe", Review.WRONG), ("ali", Review.RIGHT), ("zoe", Review.INCOMPLETE)):
        await happens(stores, AnswerReviewed(3, by, review))
    assert await labels(stores) == [("ali", Review.RIGHT), ("zoe", Review.INCOMPLETE)]
    await happens(stores, AnswerReviewed(3, "zoe", None))
    assert await labels(stores) == [("ali", Review.RIGHT)]


async def test_a_correction_is_to_be_published_once(stores: Stores) -> None:
    await happens(stores, AnswerReviewed(3, "zoe", Review.WRONG, "It is 30 days."))
    await happens(stores, AnswerReviewed(3, "ali", Review.RIGHT), "c2")
    assert [j.by for j in await stores.reviews.latest(to_publish=True)] == ["zoe"]
    await happens(stores, CorrectionPublished(3, "returns-2", "lea"))
    assert list(await stores.reviews.latest(to_publish=True)) == []
    assert [j.published_as for j in await stores.reviews.latest(to_publish=False)] == [None, "returns-2"]
    await happens(stores, AnswerReviewed(3, "zoe", Review.WRONG, "It is 31 days."))
    assert [j.correction for j in await stores.reviews.latest(to_publish=True)] == ["It is 31 days."]


async def test_what_was_published_and_taken_back_is_to_be_published_again(stores: Stores) -> None:
    await happens(stores, AnswerReviewed(3, "zoe", Review.WRONG, "It is 30 days."))
    await happens(stores, CorrectionPublished(3, "returns-2", "lea"))
    await happens(stores, CorrectionPublished(3, None, "lea"))
    assert [j.correction for j in await stores.reviews.latest(to_publish=True)] == ["It is 30 days."]


async def test_the_latest_labels_come_first_page_by_page(stores: Stores) -> None:
    for by in ("a", "b", "c"):
        await happens(stores, AnswerReviewed(3, by, Review.WRONG))
        await happens(stores, AnswerReviewed(3, by, Review.RIGHT), "c2")
    first = await stores.reviews.latest(limit=2, review=Review.WRONG)
    rest = await stores.reviews.latest(limit=2, review=Review.WRONG, before=first[-1].sequence)
    assert [j.by for j in (*first, *rest)] == ["c", "b", "a"]


async def test_a_rebuild_gives_the_same_labels(stores: Stores) -> None:
    await happens(stores, AnswerReviewed(3, "zoe", Review.WRONG, "It is 30 days."))
    await happens(stores, CorrectionPublished(3, "returns-2", "lea"))
    before = list(await stores.reviews.latest())
    await stores.log.rebuild()
    assert list(await stores.reviews.latest()) == before
    assert len(before) == 1


async def test_a_damaged_file_is_reported_in_one_line(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "comptoir.db").write_bytes(b"not a database, whatever its name says" * 100)
    engine = open_database(sqlite_url)
    with pytest.raises(ReviewsUnavailable, match="damaged"):
        await SqlReviews(engine).latest()
    await engine.dispose()
