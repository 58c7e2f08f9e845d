"""The fold: who owns a conversation, and what is still to be answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import (
    BOT,
    NOBODY,
    TRANSITIONS,
    WAITING,
    Act,
    AlreadyAnswered,
    Held,
    NotYourTurn,
    OutOfOrder,
    Owner,
    StillUnanswered,
    UnknownTransition,
    fold,
    person,
    step,
)
from bot.decisions import Priority, Reason, SmallTalk
from bot.events import (
    CUSTOMER_SEES,
    AnswerJudged,
    AnswerReviewed,
    ContactLeft,
    ConversationOpened,
    ConversationResolved,
    CorrectionPublished,
    Event,
    HandedBack,
    MarkedSpam,
    Measure,
    Merged,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonJoined,
    Prioritised,
    PromiseMade,
    Released,
    ReleaseReason,
    Reopened,
    ReplySent,
    Review,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Snoozed,
    Tagged,
    Transferred,
    TurnDropped,
    Untagged,
    Woken,
)
from tests.builders import MONDAY, an_answer, an_escalation, an_outcome, folded_stepwise, logged


def wrote(text: str = "How do I return a chair?", client_id: str = "m1") -> MessageReceived:
    return MessageReceived(client_id, text)


def test_a_new_conversation_belongs_to_the_bot() -> None:
    assert fold(logged()).owner == BOT


def test_an_answer_leaves_the_conversation_with_the_bot_and_nothing_to_answer() -> None:
    state = fold(logged(wrote(), an_outcome(2)))
    assert (state.owner, state.epoch, state.unanswered) == (BOT, 0, ())
    assert state.language == "en"


def test_an_escalation_puts_the_customer_in_the_queue() -> None:
    state = fold(logged(wrote(), an_outcome(2, outcome=an_escalation())))
    assert (state.owner, state.epoch) == (WAITING, 1)


def test_a_conversation_goes_from_bot_to_queue_to_person_and_back() -> None:
    events = logged(
        wrote(),
        an_outcome(2, outcome=an_escalation()),
        PersonJoined("Zoé"),
        ReplySent("Zoé", "Hello"),
        HandedBack(),
    )
    owners = [fold(events[:n]).owner for n in range(2, 7)]
    assert owners == [BOT, WAITING, person("Zoé"), person("Zoé"), BOT]
    assert fold(events).epoch == 3


def test_another_person_may_take_over_and_the_first_loses_the_word() -> None:
    events = logged(wrote(), PersonJoined("Zoé"), PersonJoined("Ali"))
    assert fold(events).owner == person("Ali")
    with pytest.raises(NotYourTurn):
        fold(logged(wrote(), PersonJoined("Zoé"), PersonJoined("Ali"), ReplySent("Zoé", "Hello")))


def test_a_customer_who_writes_to_a_resolved_conversation_is_with_the_bot_again() -> None:
    events = logged(
        wrote(),
        an_outcome(2, outcome=an_escalation()),
        PersonJoined("Zoé"),
        ConversationResolved(),
        wrote("And?"),
    )
    assert fold(events[:5]).owner == NOBODY
    state = fold(events)
    assert (state.owner, state.epoch, state.reopened_at) == (BOT, 4, events[-1].at)
    assert (state.exchanges, state.failures, state.last_outcome) == ((), 0, None)


def test_a_resolved_conversation_whose_customer_asks_for_a_person_waits_for_one() -> None:
    asked = OutcomeGiven(an_escalation(Reason.ASKED_FOR_PERSON), (), 0.0)
    state = fold(logged(wrote(), an_outcome(2), ConversationResolved(), asked))
    assert state.owner == WAITING


def test_what_a_customer_writes_to_people_is_theirs_to_answer() -> None:
    events = logged(wrote(), PersonJoined("Zoé"), wrote("Hello?"), ReplySent("Zoé", "Yes"))
    assert fold(events[:4]).unanswered_positions == (2, 4)
    assert fold(events).unanswered == ()


def test_what_no_person_answered_is_the_bots_after_a_hand_back() -> None:
    state = fold(logged(wrote(), PersonJoined("Zoé"), wrote("And for a gift?"), HandedBack()))
    assert (state.owner, state.unanswered_positions) == (BOT, (2, 4))


def test_what_a_person_answered_is_context_for_the_bot_after_a_hand_back() -> None:
    state = fold(logged(wrote("A chair?"), PersonJoined("Zoé"), ReplySent("Zoé", "Yes"), HandedBack()))
    assert [(e.question, e.outcome) for e in state.exchanges] == [("A chair?", None)]


def test_what_the_bot_gave_is_context_for_the_next_question() -> None:
    state = fold(logged(wrote("A chair?"), wrote("A red one"), an_outcome(2, 3)))
    assert [(e.question, e.outcome, e.position) for e in state.exchanges] == [
        ("A chair?\nA red one", an_answer(), 4)
    ]


@pytest.mark.parametrize("answers", [(2,), (9,), (3, 3)])
def test_no_message_is_answered_twice_or_out_of_nothing(answers: tuple[int, ...]) -> None:
    events = logged(wrote(), an_outcome(2), an_outcome(*answers))
    with pytest.raises(AlreadyAnswered):
        fold(events)


def test_an_answer_to_nothing_is_refused() -> None:
    with pytest.raises(AlreadyAnswered):
        fold(logged(an_outcome()))


def test_the_bot_may_answer_the_first_and_leave_the_second() -> None:
    assert fold(logged(wrote(), wrote(), an_outcome(2))).unanswered_positions == (3,)


def test_a_dropped_turn_changes_nothing() -> None:
    before, after = (fold(logged(wrote(), *more)) for more in ((), (TurnDropped((2,), "too late"),)))
    assert replace(after, position=before.position) == before


def test_the_bot_does_not_close_a_conversation_in_which_it_owes_an_outcome() -> None:
    with pytest.raises(StillUnanswered):
        fold(logged(wrote(), ConversationResolved()))


def test_a_released_conversation_is_in_the_queue_again_with_what_is_to_be_answered() -> None:
    events = logged(wrote(), PersonJoined("zoe"), wrote("Hello?"), Released("zoe", ReleaseReason.IDLE))
    state = fold(events)
    assert (state.owner, state.epoch, state.unanswered_positions) == (WAITING, 2, (2, 4))


def test_nobody_releases_what_another_has() -> None:
    with pytest.raises(NotYourTurn):
        fold(logged(wrote(), PersonJoined("zoe"), Released("ali")))


def test_a_transfer_to_another_team_is_a_place_in_its_queue() -> None:
    asked = an_outcome(2, outcome=an_escalation())
    assert fold(logged(wrote(), asked, Transferred("orders", "zoe"))).owner == WAITING
    assert fold(logged(wrote(), PersonJoined("zoe"), Transferred("orders", "zoe"))).owner == WAITING


def test_spam_needs_no_answer_and_a_colleague_may_take_it_back() -> None:
    events = logged(wrote(), PersonJoined("zoe"), wrote("buy pills"), MarkedSpam("zoe"), Reopened("lea"))
    assert (fold(events[:5]).owner, fold(events[:5]).unanswered) == (NOBODY, ())
    assert fold(events).owner == WAITING


def test_a_customer_who_went_on_elsewhere_is_with_the_bot_when_they_write_here_again() -> None:
    events = logged(wrote(), PersonJoined("zoe"), Merged("c2", "zoe"), wrote("And here?"))
    state = fold(events)
    assert (state.owner, state.unanswered_positions, state.last_message) == (BOT, (5,), "And here?")


def test_a_promise_is_made_to_those_only_who_wait_for_a_person() -> None:
    asked = an_outcome(2, outcome=an_escalation())
    assert fold(logged(wrote(), asked, PromiseMade("Later"))).owner == WAITING
    for before in ([], [PersonJoined("zoe")]):
        with pytest.raises(UnknownTransition):
            fold(logged(wrote(), *before, PromiseMade("Later")))


def test_what_colleagues_say_among_themselves_changes_nothing_for_the_customer() -> None:
    among_us: list[Event] = [
        NoteWritten("ali", "He called"),
        Tagged("returns", "zoe"),
        Untagged("returns", "zoe"),
        Prioritised(Priority.HIGH, "zoe"),
        Snoozed(MONDAY, "zoe"),
        Woken(),
        ServiceLevelWarned(Measure.RESOLUTION, MONDAY),
        ServiceLevelBreached(Measure.RESOLUTION, MONDAY),
        AnswerReviewed(2, "zoe", Review.WRONG),
        CorrectionPublished(2, "returns", "lea"),
    ]
    before = fold(logged(wrote(), PersonJoined("zoe")))
    after = fold(logged(wrote(), PersonJoined("zoe"), *among_us))
    assert replace(after, position=before.position) == before
    assert not any(isinstance(event, CUSTOMER_SEES) for event in among_us)


def test_the_address_that_was_left_is_remembered() -> None:
    assert (
        fold(logged(ContactLeft("a@b.example"), ContactLeft("jean@example.com"))).contact
        == "jean@example.com"
    )


def test_a_reopened_conversation_has_forgotten_what_was_said_last() -> None:
    events = logged(wrote("Old"), an_outcome(2), ConversationResolved())
    assert fold(events).last_message == "Old"
    asked = OutcomeGiven(an_escalation(Reason.ASKED_FOR_PERSON), (), 0.0)
    assert fold(logged(wrote("Old"), an_outcome(2), ConversationResolved(), asked)).last_message == ""
    again = fold(logged(wrote("Old"), an_outcome(2), ConversationResolved(), Reopened("lea")))
    assert again.last_message == "Old"


def test_only_the_last_exchanges_are_remembered() -> None:
    turns = [event for n in range(25) for event in (wrote(f"{n}", f"m{n}"), an_outcome(2 * n + 2))]
    exchanges = fold(logged(*turns)).exchanges
    assert [exchange.question for exchange in exchanges] == [f"{n}" for n in range(5, 25)]


class TestFailures:
    def failures(self, *events: Event) -> int:
        return fold(logged(wrote(), *events)).failures

    def test_a_thumb_down_counts_once_however_often_it_is_pressed(self) -> None:
        down = AnswerJudged(3, useful=False)
        assert self.failures(an_outcome(2), down, down) == 1

    def test_a_thumb_down_and_words_for_the_same_answer_count_once(self) -> None:
        no = wrote("No, that's not it")
        assert self.failures(an_outcome(2), AnswerJudged(3, False), no, an_outcome(5, rejected=True)) == 1

    def test_failures_in_a_row_add_up(self) -> None:
        no = wrote("No, that's not it")
        assert self.failures(an_outcome(2), no, an_outcome(4, rejected=True), AnswerJudged(5, False)) == 2

    def test_another_question_after_an_answer_that_stood_starts_anew(self) -> None:
        no, another = wrote("No"), wrote("How do I pay?")
        assert self.failures(an_outcome(2), no, an_outcome(4, rejected=True), another, an_outcome(6)) == 0

    def test_praise_starts_anew(self) -> None:
        assert self.failures(an_outcome(2), AnswerJudged(3, False), AnswerJudged(3, True)) == 0

    def test_small_talk_is_neither_success_nor_failure(self) -> None:
        hello = an_outcome(5, outcome=SmallTalk("Hello!"))
        assert self.failures(an_outcome(2), AnswerJudged(3, False), wrote("hi"), hello) == 1

    def test_a_thumb_on_an_old_answer_says_nothing_of_the_last(self) -> None:
        assert self.failures(an_outcome(2), wrote(), an_outcome(4), AnswerJudged(3, False)) == 0

    def test_people_start_without_the_bots_failures(self) -> None:
        assert self.failures(an_outcome(2), AnswerJudged(3, False), PersonJoined("Zoé")) == 0


EXAMPLES: dict[Act, Event] = {
    Act.MESSAGE: wrote(),
    Act.OUTCOME: an_outcome(2),
    Act.ESCALATION: an_outcome(2, outcome=an_escalation()),
    Act.JOIN: PersonJoined("Zoé"),
    Act.REPLY: ReplySent("Zoé", "Hello"),
    Act.TRANSFER: Transferred("orders", "zoe"),
    Act.RELEASE: Released("Zoé"),
    Act.PROMISE: PromiseMade("It takes longer."),
    Act.HAND_BACK: HandedBack(),
    Act.RESOLVE: ConversationResolved(),
    Act.DISMISS: MarkedSpam("Zoé"),
    Act.REOPEN: Reopened("Zoé"),
    Act.QUEUE_REMARK: Woken(),
    Act.REMARK: TurnDropped((), "late"),
}
OWNERS = {Held.BOT: BOT, Held.WAITING: WAITING, Held.PERSON: person("Zoé"), Held.NOBODY: NOBODY}


@pytest.mark.parametrize("held", Held)
@pytest.mark.parametrize("act", Act)
def test_what_the_table_does_not_allow_does_not_happen(held: Held, act: Act) -> None:
    state = replace(fold(logged(wrote())), owner=OWNERS[held])
    if (held, act) == (Held.BOT, Act.RESOLVE):
        state = replace(state, unanswered=())
    event = replace(logged(wrote(), EXAMPLES[act])[-1])
    if (held, act) in TRANSITIONS:
        assert step(state, event).owner.held is TRANSITIONS[held, act]
    else:
        with pytest.raises(UnknownTransition):
            step(state, event)


def test_a_conversation_is_opened_once_and_first() -> None:
    with pytest.raises(UnknownTransition):
        fold([])
    with pytest.raises(UnknownTransition):
        fold(logged(ConversationOpened()))
    with pytest.raises(UnknownTransition):
        fold([replace(logged(wrote())[1], position=1)])


def test_events_are_folded_in_their_order_only() -> None:
    first, second, third = logged(wrote(), wrote())
    with pytest.raises(OutOfOrder):
        fold([first, third, second])


def test_only_a_person_has_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        Owner(Held.PERSON)
    with pytest.raises(ValueError, match="name"):
        Owner(Held.BOT, "Zoé")


def test_folding_in_one_go_and_step_by_step_is_the_same() -> None:
    events = logged(wrote(), an_outcome(2, outcome=an_escalation()), PersonJoined("Zoé"), HandedBack())
    assert fold(events) == folded_stepwise(events)
