"""What may never be in a mail: notes, reasons, traces, account names; and nothing in it can do any harm."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation import ConversationError
from bot.decisions import Escalate, Priority, Reason
from bot.events import (
    AnswerJudged,
    AnswerReviewed,
    Author,
    ContactLeft,
    ConversationRated,
    ConversationResolved,
    CorrectionPublished,
    Customer,
    CustomerIdentified,
    Event,
    HandedBack,
    Measure,
    Merged,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    PromiseMade,
    Released,
    ReplySent,
    Review,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Snoozed,
    Tagged,
    TranscriptRequested,
    Transferred,
    TurnDropped,
)
from connectors.delivery import Courier
from connectors.mail.addresses import Mailbox, mailbox
from escalation.store.memory import MemoryRoster
from tests.builders import MONDAY, an_answer
from tests.connectors.mail.conftest import ADDRESS, Place, a_brief, some_settings, the_team
from tests.mail_server import MailServer

SECRET = "canary"
"""Stands wherever something internal stands."""
HOSTILE = (
    "<script>alert(1)</script>",
    '<img src="https://evil.example/x.png" onerror="alert(1)">',
    "[click](javascript:alert(1))",
    '"><svg onload=alert(1)>',
    "</div></body><iframe src=https://evil.example></iframe>",
    "![x](https://evil.example/pixel.png)",
    "&lt;script&gt;",
    "line\r\nBcc: all@home.example\r\n\r\nbody",
    "Où ? 🪑 {company} {0} %s",
    "\u202etfel ot thgir",
)
TRACE = {"candidates": [{"entry_id": SECRET, "title": SECRET, "score": 1.0}], "error": SECRET}


@dataclass
class Pocket:
    """Instead of a server: keeps what would be sent."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def send(self, message: EmailMessage, sender: Mailbox, recipient: Mailbox) -> None:
        parsed = message_from_bytes(message.as_bytes(), policy=default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)


