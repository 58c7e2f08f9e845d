"""An event of the log → what the customer sees of it. Nothing internal passes: it is built up from named
parts, and whatever has no line here is not shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, assert_never
from urllib.parse import quote

from bot.amending import Amendment, amendments
from bot.asked import Draft
from bot.brief import Brief
from bot.conversation import BOT, Held, Owner, next_owner
from bot.decisions import Answer, Card, Clarify, EntryLink, Escalate, Performed, Route, SmallTalk
from bot.events import (
    CUSTOMER_SEES,
    AnswerJudged,
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    HandedBack,
    LoggedEvent,
    Merged,
    MessageReceived,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    PromiseMade,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
)
from bot.words.moments import hours_now
from connectors.http.html import both, link_to, plain, rendered
from connectors.http.shown import (
    Shown,
    ShownAnswer,
    ShownCard,
    ShownCitation,
    ShownClarify,
    ShownContact,
    ShownDraft,
    ShownEscalation,
    ShownFeedback,
    ShownHandedBack,
    ShownLink,
    ShownMessage,
    ShownOpened,
    ShownOutcome,
    ShownPerformed,
    ShownPersonJoined,
    ShownRating,
    ShownReply,
    ShownReplyEdited,
    ShownReplyWithdrawn,
    ShownResolved,
    ShownRoute,
    ShownSmallTalk,
    ShownState,
    ShownWait,
)
from escalation.waiting import Wait
from knowledge.entries import Audience, Citation, ResourceKind
from knowledge.hours import WrongHours, opening
from knowledge.ports import StoredEntry
from knowledge.store.database import DatabaseUnavailable

AROUND = 300
"""Characters of the article shown before and after a quote."""
PUBLIC = frozenset({Audience.PUBLIC})

_logging = logging.getLogger(__name__)

Texts = Mapping[str, str]
"""Public entries' texts, by entry id."""


