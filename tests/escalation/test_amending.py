"""A reply that was sent is edited or withdrawn: by whom, until when, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.conversation import NotYourTurn
from bot.events import (
    Author,
    ConversationOpened,
    Event,
    LoggedEvent,
    MessageReceived,
    OutcomeGiven,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
)
from bot.log import UnknownConversation
from escalation.amending import NoSuchReply, ReplyIsWithdrawn
from escalation.desk import Desk, NothingWritten, TooLong
from escalation.roles import NotAllowed
from escalation.roster import Role
from escalation.similar import ResolvedCases
from tests.builders import MONDAY, Clock, an_agent, an_escalation
from tests.stores import Stores, in_database, in_memory

ZOE, ALI = an_agent("zoe", display="Zoé Martin"), an_agent("ali")
LEA = an_agent("lea", Role.LEAD)
REPLY = 5


@pytest.fixture(params=["memory", "sqlite"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    """One conversation, c1, which Zoé has: her reply is at position 5."""
    if request.param == "memory":
        stores = in_memory()
        await replied(stores)
        yield stores
        return
    async with in_database(request.getfixturevalue("sqlite_url")) as stores:
        await replied(stores)
        yield stores


async def replied(stores: Stores) -> None:
    await stores.log.open("c1", ConversationOpened(), MONDAY)
    await happens(stores, MessageReceived("m1", "Where is my lamp?"))
    await happens(stores, OutcomeGiven(an_escalation(), (2,), 0.0))
    desk = Desk(stores.log, Clock(), ("support",))
    await desk.claim("c1", ZOE)
    sent = await desk.reply("c1", ZOE, "It comes tomorow.", "r1")
    assert sent.position == REPLY


async def happens(stores: Stores, event: Event) -> LoggedEvent:
    return await stores.log.append("c1", event, Author.CUSTOMER, None, MONDAY)


async def amended(stores: Stores) -> list[Event]:
    read = await stores.log.read("c1")
    return [e.event for e in read if isinstance(e.event, ReplyEdited | ReplyWithdrawn)]


@pytest.fixture
def desk(stores: Stores) -> Desk:
    return Desk(stores.log, Clock(), ("support", "orders"))


async def test_who_wrote_a_reply_edits_it_and_is_still_its_author(desk: Desk, stores: Stores) -> None:
    edited = await desk.edit_reply("c1", ZOE, REPLY, "  It comes tomorrow.  ", "e1")
    assert edited.event == ReplyEdited(REPLY, "It comes tomorrow.", "zoe", "Zoé Martin", "e1")
    lead = await desk.edit_reply("c1", LEA, REPLY, "It comes on Monday.")
    assert lead.event == ReplyEdited(REPLY, "It comes on Monday.", "lea", "Zoé Martin")


async def test_an_edit_that_comes_twice_is_there_once(desk: Desk, stores: Stores) -> None:
    first = await desk.edit_reply("c1", ZOE, REPLY, "Tomorrow.", "e1")
    assert await desk.edit_reply("c1", ZOE, REPLY, "Tomorrow.", "e2") == first, "it says so already"
    last = await desk.edit_reply("c1", ZOE, REPLY, "On Monday.", "e3")
    assert await desk.edit_reply("c1", ZOE, REPLY, "Tomorrow.", "e1") == first, "not undone by an echo"
    assert await amended(stores) == [first.event, last.event]
    gone = await desk.withdraw_reply("c1", ZOE, REPLY)
    assert await desk.withdraw_reply("c1", ZOE, REPLY) == gone
    assert len(await amended(stores)) == 3


async def test_an_edit_that_changes_nothing_is_no_edit(desk: Desk, stores: Stores) -> None:
    unchanged = await desk.edit_reply("c1", ZOE, REPLY, "It comes tomorow.")
    assert isinstance(unchanged.event, ReplySent)
    assert await amended(stores) == []


async def test_nobody_edits_what_a_colleague_wrote_but_a_lead(desk: Desk, stores: Stores) -> None:
    for act in (desk.edit_reply("c1", ALI, REPLY, "Never."), desk.withdraw_reply("c1", ALI, REPLY)):
        with pytest.raises(NotAllowed, match="Zoé Martin or a lead"):
            await act
    with pytest.raises(NotAllowed, match="closed"):
        await desk.edit_reply("c1", an_agent("zoe", active=False), REPLY, "Never.")
    assert await amended(stores) == []


async def test_who_has_it_no_more_does_not_talk_over_who_has(desk: Desk, stores: Stores) -> None:
    await desk.assign("c1", ZOE, ALI)
    for act in (desk.edit_reply("c1", ZOE, REPLY, "Never."), desk.withdraw_reply("c1", ZOE, REPLY)):
        with pytest.raises(NotYourTurn, match="ali"):
            await act
    assert (await desk.withdraw_reply("c1", LEA, REPLY)).event == ReplyWithdrawn(REPLY, "lea", "Zoé Martin")


async def test_a_slip_is_mended_after_it_was_closed_or_given_back(desk: Desk, stores: Stores) -> None:
    await desk.resolve("c1", ZOE)
    assert (await desk.edit_reply("c1", ZOE, REPLY, "Tomorrow.")).author is Author.STAFF
    await desk.reopen("c1", LEA)
    assert isinstance((await desk.withdraw_reply("c1", ZOE, REPLY)).event, ReplyWithdrawn)


async def test_handed_over_while_it_is_being_edited_the_edit_is_refused(stores: Stores) -> None:
    """The colleague comes between the look and the write."""
    desk = Desk(Overtaken(stores, ALI), Clock(), ("support",))
    with pytest.raises(NotYourTurn, match="ali"):
        await desk.edit_reply("c1", ZOE, REPLY, "Too late.")
    assert await amended(stores) == []


async def test_withdrawn_while_it_is_being_edited_it_stays_withdrawn(stores: Stores) -> None:
    desk = Desk(stores.log, Clock(), ("support",))
    acts = [desk.withdraw_reply("c1", LEA, REPLY), desk.edit_reply("c1", ZOE, REPLY, "Tomorrow.")]
    _, edited = await asyncio.gather(*acts, return_exceptions=True)
    assert isinstance((await amended(stores))[-1], ReplyWithdrawn)
    assert isinstance(edited, ReplyIsWithdrawn | LoggedEvent)
    with pytest.raises(ReplyIsWithdrawn):
        await desk.edit_reply("c1", ZOE, REPLY, "After all.")


async def test_only_a_reply_that_is_there_is_edited_and_with_words(desk: Desk) -> None:
    for position in (2, 3, 99):
        with pytest.raises(NoSuchReply):
            await desk.edit_reply("c1", ZOE, position, "Hm")
    with pytest.raises(UnknownConversation):
        await desk.withdraw_reply("c9", ZOE, REPLY)
    with pytest.raises(NothingWritten):
        await desk.edit_reply("c1", ZOE, REPLY, "   ")
    with pytest.raises(TooLong):
        await desk.edit_reply("c1", ZOE, REPLY, "x" * 20_001)


async def test_colleagues_are_shown_what_was_answered_as_it_stands(desk: Desk, stores: Stores) -> None:
    """A like question later, and the reply is edited, then withdrawn, after the conversation was closed."""
    await desk.resolve("c1", ZOE)
    cases = ResolvedCases(stores.queue)
    assert [case.answer for case in await cases.like("Where is my lamp?", "c2")] == ["It comes tomorow."]
    await desk.edit_reply("c1", ZOE, REPLY, "It comes tomorrow.")
    assert [case.answer for case in await cases.like("Where is my lamp?", "c2")] == ["It comes tomorrow."]
    await desk.withdraw_reply("c1", ZOE, REPLY)
    assert await cases.like("Where is my lamp?", "c2") == []


async def test_an_earlier_reply_is_edited_and_the_answer_stays_the_last_one(
    desk: Desk, stores: Stores
) -> None:
    await desk.reply("c1", ZOE, "By noon.")
    await desk.edit_reply("c1", ZOE, REPLY, "Tomorrow.")
    ticket = await stores.queue.of("c1")
    assert ticket is not None
    assert (ticket.answer, ticket.replies) == ("By noon.", 2)


class Overtaken:
    """A log in which somebody is given the conversation right before the first write."""

    def __init__(self, stores: Stores, by: object) -> None:
        self._stores, self._by, self._first = stores, by, True

    def __getattr__(self, name: str) -> object:
        return getattr(self._stores.log, name)

    async def append(self, conversation_id: str, *given: object) -> LoggedEvent:
        if self._first:
            self._first = False
            await Desk(self._stores.log, Clock()).assign(conversation_id, LEA, self._by)  # type: ignore[arg-type]
        return await self._stores.log.append(conversation_id, *given)  # type: ignore[arg-type]
