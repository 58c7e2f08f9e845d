"""The figures of the overview, recounted from nothing but the log, on every store."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.conversation import ConversationError, Held
from bot.decisions import Answer, Card, Clarify, Decision, EntryLink, Escalate, Reason, Route, SmallTalk
from bot.events import (
    AnswerJudged,
    AnswerReviewed,
    Author,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    CorrectionPublished,
    Event,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    Reopened,
    ReplySent,
    Review,
)
from escalation.endings import Ending
from escalation.reports import (
    Dimension,
    Overview,
    ReportsUnavailable,
    Scope,
    Share,
    Use,
    days_by,
    overview,
)
from escalation.store.sql_reports import SqlReports
from knowledge.entries import ResourceKind
from knowledge.store.database import open_database
from tests.builders import MONDAY, an_answer, an_escalation
from tests.stores import Stores, in_database, in_memory

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
NOW = MONDAY + 14 * DAY
FORTNIGHT = Scope(MONDAY, NOW)

CARD = Card("track", ResourceKind.PAGE, "Track my order", "", "https://example.com")
CLARIFY = Clarify("A or B?", (EntryLink("returns", "Returns"), EntryLink("refunds", "Refunds")))
OUTCOMES: tuple[Decision, ...] = (
    an_answer(),
    an_answer(),
    replace(an_answer(), hedged=True, card=CARD),
    Route("Here:", CARD),
    CLARIFY,
    SmallTalk("You're welcome."),
    an_escalation(),
    an_escalation(Reason.ASKED_FOR_PERSON),
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield in_memory()
        return
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        yield stores


class Life:
    """Conversations that go on at random, as far as the log lets them."""

    def __init__(self, stores: Stores, seed: int) -> None:
        self.stores = stores
        self.chance = random.Random(seed)

    async def conversation(self, id: str) -> None:
        chance = self.chance
        now = MONDAY - DAY + timedelta(seconds=chance.randrange(16 * 86400))
        site = chance.choice([None, "shop", "blog"])
        await self.stores.log.open(id, ConversationOpened(chance.choice(["fr", "en"]), site=site), now)
        for _ in range(chance.choice([0, 1, 2, 4, 8, 14])):
            now += chance.choice([timedelta(seconds=20), timedelta(hours=3), timedelta(hours=26), 8 * DAY])
            await self._something(id, now)

    async def _something(self, id: str, now: datetime) -> None:
        events = await self.stores.log.read(id)
        given = [e.position for e in events if isinstance(e.event, OutcomeGiven)]
        state = await self.stores.log.state(id)
        if state.owner.held is Held.BOT and state.unanswered:
            await self._append(id, self._outcome(state.unanswered_positions), now)
            return
        chance = self.chance
        which = chance.choice(given) if given else 0
        event = chance.choice(
            [
                MessageReceived(f"m{len(events)}", chance.choice(["Où est mon colis ?", "merci", "refund?"])),
                MessageReceived(f"n{len(events)}", "parcel"),
                OutcomeGiven(an_escalation(Reason.ASKED_FOR_PERSON), (), 0.0),
                PersonJoined(chance.choice(["zoe", "karim"])),
                ReplySent(state.owner.name or "zoe", "So."),
                HandedBack(state.owner.name),
                ConversationResolved("zoe"),
                MarkedSpam("zoe"),
                Reopened("zoe"),
                ConversationRated(chance.randint(1, 5)),
                AnswerJudged(which, chance.random() < 0.5, "hm"),
                AnswerReviewed(which, chance.choice(["zoe", "karim"]), chance.choice([None, *Review])),
                CorrectionPublished(which, "entry", "zoe"),
            ]
        )
        if which or not isinstance(event, AnswerJudged | AnswerReviewed | CorrectionPublished):
            await self._append(id, event, now)

    def _outcome(self, positions: tuple[int, ...]) -> OutcomeGiven:
        outcome = self.chance.choice(OUTCOMES)
        talk = self.chance.choice(["thanks", "greeting"]) if isinstance(outcome, SmallTalk) else None
        trace = {"understanding": {"talk": talk, "kind": "small_talk" if talk else "question"}}
        return OutcomeGiven(outcome, positions, 0.5, trace, self.chance.choice(["fr", "en"]))

    async def _append(self, id: str, event: Event, now: datetime) -> None:
        author = Author.CUSTOMER if isinstance(event, MessageReceived) else Author.STAFF
        try:
            await self.stores.log.append(id, event, author, None, now)
        except ConversationError:
            return  # it cannot happen now; something else will


@dataclass
class Recount:
    """The same figures from whole conversations, by the words of the rules and nothing else."""

    endings: Counter[Ending] = field(default_factory=Counter)
    left_out: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    waiting: list[float] = field(default_factory=list)
    reviews: Counter[Review] = field(default_factory=Counter)
    thumbs: Counter[bool] = field(default_factory=Counter)
    stars: Counter[int] = field(default_factory=Counter)
    given: int = 0
    days: Counter[str] = field(default_factory=Counter)
    hours: Counter[tuple[int, int]] = field(default_factory=Counter)


def recount(conversations: Sequence[Sequence[LoggedEvent]], scope: Scope) -> Recount:
    found = Recount()
    for events in conversations:
        if is_in(scope, events[0].at, events):
            _count_conversation(found, events)
        _count_answers(found, events, scope)
        _count_escalations(found, events, scope)
    return found


def is_in(scope: Scope, at: datetime, events: Sequence[LoggedEvent]) -> bool:
    """`events` are those until the moment whose language counts."""
    opened = events[0].event
    assert isinstance(opened, ConversationOpened)
    told = [e.event.language for e in events if isinstance(e.event, OutcomeGiven) and e.event.language]
    language = [opened.language, *told][-1]
    return (
        scope.start <= at < scope.end
        and scope.site in (None, opened.site)
        and scope.language in (None, language)
    )


def _count_conversation(found: Recount, events: Sequence[LoggedEvent]) -> None:
    ending = _ending(events)
    if ending is None:
        found.left_out += 1
    else:
        found.endings[ending] += 1
        local = events[0].at.astimezone(PARIS)
        found.days[local.date().isoformat()] += 1
        found.hours[local.weekday(), local.hour] += 1
    ratings = [e.event.stars for e in events if isinstance(e.event, ConversationRated)]
    if ratings and not _is_spam(events):
        found.stars[ratings[-1]] += 1


def _is_spam(events: Sequence[LoggedEvent]) -> bool:
    closings = [e.event for e in events if isinstance(e.event, ConversationResolved | MarkedSpam)]
    return _held(events) is Held.NOBODY and isinstance(closings[-1], MarkedSpam)


def _ending(events: Sequence[LoggedEvent]) -> Ending | None:
    wrote = any(isinstance(e.event, MessageReceived) for e in events)
    people = any(_is_with_people(events[: n + 1]) for n in range(len(events)))
    if _is_spam(events) or not (wrote or people):
        return None
    if _came_back(events):
        return Ending.REOPENED
    if people:
        return Ending.ESCALATED
    since = events[max((n for n, e in enumerate(events) if _says_something(e.event)), default=0) :]
    outcome = since[0].event.outcome if isinstance(since[0].event, OutcomeGiven) else None
    answered = isinstance(outcome, Answer | Route)
    thumbs = [
        e.event.useful
        for e in since
        if isinstance(e.event, AnswerJudged) and e.event.position == since[0].position
    ]
    stars = [e.event.stars for e in events if isinstance(e.event, ConversationRated)]
    thanked = answered and any(_is_thanks(e.event) for e in since)
    if thanked or thumbs[-1:] == [True] or any(given >= 4 for given in stars[-1:]):
        return Ending.CONFIRMED
    if _held(events) is not Held.NOBODY and NOW - _last_said(events) < DAY:
        return Ending.UNDER_WAY
    unhappy = thumbs[-1:] == [False] or any(given <= 2 for given in stars[-1:])
    return Ending.ASSUMED if answered and not unhappy else Ending.ABANDONED


def _came_back(events: Sequence[LoggedEvent]) -> bool:
    """And not only to say thanks."""
    coming = False
    for n, logged in enumerate(events):
        rested = _rested_since(events[:n], logged.at)
        gap = logged.at - rested if rested else None
        match logged.event:
            case MessageReceived() if gap is not None and gap <= 7 * DAY:
                coming = True
            case Reopened() if gap is not None and timedelta(minutes=10) < gap <= 7 * DAY:
                return True
            case OutcomeGiven(outcome=SmallTalk()):
                coming = False
            case OutcomeGiven() | ReplySent() | PersonJoined() | Reopened() if coming:
                return True
    return False


def _rested_since(events: Sequence[LoggedEvent], at: datetime) -> datetime | None:
    wrote = any(isinstance(e.event, MessageReceived) for e in events)
    if not wrote and not any(_is_with_people(events[: n + 1]) for n in range(len(events))):
        return None
    held = _held(events)
    if held is Held.NOBODY:
        closings = [e.at for e in events if isinstance(e.event, ConversationResolved | MarkedSpam)]
        return closings[-1]
    if held is not Held.BOT or not any(_says_something(e.event) for e in events):
        return None
    said = _last_said(events)
    return said if at - said >= DAY else None


def _held(events: Sequence[LoggedEvent]) -> Held:
    held = Held.BOT
    for logged in events:
        match logged.event:
            case ConversationResolved() | MarkedSpam():
                held = Held.NOBODY
            case Reopened() | OutcomeGiven(outcome=Escalate()):
                held = Held.WAITING
            case PersonJoined():
                held = Held.PERSON
            case HandedBack():
                held = Held.BOT
            case MessageReceived() if held is Held.NOBODY:
                held = Held.BOT
    return held


def _is_with_people(events: Sequence[LoggedEvent]) -> bool:
    return _held(events) in (Held.WAITING, Held.PERSON)


def _last_said(events: Sequence[LoggedEvent]) -> datetime:
    return [e.at for e in events if isinstance(e.event, MessageReceived | OutcomeGiven | ReplySent)][-1]


def _says_something(event: Event) -> bool:
    return isinstance(event, OutcomeGiven) and not isinstance(event.outcome, SmallTalk)


def _is_thanks(event: Event) -> bool:
    return isinstance(event, OutcomeGiven) and event.trace["understanding"]["talk"] == "thanks"


def _count_answers(found: Recount, events: Sequence[LoggedEvent], scope: Scope) -> None:
    for n, logged in enumerate(events):
        given = logged.event
        if not (isinstance(given, OutcomeGiven) and isinstance(given.outcome, Answer | Route)):
            continue
        if not is_in(scope, logged.at, events[: n + 1]):
            continue
        found.given += 1
        later = [e.event for e in events[n:]]
        thumbs = [e.useful for e in later if isinstance(e, AnswerJudged) and e.position == logged.position]
        found.thumbs.update(thumbs[-1:])
        labels: dict[str, Review] = {}
        for event in later:
            if isinstance(event, AnswerReviewed) and event.position == logged.position:
                labels.pop(event.by, None)
                if event.review is not None:
                    labels[event.by] = event.review
        found.reviews.update(list(labels.values())[-1:])


def _count_escalations(found: Recount, events: Sequence[LoggedEvent], scope: Scope) -> None:
    """A ticket from each escalation, or join, to its closing; a colleague's reopening takes it up again."""
    for ticket in _tickets(events):
        began, spam = ticket[0], isinstance(ticket[-1].event, MarkedSpam)
        if spam or not is_in(scope, began.at, events[: began.position]):
            continue
        outcome = began.event.outcome if isinstance(began.event, OutcomeGiven) else None
        found.reasons[outcome.reason if isinstance(outcome, Escalate) else Reason.TAKEN_OVER] += 1
        replies = [e.at for e in ticket if isinstance(e.event, ReplySent)]
        found.waiting += [(at - began.at).total_seconds() for at in replies[:1]]