words = st.sampled_from(HOSTILE) | st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30
).filter(lambda text: not any(inside in text for inside in (SECRET, *(reason.value for reason in Reason))))
"""What is inside is never said by chance: hypothesis takes words out of the code, too."""
by_customer = st.one_of(
    words.map(lambda text: MessageReceived(str(hash(text)), text)),
    st.sampled_from([ContactLeft(ADDRESS), TranscriptRequested("camille@work.example")]),
    words.map(lambda text: ConversationRated(5, f"{SECRET} {text}")),
    st.just(AnswerJudged(3, False, SECRET)),
    words.map(lambda name: CustomerIdentified(Customer(SECRET, name, ADDRESS, tier=SECRET))),
    st.just(ConversationResolved()),
)
by_staff: st.SearchStrategy[Event] = st.one_of(
    words.map(lambda text: ReplySent(f"{SECRET}-zoe", text, "Zoé")),
    words.map(lambda text: NoteWritten(f"{SECRET}-zoe", f"{SECRET} {text}")),
    st.sampled_from(
        [
            PersonJoined(f"{SECRET}-zoe", "Zoé"),
            PersonAssigned(f"{SECRET}-zoe", "Zoé", by=f"{SECRET}-max"),
            Transferred(SECRET, f"{SECRET}-zoe"),
            Released(f"{SECRET}-zoe"),
            Snoozed(MONDAY + timedelta(days=1), f"{SECRET}-zoe"),
            Tagged(SECRET, f"{SECRET}-zoe"),
            Prioritised(Priority.URGENT, f"{SECRET}-zoe"),
            Merged(SECRET, f"{SECRET}-zoe"),
            HandedBack(f"{SECRET}-zoe"),
            ConversationResolved(f"{SECRET}-zoe"),
            AnswerReviewed(3, f"{SECRET}-zoe", Review.WRONG, SECRET, SECRET),
            CorrectionPublished(3, SECRET, f"{SECRET}-zoe"),
        ]
    ),
)
by_system: st.SearchStrategy[Event] = st.one_of(
    words.map(lambda text: PromiseMade(text, MONDAY + timedelta(days=1))),
    st.sampled_from(
        [
            ServiceLevelWarned(Measure.FIRST_RESPONSE, MONDAY + timedelta(hours=1)),
            ServiceLevelBreached(Measure.RESOLUTION, MONDAY + timedelta(hours=1)),
            TurnDropped((2,), SECRET),
        ]
    ),
)
happenings = st.lists(
    st.one_of(
        by_customer.map(lambda event: (Author.CUSTOMER, event)),
        by_staff.map(lambda event: (Author.STAFF, event)),
        by_system.map(lambda event: (Author.SYSTEM, event)),
        st.just((Author.BOT, "answer")),
        st.just((Author.BOT, "escalate")),
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings, st.sampled_from(["fr", "en"]), st.booleans())
def test_nothing_internal_is_in_any_mail_and_nothing_in_it_runs(
    events: list[tuple[Author, Event | str]], language: str, joined: bool
) -> None:
    for mail in asyncio.run(_mails_of(events, language, joined)):
        _check(mail)


async def _mails_of(
    events: list[tuple[Author, Event | str]], language: str, joined: bool
) -> list[EmailMessage]:
    server, pocket = MailServer(port=25), Pocket()
    place = Place(server, some_settings(server), a_brief(teams={"support": {}, SECRET: {}}), _roster())
    place.transport = pocket  # type: ignore[assignment]
    place.courier = Courier(place.log, place.outbox, [place.post], place.clock)
    await place.waiting(HOSTILE[0], language)
    await place.happens(ContactLeft(ADDRESS))
    if joined:
        await place.happens(PersonAssigned(f"{SECRET}-zoe", "Zoé", by=f"{SECRET}-max"))
    for author, event in events:
        try:
            await place.happens(await _made(place, event, language), by=author)
        except ConversationError:
            continue
        place.now += timedelta(minutes=3)
        await place.courier.round()
    await place.passes(hours=2)
    assert await place.outbox.dead_letters() == []
    return pocket.mails


async def _made(place: Place, event: Event | str, language: str) -> Event:
    if not isinstance(event, str):
        return event
    waiting = (await place.log.state("c1")).unanswered_positions
    outcome = an_answer()
    if event == "escalate":
        escalated = Escalate(
            "A colleague takes over.", Reason.SENSITIVE_TOPIC, SECRET, SECRET, tags=(SECRET,)
        )
        return OutcomeGiven(escalated, waiting, 0.123, TRACE, language)
    return OutcomeGiven(outcome, waiting, 0.9, TRACE, language)


def _roster() -> MemoryRoster:
    zoe, max_, *others = the_team()
    return MemoryRoster(
        replace(zoe, name=f"{SECRET}-zoe", teams=frozenset({SECRET, "support"}), skills=frozenset({SECRET})),
        replace(max_, name=f"{SECRET}-max", display="Max"),
        *others,
    )


def _check(mail: EmailMessage) -> None:
    told = [str(value) for value in mail.values()]
    assert mail.get_all("Bcc") is None
    assert [mailbox(recipient.addr_spec).address for recipient in mail["To"].addresses] in (
        [[ADDRESS], ["camille@work.example"]] + [[a.email] for a in the_team() if a.email]
    )
    for part in mail.walk():
        if not part.is_multipart():
            told.append(part.get_content())
            assert part.get_content_type() in ("text/plain", "text/html")
    assert not [text for text in told if SECRET in text]
    assert not [text for text in told if any(reason.value in text for reason in Reason)]
    html = mail.get_body(("html",))
    assert html is not None
    head, _, body = html.get_content().partition("</head>")
    assert head.count("<style>") == 1
    _Harmless().feed(body)


TAGS = re.findall(
    r"\w+",
    "body div p br a hr strong em s ul ol li code pre blockquote table thead tbody tr th td",
)
ATTRIBUTES = re.findall(r"\w+", "class style href target rel start")


class _Harmless(HTMLParser):
    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        for name, value in attributes:
            assert name in ATTRIBUTES, tag
            if name == "href":
                assert (value or "").startswith(("https://", "http://", "mailto:", "tel:")), value