class Entries(Protocol):
    async def get(self, entry_ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        """As they are at this moment; none that the audiences may not see."""
        ...


class Views:
    def __init__(self, entries: Entries, brief: Brief, clock: Callable[[], datetime]) -> None:
        self._entries = entries
        self._brief = brief
        self._clock = clock

    async def of(
        self, events: Iterable[LoggedEvent], amended: Mapping[int, Amendment] | None = None
    ) -> list[Shown]:
        """Those that a customer may see, in their order. A reply in `amended`, by default those that one of
        the events amends, is shown as it stands: what it said before is not told again."""
        events = tuple(events)
        texts = await self._texts(events)
        amended = amendments(events) if amended is None else amended
        found = (self._event(logged, texts, amended.get(logged.position)) for logged in events)
        return [shown for shown in found if shown is not None]

    async def outcome(self, given: OutcomeGiven, at: datetime) -> ShownOutcome:
        """One that is in no conversation."""
        logged = LoggedEvent(0, "", 1, at, Author.BOT, given)
        return self._outcome(logged, given, await self._texts((logged,)))

    def draft(self, draft: Draft) -> ShownDraft:
        return ShownDraft(
            html=rendered(draft.text, marks=len(draft.citations)),
            citations=[_citation(n, citation, None) for n, citation in enumerate(draft.citations, 1)],
        )

    async def _texts(self, events: Sequence[LoggedEvent]) -> Texts:
        """Read anew, for customers' eyes: an article may have become internal since it was cited."""
        cited = {
            citation.entry_id
            for logged in events
            if isinstance(logged.event, OutcomeGiven) and isinstance(logged.event.outcome, Answer)
            for citation in logged.event.outcome.citations
        }
        if not cited:
            return {}
        try:
            found = await self._entries.get(sorted(cited), PUBLIC)
        except DatabaseUnavailable as error:
            _logging.warning("quotes are shown without the text around them: %s", error)
            return {}
        return {s.entry.id: s.entry.text for s in found if s.entry.audience is Audience.PUBLIC}

    def _event(self, logged: LoggedEvent, texts: Texts, amendment: Amendment | None) -> Shown | None:
        if not isinstance(logged.event, CUSTOMER_SEES):
            return None
        place = {"position": logged.position, "at": logged.at}
        match logged.event:
            case ConversationOpened(language=language):
                return ShownOpened(**place, language=language)
            case MessageReceived(client_id=client_id, text=text):
                return ShownMessage(**place, client_id=client_id, text=text)
            case OutcomeGiven() as given:
                return self._outcome(logged, given, texts)
            case PersonJoined() as joined:
                return ShownPersonJoined(**place, name=joined.shown)
            case ReplySent() as reply:
                amended = amendment.kind if amendment else None
                return ShownReply(
                    **place, **_words(_as_it_stands(reply, amendment)), name=reply.shown, amended=amended
                )
            case ReplyEdited(position=position, text=text, display=name):
                return ShownReplyEdited(**place, **_words(text), reply=position, name=name)
            case ReplyWithdrawn(position=position, display=name):
                return ShownReplyWithdrawn(**place, reply=position, name=name)
            case PromiseMade(text=text):
                return ShownEscalation(**place, **_words(text))
            case HandedBack():
                return ShownHandedBack(**place)
            case ConversationResolved() | Merged():
                return ShownResolved(**place, by="customer" if logged.author is Author.CUSTOMER else "staff")
            case AnswerJudged(position=position, useful=useful):
                return ShownFeedback(**place, position_judged=position, useful=useful)
            case ContactLeft(email=email):
                return ShownContact(**place, email=email)
            case ConversationRated(stars=stars, comment=comment):
                return ShownRating(**place, stars=stars, comment=comment)
            case _:
                return None

    def _outcome(self, logged: LoggedEvent, given: OutcomeGiven, texts: Texts) -> ShownOutcome:
        outcome = given.outcome
        place = {"position": logged.position, "at": logged.at}
        marks = len(outcome.citations) if isinstance(outcome, Answer) else 0
        said = {**place, **both(outcome.text, marks=marks, breaks=not marks)._asdict()}
        match outcome:
            case Answer():
                return ShownAnswer(
                    **said,
                    citations=[
                        _citation(n, citation, texts.get(citation.entry_id))
                        for n, citation in enumerate(outcome.citations, 1)
                    ],
                    more=_link(outcome.more),
                    hedged=outcome.hedged,
                    card=self._card(outcome.card, given.language) if outcome.card else None,
                )
            case Route():
                return ShownRoute(**said, card=self._card(outcome.card, given.language))
            case Clarify():
                return ShownClarify(**said, choices=[_link(choice) for choice in outcome.choices])
            case Performed(choices=choices):
                return ShownPerformed(**said, choices=[ShownLink(title=c, url=None) for c in choices])
            case SmallTalk():
                return ShownSmallTalk(**said)
            case Escalate():
                return ShownEscalation(**said)
        assert_never(outcome)

    def _card(self, card: Card, language: str | None) -> ShownCard:
        open_now, hours_text = self._hours(card, language or self._brief.languages[0])
        return ShownCard(
            kind=card.kind,
            title=card.title,
            html=rendered(card.text, breaks=True),
            target=card.target,
            href=_href(card),
            open_now=open_now,
            hours_text=hours_text,
        )

    def _hours(self, card: Card, language: str) -> tuple[bool | None, str | None]:
        """As they are now: "open until 18:00" was true when it was said, and is not for ever."""
        if card.hours is None:
            return card.open_now, card.hours_text
        now = self._clock()
        try:
            opens = opening(card.hours, now, self._brief.zone, self._brief.country)
        except WrongHours:
            return None, card.hours
        return opens.open, hours_now(opens, now, self._brief.words(language).language)


@dataclass(slots=True)
class Speaker:
    """Who speaks with the customer, as the customer knows them: by no account's name, and only once they
    have come. Whoever was merely given the conversation has said nothing yet."""

    owner: Owner = BOT
    name: str | None = None

    def hear(self, logged: LoggedEvent) -> bool:
        """Whether that has changed."""
        before = self.owner, self.name
        self.owner = next_owner(self.owner, logged.event) if logged.position > 1 else BOT
        match logged.event:
            case PersonJoined() | ReplySent() as came:
                self.name = came.shown
            case _ if isinstance(logged.event, PersonAssigned) or self.owner.held is not Held.PERSON:
                self.name = None
        return before != (self.owner, self.name)

    @property
    def waits(self) -> bool:
        return self.owner.held is Held.WAITING or (self.owner.held is Held.PERSON and self.name is None)

    @property
    def state(self) -> ShownState:
        held = Held.WAITING if self.waits else self.owner.held
        return ShownState(held=held.value, person=self.name)


def shown_wait(wait: Wait, text: str) -> ShownWait:
    estimated = wait.estimate
    return ShownWait(
        place=estimated.place,
        minutes=estimated.minutes,
        there=wait.there,
        back_at=estimated.opens_at.astimezone(UTC) if estimated.opens_at else None,
        text=text,
    )


def _words(text: str) -> dict[str, str]:
    """Of a person, or a promise: their lines stay lines."""
    return both(text, breaks=True)._asdict()


def _as_it_stands(reply: ReplySent, amendment: Amendment | None) -> str:
    match amendment:
        case ReplyEdited(text=text):
            return text
        case ReplyWithdrawn():
            return ""
        case None:
            return reply.text
    assert_never(amendment)


def _citation(number: int, citation: Citation, text: str | None) -> ShownCitation:
    before, after = _around(citation, text)
    quote = both(citation.quote)
    return ShownCitation(
        number=number,
        title=citation.title,
        heading=[heading for heading in citation.heading if heading != citation.title],
        quote_html=quote.html,
        before=before,
        quote=quote.text,
        after=after,
        url=link_to(citation.url) if citation.url else None,
        updated=citation.updated,
    )


def _around(citation: Citation, text: str | None) -> tuple[str, str]:
    """Nothing when the article is gone, is not public any more, or has other words there now."""
    start, end = citation.start, citation.end
    if text is None or text[start:end] != citation.quote:
        return "", ""
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    if start > AROUND:
        before = "… " + re.sub(r"^\S*\s+", "", before)
    if end + AROUND < len(text):
        after = re.sub(r"\s+\S*$", "", after) + " …"
    return plain(before), plain(after)


def _link(link: EntryLink) -> ShownLink:
    return ShownLink(title=link.title, url=link_to(link.url) if link.url else None)


def _href(card: Card) -> str | None:
    match card.kind:
        case ResourceKind.PAGE | ResourceKind.FORM:
            return (
                card.target if link_to(card.target) and card.target.startswith(("http:", "https:")) else None
            )
        case ResourceKind.PHONE:
            return "tel:" + re.sub(r"\(0\)|[^\d+]", "", card.target)
        case ResourceKind.EMAIL:
            return "mailto:" + quote(card.target, safe="@+")
        case ResourceKind.TEAM:
            return None
    assert_never(card.kind)