def _tickets(events: Sequence[LoggedEvent]) -> list[list[LoggedEvent]]:
    tickets: list[list[LoggedEvent]] = []
    is_open = False
    for n, logged in enumerate(events):
        event = logged.event
        escalates = isinstance(event, OutcomeGiven) and isinstance(event.outcome, Escalate)
        if escalates or (isinstance(event, PersonJoined) and not is_open):
            tickets.append([logged])
        elif isinstance(event, Reopened) and not is_open:
            tickets[-1:] = [[*tickets[-1], logged]] if tickets else [[logged]]
        elif is_open:
            tickets[-1].append(logged)
        is_open = _is_with_people(events[: n + 1])
    return tickets


async def lived(stores: Stores, conversations: int, seed: int) -> list[Sequence[LoggedEvent]]:
    life = Life(stores, seed)
    ids = [f"c{n}" for n in range(conversations)]
    for id in ids:
        await life.conversation(id)
    return [await stores.log.read(id) for id in ids]


SCOPES = (
    FORTNIGHT,
    Scope(MONDAY + 3 * DAY, MONDAY + 6 * DAY),
    Scope(MONDAY, NOW, site="shop"),
    Scope(MONDAY, NOW, language="fr"),
    Scope(MONDAY - 9 * DAY, MONDAY, site="blog", language="en"),
)


