"""How a conversation ends, in the words of the overview."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation import State, step
from bot.decisions import Clarify, Decision, EntryLink, SmallTalk
from bot.events import (
    AnswerJudged,
    Author,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    Event,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    Reopened,
    ReplySent,
)
from escalation.endings import Ending, ending_of
from escalation.facts import ConversationFacts, next_facts
from tests.builders import MONDAY, an_answer, an_escalation

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Story:
    """A conversation, event by event; it was opened on Monday at nine."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.position = self.given = 0
        self.state: State | None = None
        self.facts: ConversationFacts | None = None
        self.happens(ConversationOpened())

    def happens(self, *events: Event) -> Story:
        for event in events:
            self.now += timedelta(seconds=10)
            self.position += 1
            logged = LoggedEvent(self.position, "c", self.position, self.now, Author.SYSTEM, event)
            self.state = step(self.state, logged)
            self.facts = next_facts(self.facts, logged, self.state)
        return self

    def after(self, span: timedelta) -> Story:
        self.now += span
        return self

    def asks(self, outcome: Decision | None = None, **trace: str) -> Story:
        self.happens(MessageReceived(f"m{self.position}", "?"))
        given = OutcomeGiven(outcome or an_answer(), (self.position,), 0.9, {"understanding": trace})
        self.happens(given)
        self.given = self.position
        return self

    def thumb(self, useful: bool) -> Story:
        return self.happens(AnswerJudged(self.given, useful))

    def ending(self, later: timedelta = 2 * DAY) -> Ending | None:
        assert self.facts is not None
        return ending_of(self.facts, self.now + later)


def thanks(story: Story) -> Story:
    return story.asks(SmallTalk("You're welcome."), talk="thanks")


CLARIFY = Clarify("A or B?", (EntryLink("a", "A"), EntryLink("b", "B")))
ZOE = PersonJoined("zoe")


@pytest.mark.parametrize(
    ("story", "ending"),
    [
        (Story(), None),
        (Story().asks(), Ending.ASSUMED),
        (Story().asks().thumb(True), Ending.CONFIRMED),
        (Story().asks().thumb(False), Ending.ABANDONED),
        (Story().asks().thumb(False).thumb(True), Ending.CONFIRMED),
        (Story().asks().thumb(False).asks(), Ending.ASSUMED),
        (thanks(Story().asks()), Ending.CONFIRMED),
        (thanks(Story().asks(CLARIFY)), Ending.ABANDONED),
        (Story().asks().asks(SmallTalk("Hello."), talk="greeting"), Ending.ASSUMED),
        (Story().asks().asks(SmallTalk("Yes."), kind="confirms"), Ending.CONFIRMED),
        (thanks(Story()), Ending.ABANDONED),
        (thanks(Story().asks()).asks(), Ending.ASSUMED),
        (Story().asks(SmallTalk("Hello."), talk="greeting"), Ending.ABANDONED),
        (Story().asks(CLARIFY), Ending.ABANDONED),
        (Story().asks().happens(ConversationRated(5)), Ending.CONFIRMED),
        (Story().asks().happens(ConversationRated(3)), Ending.ASSUMED),
        (Story().asks().happens(ConversationRated(1)), Ending.ABANDONED),
        (Story().asks(an_escalation()), Ending.ESCALATED),
        (Story().happens(OutcomeGiven(an_escalation(), (), 0.0)), Ending.ESCALATED),
        (Story().asks(an_escalation()).happens(HandedBack()).asks().thumb(True), Ending.ESCALATED),
        (Story().asks().happens(ZOE, ReplySent("zoe", "Hello")), Ending.ESCALATED),
        (Story().asks(an_escalation()).happens(ZOE, MarkedSpam("zoe")), None),
    ],
)
def test_each_ends_as_the_customer_left_it(story: Story, ending: Ending | None) -> None:
    assert story.ending() is ending


def test_a_conversation_is_under_way_until_nobody_has_said_anything_for_a_day() -> None:
    story = Story().asks()
    assert story.ending(23 * HOUR) is Ending.UNDER_WAY
    assert story.ending(24 * HOUR) is Ending.ASSUMED
    assert story.happens(ConversationResolved()).ending(HOUR) is Ending.ASSUMED


@pytest.mark.parametrize(
    ("pause", "ending"),
    [
        (23 * HOUR, Ending.ASSUMED),
        (25 * HOUR, Ending.REOPENED),
        (6 * DAY, Ending.REOPENED),
        (8 * DAY, Ending.ASSUMED),
    ],
)
def test_who_comes_back_within_a_week_was_not_helped(pause: timedelta, ending: Ending) -> None:
    assert Story().asks().after(pause).asks().ending() is ending


def test_who_comes_back_to_say_thanks_was_helped() -> None:
    assert thanks(Story().asks().happens(ConversationResolved()).after(HOUR)).ending() is Ending.CONFIRMED
    assert thanks(Story().asks().after(2 * DAY)).ending() is Ending.CONFIRMED


def test_what_people_settled_and_the_customer_reopens_was_not_settled() -> None:
    def settled() -> Story:
        return Story().asks(an_escalation()).happens(ZOE, ReplySent("zoe", "So"), ConversationResolved("zoe"))

    assert settled().ending() is Ending.ESCALATED
    assert settled().after(HOUR).asks().ending() is Ending.REOPENED
    assert settled().after(HOUR).happens(Reopened("zoe")).ending() is Ending.REOPENED
    assert settled().happens(Reopened("zoe")).ending() is Ending.ESCALATED


def test_who_waits_for_people_for_two_days_and_asks_again_does_not_come_back() -> None:
    story = Story().asks(an_escalation()).after(2 * DAY).happens(MessageReceived("m", "Anybody?"), ZOE)
    assert story.ending() is Ending.ESCALATED


def test_a_spammer_who_is_let_in_again_counts() -> None:
    spam = Story().asks(an_escalation()).happens(MarkedSpam("zoe"))
    assert spam.ending() is None
    assert spam.happens(Reopened("zoe")).ending() is Ending.ESCALATED
