"""A customer writes: it is kept, and answered once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest

from bot.asked import Response
from bot.conversation import BOT, WAITING, State, fold, person
from bot.decisions import Escalate, Reason
from bot.events import (
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    Customer,
    Event,
    HandedBack,
    LoggedEvent,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    ReplySent,
    TranscriptRequested,
    TurnDropped,
)
from bot.log import ConversationLog, Expected, LogUnavailable, UnknownConversation, state_of
from bot.reception import (
    AddressInvalid,
    ClientIdInvalid,
    MessageEmpty,
    MessageTooLong,
    NothingToJudge,
    RatingInvalid,
    Reception,
)
from bot.store.memory import MemoryLog
from tests.builders import MONDAY, ScriptedResponder, a_reception, an_answer, an_escalation, told


@pytest.fixture
async def log() -> MemoryLog:
    log = MemoryLog()
    await log.open("c1", ConversationOpened(), MONDAY)
    return log


async def outcomes(log: ConversationLog, conversation_id: str = "c1") -> list[OutcomeGiven]:
    return [e.event for e in await log.read(conversation_id) if isinstance(e.event, OutcomeGiven)]


async def happens(log: ConversationLog, event: Event) -> None:
    await log.append("c1", event, Author.STAFF, None, MONDAY)


def given(logged: LoggedEvent | None) -> OutcomeGiven:
    assert logged is not None
    assert isinstance(logged.event, OutcomeGiven)
    return logged.event


async def test_a_question_is_kept_and_answered(log: MemoryLog) -> None:
    reception = a_reception(log)
    outcome = await reception.handle("c1", "m1", "How do I return a chair?")
    assert given(outcome).outcome == an_answer("How do I return a chair?")
    assert [type(e.event) for e in await log.read("c1")] == [
        ConversationOpened,
        MessageReceived,
        OutcomeGiven,
    ]


async def test_a_conversation_is_opened_at_the_door() -> None:
    log = MemoryLog()
    reception = a_reception(log)
    with pytest.raises(UnknownConversation):
        await reception.receive("c1", "m1", "Hello?")
    await reception.open("c1", "fr", "widget")
    await reception.open("c1", "en", "widget")
    assert (await state_of(log, "c1")).language == "fr"


async def test_a_burst_is_answered_together(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    reception = a_reception(log, responder)
    for n, text in enumerate(["Hello", "my chair", "is broken"]):
        await reception.receive("c1", f"m{n}", text)
    assert given(await reception.answer("c1")).answers == (2, 3, 4)
    assert responder.asked[0].messages == ("Hello", "my chair", "is broken")


async def test_what_is_written_while_the_bot_composes_is_answered_with_the_rest(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    reception = a_reception(log, responder)
    responder.meanwhile = lambda: reception.receive("c1", "m2", "the red one")
    assert given(await reception.handle("c1", "m1", "My chair")).answers == (2, 3)
    assert len(await outcomes(log)) == 1


async def test_what_is_written_while_the_customer_settles_is_answered_once(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    reception = a_reception(log, responder, settle=0.02)

    async def writes(n: int) -> LoggedEvent | None:
        await asyncio.sleep(0.01 * n)
        return await reception.handle("c1", f"m{n}", f"line {n}")

    results = await asyncio.gather(*(writes(n) for n in range(3)))
    assert [asked.messages for asked in responder.asked] == [("line 0", "line 1", "line 2")]
    assert sum(result is not None for result in results) == 1


async def test_who_never_stops_writing_is_answered_all_the_same(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    reception = a_reception(log, responder, restarts=2)

    async def keeps_writing() -> None:
        await reception.receive("c1", f"m{len(responder.asked)}", "and another thing")
        responder.meanwhile = keeps_writing

    responder.meanwhile = keeps_writing
    assert given(await reception.handle("c1", "m0", "Hello")).answers == (2, 3, 4)
    assert (await state_of(log, "c1")).unanswered_positions == (5,)


async def test_the_bot_drops_what_it_had_when_a_person_comes_in(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    responder.meanwhile = lambda: happens(log, PersonJoined("Zoé"))
    assert await a_reception(log, responder).handle("c1", "m1", "My chair") is None
    assert await outcomes(log) == []
    last = (await log.read("c1"))[-1]
    assert isinstance(last.event, TurnDropped)
    assert (last.event.answers, last.author) == ((2,), Author.SYSTEM)


async def test_the_bot_starts_again_when_the_person_has_handed_back_meanwhile(log: MemoryLog) -> None:
    responder = ScriptedResponder()

    async def comes_and_goes() -> None:
        await happens(log, PersonJoined("Zoé"))
        await happens(log, HandedBack())

    responder.meanwhile = comes_and_goes
    assert given(await a_reception(log, responder).handle("c1", "m1", "My chair")).answers == (2,)
    assert len(responder.asked) == 2


@pytest.mark.parametrize("people", [(PersonJoined("Zoé"),), (PersonJoined("Zoé"), ReplySent("Zoé", "Yes?"))])
async def test_the_bot_is_silent_while_a_person_talks(log: MemoryLog, people: tuple[Event, ...]) -> None:
    responder = ScriptedResponder()
    for event in people:
        await happens(log, event)
    assert await a_reception(log, responder).handle("c1", "m1", "My chair") is None
    assert responder.asked == []


async def test_the_bot_is_silent_while_the_customer_waits_for_a_person(log: MemoryLog) -> None:
    responder = ScriptedResponder(an_escalation())
    reception = a_reception(log, responder)
    await reception.handle("c1", "m1", "My lawyer will write to you")
    assert await reception.handle("c1", "m2", "Hello?") is None
    assert (await state_of(log, "c1")).owner == WAITING


async def test_a_resolved_conversation_is_answered_afresh(log: MemoryLog) -> None:
    responder = ScriptedResponder(an_escalation())
    reception = a_reception(log, responder)
    await reception.handle("c1", "m1", "My lawyer will write to you")
    await happens(log, ConversationResolved())
    assert given(await reception.handle("c1", "m2", "How do I pay?")).outcome == an_answer("How do I pay?")
    assert responder.asked[1].exchanges == ()


async def test_a_retried_message_is_answered_once(log: MemoryLog) -> None:
    reception = a_reception(log)
    first = await reception.receive("c1", "m1", "My chair")
    await reception.answer("c1")
    assert await reception.receive("c1", "m1", "My chair") == first
    assert await reception.handle("c1", "m1", "My chair") is None
    assert len(await outcomes(log)) == 1


async def test_two_doors_of_one_process_do_not_compose_twice(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    reception = a_reception(log, responder)
    await asyncio.gather(*(reception.handle("c1", "m1", "My chair") for _ in range(5)))
    assert len(responder.asked) == 1


async def test_two_processes_answer_once(log: MemoryLog) -> None:
    one, two = ScriptedResponder(), ScriptedResponder()
    other = a_reception(log, two)
    one.meanwhile = lambda: other.answer("c1")
    assert await a_reception(log, one).handle("c1", "m1", "My chair") is None
    assert len(await outcomes(log)) == len(two.asked) == 1


async def test_a_broken_responder_gets_the_customer_a_person_and_hides_the_error(log: MemoryLog) -> None:
    responder = ScriptedResponder(RuntimeError("secret path /srv/model"))
    outcome = given(await a_reception(log, responder).handle("c1", "m1", "My chair"))
    assert outcome.outcome == Escalate("A colleague will answer you.", Reason.UNAVAILABLE)
    assert outcome.trace == {"error": {"type": "RuntimeError", "message": "secret path /srv/model"}}
    assert (await state_of(log, "c1")).owner == WAITING


async def test_the_last_resort_speaks_the_customers_language() -> None:
    log = MemoryLog()
    reception = a_reception(log, ScriptedResponder(RuntimeError("broken")))
    await reception.open("c1", "fr")
    assert given(await reception.handle("c1", "m1", "Ma chaise")).outcome.text == "Un collègue vous répondra."


async def test_a_responder_that_takes_too_long_gets_the_customer_a_person(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    responder.meanwhile = lambda: asyncio.sleep(60)
    outcome = given(await a_reception(log, responder, time_limit=0.01).handle("c1", "m1", "My chair"))
    assert isinstance(outcome.outcome, Escalate)
    assert outcome.trace["error"] == {"type": "TimeoutError", "message": "no response within 0.01 seconds"}


@pytest.mark.parametrize("confidence", [float("nan"), 1.5, -0.1])
async def test_a_confidence_that_is_none_is_an_error_of_the_responder(
    log: MemoryLog, confidence: float
) -> None:
    responder = ScriptedResponder(Response(an_answer(), confidence))
    outcome = given(await a_reception(log, responder).handle("c1", "m1", "My chair"))
    assert isinstance(outcome.outcome, Escalate)
    assert outcome.outcome.reason is Reason.UNAVAILABLE


async def test_a_trace_with_numbers_of_numpy_is_kept_as_plain_ones(log: MemoryLog) -> None:
    trace = {"score": np.float32(0.5), "all": np.array([1.0, 2.0]), "none": float("nan"), "set": {"a"}}
    responder = ScriptedResponder(Response(an_answer(), 0.5, trace))
    outcome = given(await a_reception(log, responder).handle("c1", "m1", "My chair"))
    assert outcome.trace == {"score": 0.5, "all": [1.0, 2.0], "none": None, "set": ["a"]}


class FailsToGive:
    """A log whose disk is full whenever an outcome is to be written, as often as it is told."""

    def __init__(self, log: MemoryLog, times: int) -> None:
        self._log = log
        self._times = times

    async def open(self, conversation_id: str, opened: ConversationOpened, now: datetime) -> LoggedEvent:
        return await self._log.open(conversation_id, opened, now)

    async def append(
        self, conversation_id: str, event: Event, author: Author, expected: Expected | None, now: datetime
    ) -> LoggedEvent:
        if isinstance(event, OutcomeGiven) and self._times:
            self._times -= 1
            raise LogUnavailable("The disk is full.")
        return await self._log.append(conversation_id, event, author, expected, now)

    async def read(self, conversation_id: str) -> Sequence[LoggedEvent]:
        return await self._log.read(conversation_id)

    async def state(self, conversation_id: str) -> State:
        return await self._log.state(conversation_id)

    async def after(self, sequence: int, limit: int) -> Sequence[LoggedEvent]:
        return await self._log.after(sequence, limit)

    async def unanswered(self) -> Sequence[str]:
        return await self._log.unanswered()


async def test_what_could_not_be_written_is_answered_after_the_restart(log: MemoryLog) -> None:
    reception = a_reception(FailsToGive(log, times=1))
    with pytest.raises(LogUnavailable):
        await reception.handle("c1", "m1", "My chair")
    assert (await state_of(log, "c1")).unanswered_positions == (2,)
    resumed = await a_reception(log).resume()
    assert [given(e).answers for e in resumed] == [(2,)]
    assert await a_reception(log).resume() == []


async def test_one_conversation_that_fails_does_not_hold_up_the_others(log: MemoryLog) -> None:
    await log.open("c2", ConversationOpened(), MONDAY)
    reception = a_reception(FailsToGive(log, times=1))
    await reception.receive("c1", "m1", "My chair")
    await reception.receive("c2", "m1", "My table")
    assert [e.conversation_id for e in await reception.resume()] == ["c2"]
    assert list(await log.unanswered()) == ["c1"]


async def test_a_thumb_down_reaches_the_next_turn_as_a_failure(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    reception = a_reception(log, responder)
    await reception.handle("c1", "m1", "My chair")
    await reception.judge("c1", 3, useful=False, comment="it is a table")
    await reception.handle("c1", "m2", "My table")
    second = responder.asked[1]
    assert (second.failures, second.language) == (1, "en")
    assert [(e.question, e.position) for e in second.exchanges] == [("My chair", 3)]


async def test_only_what_the_bot_gave_can_be_judged(log: MemoryLog) -> None:
    reception = a_reception(log)
    await reception.handle("c1", "m1", "My chair")
    for position in (2, 99):
        with pytest.raises(NothingToJudge):
            await reception.judge("c1", position, useful=True)


async def test_who_asks_for_a_person_waits_for_one(log: MemoryLog) -> None:
    reception = a_reception(log)
    outcome = given(await reception.request_person("c1"))
    assert outcome.outcome == Escalate("A colleague is on the way.", Reason.ASKED_FOR_PERSON)
    assert await reception.request_person("c1") is None
    assert (await state_of(log, "c1")).owner == WAITING


async def test_who_asks_for_a_person_while_the_bot_composes_hears_the_bot_no_more(log: MemoryLog) -> None:
    responder = ScriptedResponder()
    reception = a_reception(log, responder)
    responder.meanwhile = lambda: reception.request_person("c1")
    assert await reception.handle("c1", "m1", "My chair") is None
    assert [(o.answers, o.outcome.kind) for o in await outcomes(log)] == [((2,), "escalate")]


async def test_a_hand_back_leaves_the_bot_what_nobody_answered(log: MemoryLog) -> None:
    reception = a_reception(log)
    await happens(log, PersonJoined("Zoé"))
    await reception.handle("c1", "m1", "My chair")
    await happens(log, HandedBack())
    assert given(await reception.answer("c1")).answers == (3,)
    assert (await state_of(log, "c1")).owner == BOT


@pytest.fixture
def reception(log: MemoryLog) -> Reception:
    return a_reception(log, longest=10)


@pytest.mark.parametrize("text", ["", "  \n", "\x00", "\ud83e"])
async def test_an_empty_message_is_refused(reception: Reception, text: str) -> None:
    with pytest.raises(MessageEmpty):
        await reception.receive("c1", "m1", text)


async def test_a_huge_message_is_refused_with_its_size(reception: Reception) -> None:
    with pytest.raises(MessageTooLong, match="has 11 characters, at most 10"):
        await reception.receive("c1", "m1", "a" * 11)
    with pytest.raises(MessageTooLong):
        await reception.judge("c1", (await _answered(reception)).position, useful=False, comment="a" * 11)


async def _answered(reception: Reception) -> LoggedEvent:
    outcome = await reception.handle("c1", "m1", "My chair")
    assert outcome is not None
    return outcome


@pytest.mark.parametrize("client_id", ["", "x" * 201, "a\x00"])
async def test_a_client_id_is_short_and_readable(reception: Reception, client_id: str) -> None:
    with pytest.raises(ClientIdInvalid):
        await reception.receive("c1", client_id, "Hello")


async def test_what_no_database_stores_is_left_out_of_a_message(reception: Reception, log: MemoryLog) -> None:
    await reception.receive("c1", "m1", "a\x00b\udc00c 🪑")
    assert (await log.read("c1"))[-1].event == MessageReceived("m1", "abc 🪑")


async def test_a_customer_asks_for_the_transcript_and_nothing_else_changes(log: MemoryLog) -> None:
    before = await state_of(log, "c1")
    requested = await a_reception(log).request_transcript("c1", " zoe@shop.example ")
    assert (requested.event, requested.author) == (TranscriptRequested("zoe@shop.example"), Author.CUSTOMER)
    after = await state_of(log, "c1")
    assert (after.owner, after.epoch, after.contact) == (before.owner, before.epoch, None)


@pytest.mark.parametrize("email", ["", "zoe", "zoe@shop", "a@b.example\r\nBcc: all@b.example"])
async def test_what_is_no_address_gets_no_transcript(log: MemoryLog, email: str) -> None:
    with pytest.raises(AddressInvalid):
        await a_reception(log).request_transcript("c1", email)
    assert len(await log.read("c1")) == 1


async def test_a_person_can_be_asked_for_before_a_word_was_said(log: MemoryLog) -> None:
    assert given(await a_reception(log).request_person("c1")).outcome == told(Reason.ASKED_FOR_PERSON, STATE)
    assert (await state_of(log, "c1")).owner == WAITING


STATE = fold([LoggedEvent(1, "c1", 1, MONDAY, Author.CUSTOMER, ConversationOpened())])


async def test_who_no_longer_wants_to_wait_is_with_the_bot_again(log: MemoryLog) -> None:
    reception = a_reception(log)
    await reception.request_person("c1")
    await reception.receive("c1", "m1", "Never mind: how do I return a chair?")
    returned = await reception.return_to_bot("c1")
    assert returned is not None
    assert (returned.event, returned.author) == (HandedBack(), Author.CUSTOMER)
    await reception.answer("c1")
    assert [outcome.answers for outcome in await outcomes(log)] == [(), (3,)]
    assert (await state_of(log, "c1")).owner == BOT
    assert await reception.return_to_bot("c1") is None


async def test_who_has_a_person_does_not_lose_them_by_a_button(log: MemoryLog) -> None:
    await happens(log, PersonJoined("zoe"))
    assert await a_reception(log).return_to_bot("c1") is None
    assert (await state_of(log, "c1")).owner == person("zoe")


async def test_a_person_who_comes_at_that_moment_stays(log: MemoryLog) -> None:
    class ComesFirst:
        async def state(self, conversation_id: str) -> State:
            state = await log.state(conversation_id)
            await happens(log, PersonJoined("zoe"))
            return state

        def __getattr__(self, name: str) -> object:
            return getattr(log, name)

    await a_reception(log).request_person("c1")
    assert await a_reception(ComesFirst()).return_to_bot("c1") is None  # type: ignore[arg-type]
    assert (await state_of(log, "c1")).owner == person("zoe")


async def test_an_address_is_left_once(log: MemoryLog) -> None:
    reception = a_reception(log)
    left = await reception.leave_contact("c1", "  jean.dupont+aide@maison.example ")
    assert left is not None
    assert left.event == ContactLeft("jean.dupont+aide@maison.example")
    assert await reception.leave_contact("c1", "jean.dupont+aide@maison.example") is None
    assert (await state_of(log, "c1")).contact == "jean.dupont+aide@maison.example"


@pytest.mark.parametrize(
    "address",
    ["", "jean", "jean@", "@maison.example", "jean@maison", "a b@maison.example", "a@b@maison.example",
     "jean@maison.example\nBcc: all@maison.example", "<jean@maison.example>", "x" * 250 + "@a.example",
     "jean@maison.e", "a,b@maison.example"],
)  # fmt: skip
async def test_what_is_no_address_is_refused(log: MemoryLog, address: str) -> None:
    with pytest.raises(AddressInvalid):
        await a_reception(log).leave_contact("c1", address)
    assert (await state_of(log, "c1")).contact is None


async def test_satisfaction_is_one_to_five_stars_with_a_word(log: MemoryLog) -> None:
    rated = await a_reception(log).rate("c1", 4, " merci ")
    assert rated.event == ConversationRated(4, " merci ")
    for stars in (0, 6):
        with pytest.raises(RatingInvalid):
            await a_reception(log).rate("c1", stars)
    with pytest.raises(MessageTooLong):
        await a_reception(log, longest=10).rate("c1", 5, "x" * 11)


async def test_the_responder_knows_which_site_and_which_customers_it_works_for() -> None:
    log, responder = MemoryLog(), ScriptedResponder()
    reception = a_reception(log, responder)
    await reception.open("c1", site="pro", customer=Customer("42", tier="gold"))
    await reception.handle("c1", "m1", "My chair?")
    assert (responder.asked[0].site, responder.asked[0].tier) == ("pro", "gold")