def agree(figures: Overview, counted: Recount) -> None:
    assert {e: n for e, n in figures.endings.items() if n} == counted.endings
    assert figures.conversations == counted.endings.total() == sum(counted.days.values())
    assert figures.left_out == counted.left_out
    assert {d.date.isoformat(): d.conversations for d in figures.days if d.conversations} == counted.days
    busy = {(day, hour): n for day, hours in enumerate(figures.hours) for hour, n in enumerate(hours) if n}
    assert busy == counted.hours
    assert figures.reasons == counted.reasons
    assert figures.escalations == counted.reasons.total()
    waits = sorted(counted.waiting)
    assert figures.waiting.number == len(waits)
    if waits:
        assert figures.waiting.median == waits[(len(waits) + 1) // 2 - 1]
    assert figures.given == counted.given
    assert {r: n for r, n in figures.reviews.items() if n} == counted.reviews
    assert figures.judged == Share(counted.reviews[Review.RIGHT], counted.reviews.total())
    assert figures.useful == Share(counted.thumbs[True], counted.thumbs.total())
    assert {s: n for s, n in figures.stars.items() if n} == counted.stars
    known = counted.endings.total() - counted.endings[Ending.UNDER_WAY]
    alone = counted.endings[Ending.CONFIRMED] + counted.endings[Ending.ASSUMED]
    assert figures.alone == Share(alone, known)


async def recounted(stores: Stores, conversations: int, seed: int) -> None:
    lives = await lived(stores, conversations, seed)
    for scope in SCOPES:
        figures = overview(await stores.reports.counted(scope, NOW, PARIS), scope, PARIS)
        agree(figures, recount(lives, scope))
        for dimension in Dimension:
            values, days = days_by(await stores.reports.began_by(scope, dimension, PARIS), scope, PARIS)
            assert [day for day, _ in days] == [day.date for day in figures.days]
            assert [sum(numbers) for _, numbers in days] == [day.conversations for day in figures.days]
            assert len(values) == len(set(values))


@pytest.mark.parametrize("seed", range(12))
async def test_the_figures_are_those_of_a_recount_over_the_log(seed: int) -> None:
    await recounted(in_memory(), 120, seed)


async def test_every_store_counts_the_same_and_again_after_a_rebuild(stores: Stores) -> None:
    await recounted(stores, 70, 1)
    before = overview(await stores.reports.counted(FORTNIGHT, NOW, PARIS), FORTNIGHT, PARIS)
    questions = await stores.reports.open_questions(FORTNIGHT)
    uses = await stores.reports.uses(["returns", "track"], MONDAY)
    assert before.conversations
    assert questions
    assert uses.keys() == {"returns", "track"}
    await stores.log.rebuild()
    assert overview(await stores.reports.counted(FORTNIGHT, NOW, PARIS), FORTNIGHT, PARIS) == before
    assert await stores.reports.open_questions(FORTNIGHT) == questions
    assert await stores.reports.uses(["returns", "track"], MONDAY) == uses


async def asked(stores: Stores, id: str, text: str, outcome: Decision, at: datetime = MONDAY) -> int:
    """The position of the outcome."""
    await stores.log.open(id, ConversationOpened("en", site="shop"), at)
    message = await stores.log.append(id, MessageReceived(text, text), Author.CUSTOMER, None, at)
    given = OutcomeGiven(outcome, (message.position,), 0.4, {}, "en")
    return (await stores.log.append(id, given, Author.BOT, None, at)).position


async def says(stores: Stores, id: str, event: Event) -> None:
    await stores.log.append(id, event, Author.STAFF, None, MONDAY + DAY)


async def test_the_use_of_an_entry_is_told(stores: Stores) -> None:
    answer = replace(an_answer(), card=CARD)
    first = await asked(stores, "a", "returns?", answer)
    await says(stores, "a", AnswerJudged(first, True))
    second = await asked(stores, "b", "refunds?", answer)
    await says(stores, "b", AnswerJudged(second, False, "no"))
    await says(stores, "b", OutcomeGiven(an_escalation(), (), 0.0))
    await asked(stores, "c", "which?", CLARIFY, MONDAY + DAY)
    await asked(stores, "d", "long ago?", answer, MONDAY - 5 * DAY)
    assert await stores.reports.uses(["returns", "track", "unused"], MONDAY) == {
        "returns": Use(cited=2, shown=1, useful=1, not_useful=1, escalated=1, last_at=MONDAY + DAY),
        "track": Use(cited=0, shown=2, useful=0, not_useful=0, escalated=1, last_at=MONDAY),
    }
    assert await stores.reports.uses([], MONDAY) == {}


async def test_questions_without_a_good_answer_are_listed_until_there_is_one(stores: Stores) -> None:
    await asked(stores, "good", "returns?", an_answer())
    await asked(stores, "wish", "a person please", an_escalation(Reason.ASKED_FOR_PERSON))
    unsure = await asked(stores, "unsure", "Do you engrave lamps?", an_escalation(), MONDAY + DAY)
    useless = await asked(stores, "useless", "gift?", an_answer(), MONDAY + 2 * DAY)
    await says(stores, "useless", AnswerJudged(useless, False))
    wrong = await asked(stores, "wrong", "warranty?", an_answer(), MONDAY + 3 * DAY)
    await says(stores, "wrong", AnswerReviewed(wrong, "zoe", Review.WRONG, "Five years."))
    changed = await asked(stores, "changed", "sofa?", an_answer())
    await says(stores, "changed", AnswerReviewed(changed, "zoe", Review.WRONG))
    await says(stores, "changed", AnswerReviewed(changed, "karim", Review.RIGHT))
    await asked(stores, "spam", "CHEAP watches!!!", an_escalation())
    await says(stores, "spam", MarkedSpam("zoe"))
    found = await stores.reports.open_questions(FORTNIGHT)
    assert [(q.conversation_id, q.question) for q in found] == [
        ("wrong", "warranty?"),
        ("useless", "gift?"),
        ("unsure", "Do you engrave lamps?"),
    ]
    assert found[2].stems == {"do", "you", "engrav", "lamp"}
    assert (found[0].review, found[1].useful, found[2].reason) == (
        Review.WRONG,
        False,
        Reason.LOW_CONFIDENCE,
    )
    await says(stores, "unsure", CorrectionPublished(unsure, "engraving", "zoe"))
    assert [q.entry_id for q in await stores.reports.open_questions(FORTNIGHT)] == [None, None, "engraving"]
    assert len(await stores.reports.open_questions(FORTNIGHT, limit=1)) == 1


async def test_of_an_objection_the_question_that_it_refuses_is_open(stores: Stores) -> None:
    await asked(stores, "linen", "How do I wash linen?", an_answer())
    message = MessageReceived("that's not it", "2")
    objection = await stores.log.append("linen", message, Author.CUSTOMER, None, MONDAY)
    trace = {"understanding": {"kind": "wrong_answer", "question": "How do I wash linen?"}}
    given = OutcomeGiven(an_escalation(), (objection.position,), 0.1, trace, "en")
    await stores.log.append("linen", given, Author.BOT, None, MONDAY)
    assert [q.question for q in await stores.reports.open_questions(FORTNIGHT)] == ["How do I wash linen?"]


async def test_what_can_be_chosen_is_what_there_was(stores: Stores) -> None:
    assert (await stores.reports.sites(), await stores.reports.languages()) == ([], [])
    await asked(stores, "a", "returns?", an_answer())
    await stores.log.open("b", ConversationOpened(None, site=None), MONDAY)
    assert (await stores.reports.sites(), await stores.reports.languages()) == (["shop"], ["en"])


async def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    reports = SqlReports(open_database(f"sqlite:///{tmp_path}/x.db"))
    (tmp_path / "x.db").mkdir()
    with pytest.raises(ReportsUnavailable):
        await reports.sites()


@pytest.mark.parametrize(
    ("zone", "day", "hour"), [("Europe/Paris", 1, 0), ("UTC", 0, 23), ("Asia/Kathmandu", 1, 5)]
)
async def test_a_day_is_the_companys_day(stores: Stores, zone: str, day: int, hour: int) -> None:
    late = datetime(2026, 11, 23, 23, 29, tzinfo=UTC)
    await stores.log.open("late", ConversationOpened("en"), late)
    await stores.log.append("late", MessageReceived("m", "Returns?"), Author.CUSTOMER, None, late)
    scope, place = Scope(MONDAY, MONDAY + 2 * DAY), ZoneInfo(zone)
    figures = overview(await stores.reports.counted(scope, NOW, place), scope, place)
    assert [d.date for d in figures.days if d.conversations] == [date(2026, 11, 23 + day)]
    assert figures.hours[day][hour] == 1


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [(Share(0, 10), 0.0, 0.278), (Share(9, 10), 0.596, 0.982), (Share(90, 100), 0.826, 0.945)],
)
def test_an_interval_is_wide_where_little_is_known(share: Share, low: float, high: float) -> None:
    interval = share.interval
    assert interval is not None
    assert (round(interval.low, 3), round(interval.high, 3)) == (low, high)
    assert Share(0, 0).interval is None
