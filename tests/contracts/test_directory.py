"""What every directory of conversations keeps to, as a projection of its log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation import Held
from bot.decisions import Reason
from bot.events import (
    AnswerJudged,
    AnswerReviewed,
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    Customer,
    CustomerIdentified,
    Event,
    MarkedSpam,
    MessageReceived,
    PersonJoined,
    ReplySent,
    Review,
)
from escalation.card import Card
from escalation.directory import DirectoryUnavailable, Search
from escalation.store.sql_directory import SqlDirectory
from knowledge.store.database import open_database
from tests.builders import MONDAY, an_escalation, an_outcome
from tests.stores import Stores, in_database, in_memory

JEAN = Customer("42", "Jean Dupont", "jean@example.com", "gold")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield in_memory()
        return
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        yield stores


async def happened(stores: Stores, name: str, *events: Event, minutes: int = 0, site: str = "shop") -> Card:
    """A conversation opened so many minutes after Monday nine, with these events at the same time."""
    at = MONDAY + timedelta(minutes=minutes)
    await stores.log.open(name, ConversationOpened("fr", "widget", site), at)
    for event in events:
        await stores.log.append(name, event, Author.SYSTEM, None, at)
    card = await stores.directory.get(name)
    assert card is not None
    return card


async def found(stores: Stores, **search: object) -> list[str]:
    wanted = Search(**search)  # type: ignore[arg-type]
    cards = [card.conversation_id for card in await stores.directory.find(wanted)]
    assert await stores.directory.count(wanted) == len(cards)
    return cards


async def test_a_card_tells_a_conversation_at_a_glance(stores: Stores) -> None:
    card = await happened(
        stores,
        "c1",
        MessageReceived("m1", "Où est ma commande ?"),
        an_outcome(2),
        AnswerJudged(3, True),
        AnswerJudged(3, False),
        MessageReceived("m2", "Un humain svp"),
        an_outcome(6, outcome=an_escalation(Reason.ASKED_FOR_PERSON)),
        PersonJoined("zoe", "Zoé"),
        ReplySent("zoe", "Bonjour"),
        AnswerReviewed(3, "zoe", Review.WRONG),
        AnswerReviewed(3, "zoe", Review.INCOMPLETE),
        ContactLeft("jean@example.com"),
        CustomerIdentified(JEAN),
        ConversationResolved("zoe"),
        ConversationRated(4, "merci"),
    )
    assert (card.question, card.last_message, card.messages) == ("Où est ma commande ?", "Un humain svp", 2)
    assert (card.outcomes, card.escalations, card.last_outcome) == (2, 1, "escalate")
    assert (card.last_reason, card.confidence) == (Reason.ASKED_FOR_PERSON, 0.9)
    assert (card.useful, card.not_useful, len(card.labels)) == (0, 1, 1)
    assert (card.people, card.replies, card.stars) == (("zoe",), 1, 4)
    assert (card.customer, card.contact) == (JEAN, "jean@example.com")
    assert (card.held, card.owner, card.closed_at) == (Held.NOBODY, None, MONDAY)
    assert (card.language, card.site, card.door) == ("en", "shop", "widget")


async def test_a_label_that_was_taken_back_is_none(stores: Stores) -> None:
    asked = MessageReceived("m1", "?"), an_outcome(2)
    card = await happened(stores, "c1", *asked, AnswerReviewed(3, "zoe", Review.WRONG))
    assert len(card.labels) == 1
    card = await happened(stores, "c1", AnswerReviewed(3, "zoe", None))
    assert card.labels == ()
    assert await found(stores, reviewed=True) == []


async def test_a_customer_who_writes_again_reopens_their_conversation(stores: Stores) -> None:
    await happened(stores, "c1", MessageReceived("m1", "?"), an_outcome(2), ConversationResolved())
    card = await happened(stores, "c1", MessageReceived("m2", "And?"))
    assert (card.reopenings, card.closed_at, card.held) == (1, None, Held.BOT)


async def test_the_latest_come_first_page_by_page(stores: Stores) -> None:
    for n in range(7):
        await happened(stores, f"c{n}", minutes=n // 2)
    seen: list[str] = []
    page = await stores.directory.find(limit=3)
    while page:
        seen += [card.conversation_id for card in page]
        page = await stores.directory.find(limit=3, after=page[-1])
    assert seen == ["c6", "c5", "c4", "c3", "c2", "c1", "c0"]


async def test_a_conversation_is_found_by_what_is_known_of_it(stores: Stores) -> None:
    await happened(stores, "bot", MessageReceived("m", "Où est ma LAMPE ?"), an_outcome(2), site="pro")
    waiting = [MessageReceived("m", "100% remboursé ?"), an_outcome(2, outcome=an_escalation())]
    await happened(stores, "queue", *waiting, minutes=1)
    await happened(stores, "person", PersonJoined("zoe"), CustomerIdentified(JEAN), minutes=2)
    await happened(
        stores, "thumb", MessageReceived("m", "?"), an_outcome(2), AnswerJudged(3, False), minutes=3
    )
    await happened(stores, "spam", PersonJoined("zoe"), MarkedSpam("zoe"), minutes=4)
    assert await found(stores, held=frozenset({Held.WAITING})) == ["queue"]
    assert await found(stores, held=frozenset({Held.WAITING, Held.PERSON})) == ["person", "queue"]
    assert await found(stores, owner="zoe") == ["person"]
    assert await found(stores, site="pro") == ["bot"]
    assert await found(stores, escalated=True) == ["queue"]
    assert await found(stores, not_useful=True) == ["thumb"]
    assert await found(stores, customer_id="42") == ["person"]
    assert await found(stores, spam=True) == ["spam"]
    assert await found(stores, text="lampe") == ["bot"]
    assert await found(stores, text="OU EST MA") == ["bot"]
    assert await found(stores, text="\x00lampe") == ["bot"]
    assert await found(stores, text="dupont") == ["person"]
    assert await found(stores, text="100%") == ["queue"]
    assert await found(stores, text="1%") == []
    assert await found(stores, opened_from=MONDAY + timedelta(minutes=2)) == ["thumb", "person"]
    assert await found(stores, opened_before=MONDAY + timedelta(minutes=1)) == ["bot"]


async def test_a_rebuild_gives_the_same_cards(stores: Stores) -> None:
    await happened(stores, "c1", MessageReceived("m", "?"), an_outcome(2), AnswerJudged(3, False))
    await happened(stores, "c2", PersonJoined("zoe"), CustomerIdentified(JEAN), minutes=2)
    before = list(await stores.directory.find(Search(spam=None)))
    await stores.log.rebuild()
    assert list(await stores.directory.find(Search(spam=None))) == before


async def test_a_damaged_file_is_reported_in_one_line(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "comptoir.db").write_bytes(b"not a database, whatever its name says" * 100)
    engine = open_database(sqlite_url)
    with pytest.raises(DirectoryUnavailable, match="damaged"):
        await SqlDirectory(engine).count()
    await engine.dispose()
