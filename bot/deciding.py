"""Understanding + judgement + draft → the one decision. Pure: the place to argue about what the bot does."""

from __future__ import annotations

from dataclasses import replace
from textwrap import shorten
from typing import assert_never

from bot.asked import Asked
from bot.brief import Brief, Place, Policy
from bot.brief_parts import text_in
from bot.decisions import (
    Answer,
    Card,
    Clarify,
    Decision,
    EntryLink,
    Escalate,
    Performed,
    Reason,
    Route,
    SmallTalk,
)
from bot.errand_rules import Action
from bot.errands import needs_of
from bot.handover import hand_over
from bot.judging import Judgement, Verdict
from bot.recognisers.topics import Topic
from bot.routing import Case
from bot.understanding import Kind, Understanding
from bot.words.moments import hours_now, language_name
from bot.words.names import Phrase
from knowledge.entries import Entry, Resource
from knowledge.evidence import Hit
from knowledge.hours import WrongHours, opening

NAME_CHARS = 80
"""Of the beginning of an entry that has no title."""
FAILURES = 2
"""So many answers in a row that did not help, and a person takes over."""


def decide(
    understood: Understanding,
    judgement: Judgement | None,
    draft: Answer | None,
    brief: Brief,
    asked: Asked,
) -> Decision:
    """`judgement` is None when nothing could or needed to be searched; `draft` is the verified answer."""
    desk = _Desk(understood, judgement, brief, asked)
    match understood.kind:
        case Kind.SENSITIVE:
            return desk.about_topic(understood.topic or "")
        case Kind.WANTS_PERSON:
            return desk.escalate(Reason.ASKED_FOR_PERSON)
        case _ if understood.frustrated:
            return desk.escalate(Reason.FRUSTRATED)
        case Kind.ATTACK:
            return desk.say(Phrase.ONLY_HELP)
        case Kind.UNREADABLE:
            return desk.say(Phrase.UNREADABLE)
        case Kind.SMALL_TALK:
            return desk.say(Phrase(understood.talk.value) if understood.talk else Phrase.GREETING)
        case Kind.CONFIRMS:
            return desk.say(Phrase.GLAD if desk.has_helped() else Phrase.TELL_ME_MORE)
        case Kind.QUESTION | Kind.CHOOSES | Kind.WRONG_ANSWER:
            return desk.answer(draft)
    assert_never(understood.kind)


def apologise(understood: Understanding, judgement: Judgement | None, brief: Brief, asked: Asked) -> Escalate:
    """An action that was to help has failed."""
    team = brief.rule(understood.topic).team if understood.topic else None
    return _Desk(understood, judgement, brief, asked).apologise(understood.topic, team)


def pass_on(
    understood: Understanding, judgement: Judgement | None, brief: Brief, asked: Asked, words: str
) -> Escalate:
    """An action says that this is for a person. `words`: what it told the customer, if anything."""
    topic = understood.topic
    team = brief.rule(topic).team if topic else None
    desk = _Desk(understood, judgement, brief, asked)
    return desk.escalate(Reason.POLICY, topic=topic, team=team, words=words or None)


def _name(entry: Entry) -> str:
    """What a customer knows it by."""
    return entry.title or next(iter(entry.questions), shorten(entry.text, NAME_CHARS, placeholder="…"))


