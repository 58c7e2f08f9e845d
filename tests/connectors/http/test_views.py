"""What a customer sees of the log: what was meant for them, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from bot.asked import Draft
from bot.brief import Brief
from bot.decisions import Answer, Card, Clarify, Decision, EntryLink, Escalate, Reason, Route, SmallTalk
from bot.events import (
    CUSTOMER_SEES,
    AnswerJudged,
    Author,
    ConversationOpened,
    ConversationResolved,
    Customer,
    CustomerIdentified,
    Event,
    HandedBack,
    LoggedEvent,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonJoined,
    PromiseMade,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    TurnDropped,
)
from connectors.http.views import Speaker, Views
from knowledge.entries import Article, Audience, Citation, ResourceKind
from knowledge.store.memory import MemoryEntryStore
from tests.builders import MONDAY
from tests.entries_at_hand import stored

TEXT = (
    "# Returns\n\n"
    + "You may look at everything at home. " * 15
    + "\n\nYou have **30 days** to return a lamp.\n\n"
    + "The parcel is free. " * 30
)
QUOTE = "You have **30 days** to return a lamp."
START = TEXT.index(QUOTE)
CITATION = Citation(
    "returns", "Returns", ("Returns", "Lamps"), START, START + len(QUOTE), QUOTE,
    "https://shop.example/returns", "help/returns.md", date(2026, 11, 1),
)  # fmt: skip
TRACE = {"candidates": [{"entry_id": "secret-entry", "title": "Secret title", "score": 0.4321}]}


def an_article(text: str = TEXT, audience: Audience = Audience.PUBLIC) -> Article:
    return Article("returns", "Returns", text, "en", audience)


def given(outcome: Decision) -> OutcomeGiven:
    return OutcomeGiven(outcome, (2,), 0.8765, TRACE, "en")


def an_answer(**changes: Any) -> Answer:
    link = EntryLink("returns", "Returns", "https://shop.example/returns")
    return replace(Answer("You have 30 days. [1]", (CITATION,), link), **changes)


@pytest.fixture
async def entries() -> MemoryEntryStore:
    entries = MemoryEntryStore()
    await entries.save("small", [stored(an_article())])
    return entries


@pytest.fixture
def views(entries: MemoryEntryStore) -> Views:
    return Views(entries, Brief(), lambda: MONDAY)


async def shown(views: Views, event: Event, author: Author = Author.BOT) -> dict[str, Any]:
    """As it goes over the wire."""
    (seen,) = await views.of([LoggedEvent(9, "c1", 3, MONDAY, author, event)])
    told: dict[str, Any] = json.loads(seen.model_dump_json())
    return told


async def test_an_answer_is_shown_with_the_words_it_rests_on(views: Views) -> None:
    answer = await shown(views, given(an_answer(hedged=True)))
    assert (answer["type"], answer["position"], answer["at"]) == ("answer", 3, "2026-11-23T09:00:00Z")
    assert answer["html"] == '<p>You have 30 days. <cite data-n="1"></cite></p>'
    assert answer["text"] == "You have 30 days. [1]"
    assert answer["hedged"] is True
    assert answer["more"] == {"title": "Returns", "url": "https://shop.example/returns"}
    (citation,) = answer["citations"]
    assert citation["heading"] == ["Lamps"]
    assert citation["quote"] == "You have 30 days to return a lamp."
    assert citation["quote_html"] == "<p>You have <strong>30 days</strong> to return a lamp.</p>"
    assert citation["updated"] == "2026-11-01"


async def test_the_words_around_a_quote_are_cut_between_words(views: Views) -> None:
    (citation,) = (await shown(views, given(an_answer())))["citations"]
    assert citation["before"].startswith("… ")
    assert citation["before"].endswith("You may look at everything at home.")
    assert citation["after"].startswith("The parcel is free.")
    assert citation["after"].endswith(" …")
    assert 200 < len(citation["before"]) < 320
    for word in (citation["before"] + " " + citation["after"]).replace("…", "").split():
        assert word.strip(".") in TEXT


@pytest.mark.parametrize(
    "now_there",
    [
        an_article("# Returns\n\nYou have 14 days to return a lamp."),
        an_article(audience=Audience.INTERNAL),
        None,
    ],
)
async def test_a_quote_stands_alone_when_its_article_is_no_more_what_it_was(
    views: Views, entries: MemoryEntryStore, now_there: Article | None
) -> None:
    await entries.remove(["returns"])
    if now_there is not None:
        await entries.save("small", [stored(now_there)])
    (citation,) = (await shown(views, given(an_answer())))["citations"]
    assert (citation["before"], citation["after"]) == ("", "")
    assert citation["quote"] == "You have 30 days to return a lamp."


async def test_a_hostile_article_is_shown_as_words(views: Views) -> None:
    hostile = "<img src=x onerror=alert(1)> [x](javascript:alert(1))"
    citation = replace(CITATION, quote=hostile, url="javascript:alert(1)")
    link = EntryLink("returns", "<b>Returns</b>", "javascript:alert(1)")
    answer = await shown(views, given(an_answer(text=f"{hostile} [1]", citations=(citation,), more=link)))
    assert "<img" not in answer["html"]
    assert "<img" not in answer["citations"][0]["quote_html"]
    assert answer["citations"][0]["url"] is None
    assert answer["more"] == {"title": "<b>Returns</b>", "url": None}


@pytest.mark.parametrize(
    ("kind", "target", "href"),
    [
        (ResourceKind.PAGE, "https://shop.example/track", "https://shop.example/track"),
        (ResourceKind.FORM, "javascript:alert(1)", None),
        (ResourceKind.PAGE, "mailto:a@b.example", None),
        (ResourceKind.PHONE, "+33 (0)2 40 00 00 00", "tel:+33240000000"),
        (ResourceKind.PHONE, "02 40 00 00 00", "tel:0240000000"),
        (ResourceKind.EMAIL, "help@shop.example", "mailto:help@shop.example"),
        (ResourceKind.EMAIL, "a@b.example?bcc=c@d.example", "mailto:a@b.example%3Fbcc%3Dc@d.example"),
        (ResourceKind.TEAM, "support", None),
    ],
)
async def test_a_card_opens_what_it_names(
    views: Views, kind: ResourceKind, target: str, href: str | None
) -> None:
    card = Card("track", kind, "Track", "Follow *it*.", target)
    route = await shown(views, given(Route("Here:", card)))
    assert (route["card"]["href"], route["card"]["target"]) == (href, target)
    assert route["card"]["html"] == "<p>Follow <em>it</em>.</p>"


async def test_hours_are_those_of_the_moment_it_is_looked_at(entries: MemoryEntryStore) -> None:
    """The answer was given in the morning; it is read again at night."""
    card = Card("phone", ResourceKind.PHONE, "Call", "", "+33", "Mo-Fr 09:00-18:00", True, "open until 18:00")
    at_night = Views(entries, Brief(), lambda: datetime(2026, 11, 23, 22, tzinfo=UTC))
    told = (await shown(at_night, given(Route("Here:", card))))["card"]
    assert (told["open_now"], told["hours_text"]) == (False, "closed, reopens tomorrow at 9:00")


async def test_all_else_that_is_said(views: Views) -> None:
    said = await shown(views, given(Clarify("A or B?", (EntryLink("a", "A"), EntryLink("b", "B")))))
    assert (said["type"], said["choices"]) == (
        "clarify",
        [{"title": "A", "url": None}, {"title": "B", "url": None}],
    )
    assert (await shown(views, given(SmallTalk("Hello!"))))["type"] == "small_talk"
    assert (await shown(views, PromiseMade("They write tomorrow.")))["type"] == "escalation"
    assert (await shown(views, ConversationOpened("fr")))["language"] == "fr"
    assert (await shown(views, HandedBack("zoe.martin")))["type"] == "handed_back"
    judged = await shown(views, AnswerJudged(3, False, "bad"))
    assert (judged["position_judged"], judged["useful"]) == (3, False)


@pytest.mark.parametrize(
    ("author", "by"), [(Author.CUSTOMER, "customer"), (Author.STAFF, "staff"), (Author.SYSTEM, "staff")]
)
async def test_who_closed_the_conversation(views: Views, author: Author, by: str) -> None:
    assert (await shown(views, ConversationResolved("zoe.martin"), author))["by"] == by


async def test_nothing_internal_is_ever_in_what_is_shown(views: Views) -> None:
    events: list[Event] = [
        ConversationOpened("en", "widget", "shop", Customer("customer-id-7", "Ana", "ana@shop.example")),
        CustomerIdentified(Customer("customer-id-7")),
        MessageReceived("m1", "Hello"),
        given(an_answer()),
        given(Escalate("A colleague takes over.", Reason.SENSITIVE_TOPIC, "legal_threat", "team-short")),
        TurnDropped((2,), "why-it-was-dropped"),
        NoteWritten("zoe.martin", "a note among us"),
        PersonJoined("zoe.martin", "Zoé", "lead.name"),
        ReplySent("zoe.martin", "Hello, what-was-edited", "Zoé", "client-9"),
        ReplyEdited(9, "Hello Ana", "lead.name", "Zoé", "client-10"),
        ReplySent("zoe.martin", "what-was-withdrawn", "Zoé"),
        ReplyWithdrawn(11, "lead.name", "Zoé"),
        HandedBack("zoe.martin"),
        ConversationResolved("zoe.martin"),
        AnswerJudged(4, False, "the comment"),
    ]
    logged = [LoggedEvent(n, "c1", n, MONDAY, Author.SYSTEM, event) for n, event in enumerate(events, 1)]
    wire = "".join(seen.model_dump_json() for seen in await views.of(logged))
    for internal in (
        *("secret-entry", "Secret title", "0.4321", "0.8765", "confidence", "trace", "candidates"),
        *("legal_threat", "team-short", "sensitive_topic", "why-it-was-dropped", "a note among us"),
        *("what-was-edited", "what-was-withdrawn", "client-9", "client-10"),
        *("zoe.martin", "lead.name", "customer-id-7", "ana@shop.example", "the comment", "help/returns.md"),
    ):
        assert internal not in wire, internal
    assert "Zoé" in wire


async def test_a_reply_is_told_as_it_stands_and_its_amendment_when_it_comes(views: Views) -> None:
    sent = LoggedEvent(9, "c1", 9, MONDAY, Author.STAFF, ReplySent("zoe", "Tomorow.", "Zoé"))
    edited = LoggedEvent(10, "c1", 10, MONDAY, Author.STAFF, ReplyEdited(9, "**Tomorrow.**", "lea", "Zoé"))
    gone = LoggedEvent(11, "c1", 11, MONDAY, Author.STAFF, ReplyWithdrawn(9, "lea", "Zoé"))
    (live,) = [json.loads(seen.model_dump_json()) for seen in await views.of([edited])]
    assert (live["type"], live["reply"], live["name"]) == ("reply_edited", 9, "Zoé")
    assert live["html"] == "<p><strong>Tomorrow.</strong></p>"
    (reply, _) = [json.loads(seen.model_dump_json()) for seen in await views.of([sent, edited])]
    assert (reply["text"], reply["amended"]) == ("Tomorrow.", "reply_edited")
    (reply, *_) = [json.loads(seen.model_dump_json()) for seen in await views.of([sent, edited, gone])]
    assert (reply["html"], reply["text"], reply["amended"]) == ("", "", "reply_withdrawn")


async def test_an_event_that_nobody_thought_of_is_not_shown(views: Views) -> None:
    """Whoever adds a kind of event decides whether customers see it: until then they do not."""
    known = {
        *(
            "ConversationOpened",
            "MessageReceived",
            "OutcomeGiven",
            "PersonJoined",
            "ReplySent",
            "PromiseMade",
            "ReplyEdited",
            "ReplyWithdrawn",
        ),
        *("HandedBack", "ConversationResolved", "Merged", "AnswerJudged"),
    }
    assert known <= {kind.__name__ for kind in get_args(CUSTOMER_SEES)}
    for kind in get_args(Event):
        if kind.__name__ not in known:
            bare = object.__new__(kind)
            assert await views.of([LoggedEvent(1, "c1", 1, MONDAY, Author.STAFF, bare)]) == [], kind


async def test_a_draft_is_shown_as_the_answer_will_be(views: Views) -> None:
    draft = views.draft(Draft("You have 30 days. [1] <b>", (CITATION,)))
    assert draft.html == '<p>You have 30 days. <cite data-n="1"></cite> &lt;b&gt;</p>'
    assert draft.citations[0].quote == "You have 30 days to return a lamp."


async def test_the_speaker_is_known_by_what_customers_call_them() -> None:
    speaker = Speaker()
    changes = []
    for n, event in enumerate(
        [
            ConversationOpened(),
            given(Escalate("…", Reason.FRUSTRATED)),
            PersonJoined("zoe.martin", "Zoé"),
            MessageReceived("m1", "Hello"),
            PersonJoined("max.b", "Max"),
            HandedBack(),
        ],
        1,
    ):
        if speaker.hear(LoggedEvent(n, "c1", n, MONDAY, Author.SYSTEM, event)):
            changes.append(speaker.state.model_dump())
    assert changes == [
        {"held": "waiting", "person": None},
        {"held": "person", "person": "Zoé"},
        {"held": "person", "person": "Max"},
        {"held": "bot", "person": None},
    ]
