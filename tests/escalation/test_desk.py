"""What people do with conversations, and what they are told when they may not or come too late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.conversation import BOT, NOBODY, WAITING, NotYourTurn, UnknownTransition, person
from bot.decisions import Priority, Reason
from bot.events import (
    CUSTOMER_SEES,
    AnswerReviewed,
    Author,
    ContactLeft,
    ConversationOpened,
    Customer,
    CustomerIdentified,
    Event,
    LoggedEvent,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Released,
    ReplySent,
    Review,
)
from bot.log import MessagesChanged, UnknownConversation, state_of
from escalation.desk import (
    AlreadyClaimed,
    Desk,
    NoSuchAnswer,
    NothingWritten,
    NotTheSameCustomer,
    TooLong,
    UnknownTeam,
    WakesInThePast,
)
from escalation.roles import ALLOWED, May, NotAllowed, may
from escalation.roster import Agent, Role
from escalation.ticket import Closing, Status, Ticket
from tests.builders import MONDAY, Clock, a_reception, an_agent, an_escalation, an_outcome
from tests.stores import Stores, in_memory

ZOE, ALI = an_agent("zoe", display="Zoé Martin"), an_agent("ali")
LEA = an_agent("lea", Role.LEAD)


@pytest.fixture
async def stores() -> Stores:
    """One conversation, c1, in which the customer waits for a person."""
    stores = in_memory()
    await escalated(stores, "c1")
    return stores


@pytest.fixture
def desk(stores: Stores) -> Desk:
    return Desk(stores.log, Clock(), ("support", "orders"))


async def escalated(stores: Stores, name: str) -> None:
    await stores.log.open(name, ConversationOpened(), MONDAY)
    await happens(stores, MessageReceived("m1", "My chair?"), name)
    await happens(stores, an_outcome(2), name)
    await happens(stores, OutcomeGiven(an_escalation(Reason.ASKED_FOR_PERSON), (), 0.0), name)


async def happens(stores: Stores, event: Event, name: str = "c1") -> LoggedEvent:
    return await stores.log.append(name, event, Author.CUSTOMER, None, MONDAY)


async def ticket(stores: Stores, name: str = "c1") -> Ticket:
    found = await stores.queue.of(name)
    assert found is not None
    return found


async def owner(stores: Stores, name: str = "c1") -> object:
    return (await state_of(stores.log, name)).owner


async def test_who_claims_is_known_to_the_customer_by_their_name(stores: Stores, desk: Desk) -> None:
    claimed = await desk.claim("c1", ZOE)
    assert claimed.event == PersonJoined("zoe", "Zoé Martin")
    assert (await ticket(stores)).claimed_as == "Zoé Martin"
    reply = await desk.reply("c1", ZOE, "  Hello!  ")
    assert reply.event == ReplySent("zoe", "Hello!", "Zoé Martin")


async def test_who_comes_in_unasked_brings_it_to_their_own_team(stores: Stores, desk: Desk) -> None:
    for name, who in (("c2", ZOE), ("c3", an_agent("tom", teams=frozenset({"orders"})))):
        await stores.log.open(name, ConversationOpened(), MONDAY)
        await desk.claim(name, who)
        await desk.release(name, who)
    assert [(await ticket(stores, name)).team for name in ("c2", "c3")] == ["support", "orders"]


async def test_who_comes_second_is_told_who_was_first(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    with pytest.raises(AlreadyClaimed, match="zoe has this conversation") as refused:
        await desk.claim("c1", ALI)
    assert refused.value.owner == "zoe"
    with pytest.raises(AlreadyClaimed, match="you have"):
        await desk.claim("c1", ZOE)


async def test_nobody_speaks_into_a_conversation_of_another(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    for act in (desk.reply("c1", ALI, "Me too"), desk.resolve("c1", ALI), desk.hand_back("c1", ALI)):
        with pytest.raises(NotYourTurn, match="zoe"):
            await act
    with pytest.raises(NotYourTurn, match="zoe"):
        await desk.reply("c1", LEA, "I take that")


async def test_a_lead_may_end_what_a_colleague_has(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    released = await desk.release("c1", LEA)
    assert released.event == Released("zoe", by="lea")
    assert await owner(stores) == WAITING


async def test_a_colleague_is_given_a_conversation(stores: Stores, desk: Desk) -> None:
    assert (await desk.assign("c1", ZOE, ALI)).event == PersonAssigned("ali", "Ali", by="zoe")
    with pytest.raises(AlreadyClaimed, match="Ali has this conversation already"):
        await desk.assign("c1", LEA, ALI)
    tom = an_agent("tom")
    with pytest.raises(AlreadyClaimed, match="ali has"):
        await desk.assign("c1", tom, tom)
    assert (await desk.assign("c1", ALI, ZOE)).event == PersonAssigned("zoe", "Zoé Martin", by="ali")
    assert (await desk.assign("c1", LEA, LEA)).event == PersonJoined("lea", "Lea")
    assert await owner(stores) == person("lea")


async def test_what_was_given_by_mistake_is_taken_back_while_nobody_has_come(
    stores: Stores, desk: Desk
) -> None:
    await desk.assign("c1", ZOE, ALI)
    assert (await desk.release("c1", ZOE)).event == Released("ali", by="zoe")
    await desk.assign("c1", ZOE, ALI)
    assert (await desk.assign("c1", ZOE, LEA)).event == PersonAssigned("lea", "Lea", by="zoe")
    assert (await desk.assign("c1", ZOE, ZOE)).event == PersonJoined("zoe", "Zoé Martin")


async def test_whoever_gave_a_conversation_may_do_no_more_than_take_it_back(
    stores: Stores, desk: Desk
) -> None:
    await desk.assign("c1", ZOE, ALI)
    with pytest.raises(AlreadyClaimed, match="ali has"):
        await desk.claim("c1", ZOE)
    for act in (
        desk.reply("c1", ZOE, "Hello"),
        desk.resolve("c1", ZOE),
        desk.hand_back("c1", ZOE),
        desk.mark_spam("c1", ZOE),
        desk.transfer("c1", ZOE, "orders"),
        desk.snooze("c1", ZOE, MONDAY + timedelta(days=1)),
    ):
        with pytest.raises(NotYourTurn, match="ali"):
            await act


@pytest.mark.parametrize("how", ["comes", "writes", "is given it by a lead", "passed it on"])
async def test_it_cannot_be_taken_back_once_it_is_with_somebody(stores: Stores, desk: Desk, how: str) -> None:
    await desk.assign("c1", ZOE, ALI)
    match how:
        case "comes":
            await desk.claim("c1", ALI)
        case "writes":
            await desk.reply("c1", ALI, "Hello")
        case "is given it by a lead":
            await desk.assign("c1", LEA, an_agent("tom"))
        case _:
            await desk.assign("c1", ALI, an_agent("tom"))
    with pytest.raises(NotYourTurn):
        await desk.release("c1", ZOE)
    with pytest.raises(AlreadyClaimed):
        await desk.assign("c1", ZOE, ZOE)


async def test_who_is_given_a_conversation_has_not_come_yet(stores: Stores, desk: Desk) -> None:
    await desk.assign("c1", LEA, ALI)
    assert (await state_of(stores.log, "c1")).is_waiting
    with pytest.raises(AlreadyClaimed, match="ali has"):
        await desk.claim("c1", ZOE)
    assert (await desk.claim("c1", ALI)).event == PersonJoined("ali", "Ali")
    assert not (await state_of(stores.log, "c1")).is_waiting
    with pytest.raises(AlreadyClaimed, match="you have"):
        await desk.claim("c1", ALI)


async def test_who_writes_to_a_customer_they_were_given_has_come(stores: Stores, desk: Desk) -> None:
    await desk.assign("c1", LEA, ALI)
    await desk.note("c1", ALI, "I look at it after lunch")
    assert (await state_of(stores.log, "c1")).is_waiting, "among colleagues"
    await desk.reply("c1", ALI, "Hello")
    assert not (await state_of(stores.log, "c1")).is_waiting
    with pytest.raises(AlreadyClaimed, match="you have"):
        await desk.claim("c1", ALI)


async def test_who_had_a_person_waits_again_for_another_one(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    await desk.reply("c1", ZOE, "My colleague knows more about it.")
    await desk.assign("c1", ZOE, ALI)
    ticket = await stores.queue.of("c1")
    assert ticket is not None
    assert (ticket.status, ticket.claimed_by, ticket.replies) == (Status.ASSIGNED, "ali", 1)
    assert ticket.waiting_since is not None
    assert await a_reception(stores.log).return_to_bot("c1") is not None, "or goes back to the bot"


async def test_nobody_gives_anything_to_who_has_left(stores: Stores, desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="closed"):
        await desk.assign("c1", LEA, an_agent("tom", active=False))


async def test_a_reply_sent_twice_is_there_once(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    first = await desk.reply("c1", ZOE, "Hello", client_id="r1")
    assert await desk.reply("c1", ZOE, "Hello", client_id="r1") == first
    await desk.resolve("c1", ZOE)
    assert await desk.reply("c1", ZOE, "Hello", client_id="r1") == first
    with pytest.raises(NotYourTurn):
        await desk.reply("c1", ZOE, "Hello", client_id="r2")
    assert (await ticket(stores)).replies == 1


async def test_a_customer_cannot_stop_a_reply_by_guessing_its_id(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    await happens(stores, MessageReceived("r1", "Hello?"))
    assert (await desk.reply("c1", ZOE, "Hello", client_id="r1")).event == ReplySent(
        "zoe", "Hello", "Zoé Martin", "r1"
    )


async def test_an_internal_note_is_for_colleagues_whoever_has_the_conversation(
    stores: Stores, desk: Desk
) -> None:
    await desk.claim("c1", ZOE)
    note = await desk.note("c1", ALI, "He called yesterday")
    assert note.event == NoteWritten("ali", "He called yesterday")
    assert not isinstance(note.event, CUSTOMER_SEES)
    assert (await ticket(stores)).replies == 0


@pytest.mark.parametrize("text", ["", "  \n ", "\x00"])
async def test_nothing_is_not_sent(desk: Desk, text: str) -> None:
    await desk.claim("c1", ZOE)
    with pytest.raises(NothingWritten):
        await desk.reply("c1", ZOE, text)
    with pytest.raises(NothingWritten):
        await desk.note("c1", ZOE, text)


async def test_a_novel_is_not_sent(desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    with pytest.raises(TooLong, match="20001 characters"):
        await desk.reply("c1", ZOE, "x" * 20_001)


async def test_another_team_takes_over(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    await desk.transfer("c1", ZOE, "orders")
    moved = await ticket(stores)
    assert (moved.team, moved.status, await owner(stores)) == ("orders", Status.OPEN, WAITING)
    with pytest.raises(UnknownTeam, match="support, orders"):
        await desk.transfer("c1", ZOE, "order")


async def test_the_bot_goes_on_after_a_hand_back(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    await happens(stores, MessageReceived("m2", "And for a gift?"))
    await desk.hand_back("c1", ZOE)
    assert await owner(stores) == BOT
    assert await a_reception(stores.log).answer("c1") is not None
    assert (await ticket(stores)).closed_how is Closing.HANDED_BACK


async def test_what_the_customer_adds_is_not_closed_away(stores: Stores) -> None:
    desk = Desk(stores.log, Clock())
    await desk.claim("c1", ZOE)
    seen = await state_of(stores.log, "c1")
    await happens(stores, MessageReceived("m2", "One more thing"))

    class SeesTheOld:
        async def state(self, conversation_id: str) -> object:
            return seen

        def __getattr__(self, name: str) -> object:
            return getattr(stores.log, name)

    with pytest.raises(MessagesChanged):
        await Desk(SeesTheOld(), Clock()).resolve("c1", ZOE)  # type: ignore[arg-type]
    assert await owner(stores) == person("zoe")


async def test_words_and_the_end_in_one(stores: Stores, desk: Desk) -> None:
    await desk.claim("c1", ZOE)
    await desk.reply_and_resolve("c1", ZOE, "It is on its way.")
    closed = await ticket(stores)
    assert (closed.answer, closed.closed_how, closed.closed_by) == (
        "It is on its way.",
        Closing.RESOLVED,
        "zoe",
    )


async def test_spam_goes_and_comes_back_when_it_was_none(stores: Stores, desk: Desk) -> None:
    await desk.mark_spam("c1", ZOE)
    assert await owner(stores) == NOBODY
    await desk.reopen("c1", ALI)
    again = await ticket(stores)
    assert (again.status, again.closed_how, await owner(stores)) == (Status.OPEN, None, WAITING)


async def test_two_conversations_of_one_customer_become_one(stores: Stores, desk: Desk) -> None:
    await escalated(stores, "c2")
    with pytest.raises(NotTheSameCustomer):
        await desk.merge("c1", ZOE, into="c2")
    await happens(stores, ContactLeft("Jean@Example.com"))
    await happens(stores, ContactLeft("jean@example.com"), "c2")
    await desk.merge("c1", ZOE, into="c2")
    merged = await ticket(stores)
    assert (merged.closed_how, merged.merged_into) == (Closing.MERGED, "c2")
    assert (await ticket(stores, "c2")).status is Status.OPEN


async def test_whom_the_company_vouches_for_is_not_sent_to_where_anybody_may_read(
    stores: Stores, desk: Desk
) -> None:
    await escalated(stores, "c2")
    await happens(stores, CustomerIdentified(Customer("42", "Jean", "jean@example.com")))
    await happens(stores, ContactLeft("jean@example.com"), "c2")
    with pytest.raises(NotTheSameCustomer):
        await desk.merge("c1", ZOE, into="c2")
    await happens(stores, CustomerIdentified(Customer("42", "Jean")), "c2")
    await desk.merge("c1", ZOE, into="c2")


async def test_a_conversation_is_not_merged_into_itself(stores: Stores, desk: Desk) -> None:
    await happens(stores, ContactLeft("jean@example.com"))
    with pytest.raises(NotTheSameCustomer):
        await desk.merge("c1", ZOE, into="c1")


async def test_what_is_put_aside_is_seen_again_when_the_customer_writes(stores: Stores, desk: Desk) -> None:
    await desk.snooze("c1", ZOE, MONDAY + timedelta(days=1))
    assert (await ticket(stores)).is_snoozed
    await happens(stores, MessageReceived("m2", "Hello?"))
    assert not (await ticket(stores)).is_snoozed
    await desk.snooze("c1", ZOE, MONDAY + timedelta(days=1))
    await desk.wake("c1", ALI)
    assert not (await ticket(stores)).is_snoozed
    with pytest.raises(WakesInThePast):
        await desk.snooze("c1", ZOE, MONDAY)


async def test_tags_are_kept_once_and_can_be_taken_off(stores: Stores, desk: Desk) -> None:
    for tag in ("#Livraison", "livraison ", "a|b"):
        await desk.tag("c1", ZOE, tag)
    assert (await ticket(stores)).tags == ("livraison", "a b")
    await desk.untag("c1", ZOE, "LIVRAISON")
    assert (await ticket(stores)).tags == ("a b",)
    with pytest.raises(NothingWritten):
        await desk.tag("c1", ZOE, " # ")


async def test_urgent_goes_first(stores: Stores, desk: Desk) -> None:
    await desk.prioritise("c1", ZOE, Priority.URGENT)
    assert (await ticket(stores)).priority is Priority.URGENT


async def test_an_answer_of_the_bot_is_judged_and_corrected(stores: Stores, desk: Desk) -> None:
    reviewed = await desk.review("c1", ZOE, 3, Review.WRONG, " It is 30 days. ", note="")
    assert reviewed.event == AnswerReviewed(3, "zoe", Review.WRONG, "It is 30 days.", "")
    with pytest.raises(NoSuchAnswer):
        await desk.review("c1", ZOE, 2, Review.RIGHT)
    with pytest.raises(NotAllowed, match="only lead, admin"):
        await desk.published("c1", ZOE, 3, "returns-2")
    await desk.published("c1", LEA, 3, "returns-2")
    assert [j.published_as for j in await stores.reviews.of("c1")] == ["returns-2"]


async def test_a_conversation_of_the_bot_is_claimed_before_anything_is_done_to_it(
    stores: Stores, desk: Desk
) -> None:
    await stores.log.open("c2", ConversationOpened(), MONDAY)
    with pytest.raises(UnknownTransition, match="claim it first"):
        await desk.resolve("c2", ZOE)
    await desk.claim("c2", ZOE)
    await desk.resolve("c2", ZOE)
    with pytest.raises(UnknownTransition, match="reopen it first"):
        await desk.snooze("c2", ZOE, MONDAY + timedelta(days=1))
    with pytest.raises(UnknownTransition):
        await desk.claim("c2", ZOE)


async def test_an_unknown_conversation_is_told_so(desk: Desk) -> None:
    with pytest.raises(UnknownConversation):
        await desk.claim("nowhere", ZOE)
    with pytest.raises(UnknownConversation):
        await desk.tag("nowhere", ZOE, "x")


def test_what_no_role_lists_nobody_may() -> None:
    assert all(May.MANAGE_ROSTER not in ALLOWED[role] for role in (Role.AGENT, Role.LEAD))
    assert set(ALLOWED) == set(Role)
    assert ALLOWED[Role.AGENT] < ALLOWED[Role.LEAD] < ALLOWED[Role.ADMIN] == set(May)
    assert not any(may(an_agent(active=False, role=Role.ADMIN), what) for what in May)


ACTS: dict[str, Callable[[Desk, Agent], Awaitable[LoggedEvent]]] = {
    "claim": lambda desk, who: desk.claim("c1", who),
    "assign": lambda desk, who: desk.assign("c1", who, ZOE),
    "release": lambda desk, who: desk.release("c1", who),
    "transfer": lambda desk, who: desk.transfer("c1", who, "orders"),
    "hand_back": lambda desk, who: desk.hand_back("c1", who),
    "reply": lambda desk, who: desk.reply("c1", who, "Hello"),
    "reply_and_resolve": lambda desk, who: desk.reply_and_resolve("c1", who, "Hello"),
    "edit_reply": lambda desk, who: desk.edit_reply("c1", who, 3, "Hello!"),
    "withdraw_reply": lambda desk, who: desk.withdraw_reply("c1", who, 3),
    "note": lambda desk, who: desk.note("c1", who, "Hello"),
    "resolve": lambda desk, who: desk.resolve("c1", who),
    "mark_spam": lambda desk, who: desk.mark_spam("c1", who),
    "merge": lambda desk, who: desk.merge("c1", who, "c2"),
    "reopen": lambda desk, who: desk.reopen("c1", who),
    "snooze": lambda desk, who: desk.snooze("c1", who, MONDAY + timedelta(days=1)),
    "wake": lambda desk, who: desk.wake("c1", who),
    "tag": lambda desk, who: desk.tag("c1", who, "x"),
    "untag": lambda desk, who: desk.untag("c1", who, "x"),
    "prioritise": lambda desk, who: desk.prioritise("c1", who, Priority.LOW),
    "review": lambda desk, who: desk.review("c1", who, 3, Review.RIGHT),
    "published": lambda desk, who: desk.published("c1", who, 3, "returns"),
}


@pytest.mark.parametrize("act", ACTS)
async def test_who_has_left_can_do_nothing_at_all(stores: Stores, desk: Desk, act: str) -> None:
    before = await stores.log.read("c1")
    with pytest.raises(NotAllowed, match="closed"):
        await ACTS[act](desk, an_agent("tom", Role.ADMIN, active=False))
    assert await stores.log.read("c1") == before


def test_every_act_of_the_desk_is_among_those() -> None:
    assert set(ACTS) == {name for name in vars(Desk) if not name.startswith("_")}