class _Desk:
    """What all decisions of one turn have in common."""

    def __init__(
        self, understood: Understanding, judgement: Judgement | None, brief: Brief, asked: Asked
    ) -> None:
        self._understood = understood
        self._judgement = judgement
        self._brief = brief
        self._asked = asked
        self._words = brief.words(understood.language)

    def answer(self, draft: Answer | None) -> Decision:
        if self._asked.failures + self._understood.rejects >= FAILURES:
            return self.escalate(Reason.REPEATED_FAILURE)
        if self._understood.kind is Kind.WRONG_ANSWER and self._offered_a_person():
            return self.escalate(Reason.LOW_CONFIDENCE)
        judgement = self._judgement
        if judgement is None:
            return self.escalate(
                Reason.UNAVAILABLE if self._understood.needs_search else Reason.LOW_CONFIDENCE
            )
        match judgement.verdict:
            case Verdict.SURE | Verdict.LESS_SURE if draft is not None:
                return self._framed(draft, judgement)
            case Verdict.SURE | Verdict.LESS_SURE | Verdict.ROUTE:
                return self._route(judgement.card)
            case Verdict.COMPETING:
                return self._clarify(judgement.competing)
            case Verdict.NOTHING:
                return self.escalate(
                    Reason.LOW_CONFIDENCE
                    if judgement.near or self._understood.rejects
                    else Reason.NOT_IN_KNOWLEDGE_BASE
                )
        assert_never(judgement.verdict)

    def _framed(self, draft: Answer, judgement: Judgement) -> Answer:
        """The answer after what must be said first: that it is not certain, or in another language."""
        hedged, doubtful = judgement.verdict is Verdict.LESS_SURE, judgement.doubtful
        frames = [self._words.say(Phrase.DOUBT if doubtful else Phrase.HEDGE)] if hedged else []
        entry = judgement.best.entry if judgement.best else None
        if entry and entry.language and entry.language != self._understood.language:
            language = language_name(entry.language, self._words.language)
            phrase = Phrase.TRANSLATED if draft.translated else Phrase.OTHER_LANGUAGE
            frames.append(self._words.say(phrase, language=language))
        card = self._card(judgement.card) if judgement.card else None
        offers = [self._words.say(Phrase.OFFER_PERSON)] if doubtful else []
        text = "\n\n".join([*frames, draft.text, *offers])
        return replace(draft, text=text, hedged=hedged, doubtful=doubtful, card=card)

    def _route(self, hit: Hit | None) -> Decision:
        """Without a resource there is nothing to show after all."""
        card = self._card(hit) if hit else None
        if card is None:
            return self.escalate(Reason.LOW_CONFIDENCE)
        return Route(self._words.say(Phrase.ROUTE), card)

    def _card(self, hit: Hit) -> Card | None:
        entry = hit.entry
        if not isinstance(entry, Resource) or entry.audience not in self._asked.audiences:
            return None
        card = Card(entry.id, entry.kind, entry.title, entry.text, entry.target, entry.hours)
        return self._with_hours(card)

    def _with_hours(self, card: Card) -> Card:
        """Hours that cannot be read are shown as they are written, without "now"."""
        if card.hours is None:
            return card
        try:
            now = opening(card.hours, self._asked.now, self._brief.zone, self._brief.country)
        except WrongHours:
            return card
        text = hours_now(now, self._asked.now, self._words.language)
        return replace(card, open_now=now.open, hours_text=text)

    def _clarify(self, competing: tuple[Hit, ...]) -> Clarify:
        choices = tuple(EntryLink(hit.entry.id, _name(hit.entry), hit.entry.url) for hit in competing)
        if len(choices) > 2:
            return Clarify(self._words.say(Phrase.SHORTLIST), choices)
        first, second = (choice.title for choice in choices)
        return Clarify(self._words.say(Phrase.CLARIFY, first=first, second=second), choices)

    def about_topic(self, topic: str) -> Decision:
        rule = self._brief.rule(topic)
        words = text_in(rule.words, self._words.language)
        match rule.policy:
            case Policy.REFUSE:
                return SmallTalk(words or self._words.say(Phrase.REFUSE))
            case Policy.RUN if rule.action is not None:
                return self._before_running(topic, self._brief.actions[rule.action], rule.team)
            case Policy.ANSWER if rule.resource is not None:
                return Route(words or self._words.say(Phrase.ROUTE), self._place(topic, rule.resource))
            case _:
                return self._escalate_topic(topic, words, rule.team)

    def _before_running(self, topic: str, action: Action, team: str | None) -> Decision:
        """The question back; else what holds unless the action says something."""
        needs = needs_of(action, self._asked, self._words.language)
        if needs.question is not None:
            return SmallTalk(needs.question)
        return self.apologise(topic, team)

    def apologise(self, topic: str | None = None, team: str | None = None) -> Escalate:
        words = self._words.say(Phrase.ACTION_FAILED)
        return self.escalate(Reason.UNAVAILABLE, topic=topic, team=team, words=words)

    def _escalate_topic(self, topic: str, words: str | None, team: str | None) -> Escalate:
        if words is None and topic == Topic.SELF_HARM:
            words = self._words.say(Phrase.SELF_HARM)
        forbidden = topic in self._brief.forbidden_topics
        reason = Reason.POLICY if forbidden else Reason.SENSITIVE_TOPIC
        return self.escalate(reason, topic=topic, team=team, words=words)

    def _place(self, topic: str, place: Place) -> Card:
        title = text_in(place.title, self._words.language) or place.target
        text = text_in(place.text, self._words.language) or ""
        return self._with_hours(Card(f"brief:{topic}", place.kind, title, text, place.target, place.hours))

    def escalate(
        self, reason: Reason, *, topic: str | None = None, team: str | None = None, words: str | None = None
    ) -> Escalate:
        case = Case(
            reason,
            self._understood.language,
            topic,
            self._tags(),
            self._asked.site,
            self._asked.tier,
            self._understood.frustrated,
            self._understood.team,
        )
        return hand_over(self._brief, case, self._asked.now, team, words)

    def _tags(self) -> tuple[str, ...]:
        """Of the nearest entry, when it has to do with the question at all. Who only wishes for a person asks
        about what was spoken of before."""
        judgement = self._judgement
        if judgement is None:
            return self._asked.tags
        return judgement.best.entry.tags if judgement.near and judgement.best else ()

    def say(self, phrase: Phrase) -> SmallTalk:
        return SmallTalk(self._words.say(phrase))

    def has_helped(self) -> bool:
        """Whether there is an answer that "yes, great" can be about."""
        return isinstance(self._last, Answer | Route | Performed)

    def _offered_a_person(self) -> bool:
        return isinstance(self._last, Clarify) or (isinstance(self._last, Answer) and self._last.doubtful)

    @property
    def _last(self) -> Decision | None:
        return self._asked.exchanges[-1].outcome if self._asked.exchanges else None
