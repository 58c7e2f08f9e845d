"""What a customer wants: asked messages → Understanding. Pure; no model.

One message is exactly one kind of thing. A question beside a greeting, thanks, an attack or a complaint
stays a question; a greeting is one only when it is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from bot.asked import Asked, Exchange
from bot.brief import Brief, Policy, Rule
from bot.decisions import Answer, Clarify, Decision, EntryLink, Performed, Route, SmallTalk
from bot.errands import goes_on, needs_of
from bot.recognisers.follow_ups import follows_up
from bot.recognisers.frustration import frustration, is_frustrated
from bot.recognisers.gibberish import is_unreadable
from bot.recognisers.injection import beside_injection, injection_in
from bot.recognisers.persons import wants_person
from bot.recognisers.reactions import after_objection, chosen, confirms, objects, repeats, says_no
from bot.recognisers.small_talk import (
    Talk,
    spoken_in,
    talk_in,
    without_greeting,
    without_please,
    without_thanks,
    without_wish,
)
from bot.recognisers.subjects import names_a_subject
from bot.recognisers.topics import sensitive_topic
from knowledge.lexical import stems, words

CONTEXT_QUESTIONS = 3
"""Earlier questions that a follow-up is read with: more of them lead away from it."""
FEW_WORDS = 7
"""Up to so many, what is typed after a question back, or after an answer to who only named a subject, is read
with what was asked before it."""


class Kind(StrEnum):
    QUESTION = "question"
    SMALL_TALK = "small_talk"
    WANTS_PERSON = "wants_person"
    WRONG_ANSWER = "wrong_answer"
    """The last answer was not it; nothing new is asked."""
    CONFIRMS = "confirms"
    """Yes, fine: asks nothing."""
    CHOOSES = "chooses"
    """Picks one of the entries the bot asked between."""
    SENSITIVE = "sensitive"
    """About a topic for which the brief has a rule."""
    ATTACK = "attack"
    """Talks to a language model rather than to the shop, and asks nothing besides."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Understanding:
    kind: Kind
    language: str
    """ISO 639-1."""
    question: str
    """What to search for: these messages, or the question that a reaction goes back to. May be empty."""
    context: tuple[str, ...] = ()
    """Earlier questions that this one leans on, oldest first."""
    background: tuple[str, ...] = ()
    """Earlier questions before one that may stand alone."""
    talk: Talk | None = None
    topic: str | None = None
    """Name of the topic in the brief."""
    team: str | None = None
    """That suits, where neither the topic nor the nearest entry names one."""
    choice: EntryLink | None = None
    shown: frozenset[str] = field(default=frozenset())
    """Entries that were shown for this question and refused."""
    offered: frozenset[str] = field(default=frozenset())
    """Entries that these words seem to narrow down: of the question back, or what was shown to who only named
    a subject."""
    may_leave: bool = False
    """These words may be about something else than what was offered."""
    rejects: bool = False
    """Says that the last outcome did not help."""
    frustrated: bool = False
    signs: tuple[str, ...] = ()
    """Of frustration."""
    injection: str | None = None
    """The strongest signal of a prompt injection in it; the question is what stood beside."""

    @property
    def needs_search(self) -> bool:
        """Small talk, attacks and noise ask nothing of the knowledge base; what a person gets does,
        so that the person sees what there was."""
        return bool(self.question) and self.kind not in {
            Kind.SMALL_TALK,
            Kind.CONFIRMS,
            Kind.ATTACK,
            Kind.UNREADABLE,
        }


def understand(asked: Asked, language: str, brief: Brief) -> Understanding:
    """`language` is what the messages were detected to be in."""
    text = _joined(asked.messages)
    injection = injection_in(text)
    if injection is not None:
        text = beside_injection(text)
        if not text:
            return Understanding(Kind.ATTACK, language, "", injection=injection)
    signs = frustration(text)
    understood = replace(
        _understood(text, asked, language, brief),
        signs=signs,
        frustrated=is_frustrated(signs),
        injection=injection,
    )
    if understood.kind is not Kind.QUESTION or understood.context:
        return understood
    earlier = _earlier_questions(asked.exchanges)
    if asked.exchanges and len(words(understood.question)) <= FEW_WORDS:
        last = asked.exchanges[-1]
        offered, leans = frozenset(_entries_in(last.outcome)), follows_up(understood.question)
        narrowing = replace(understood, offered=offered, may_leave=not leans)
        if isinstance(last.outcome, Clarify):
            return replace(narrowing, context=earlier)
        is_told = isinstance(last.outcome, Answer | Route) and earlier[-1:] == (last.question,)
        if is_told and names_a_subject(last.question):
            return replace(narrowing, context=earlier[-1:])
    return _after(earlier, understood)


def _after(earlier: tuple[str, ...], understood: Understanding) -> Understanding:
    """Whether it leans on them, as far as it says so itself."""
    if follows_up(understood.question):
        return replace(understood, context=earlier)
    return replace(understood, background=earlier)


def _understood(text: str, asked: Asked, language: str, brief: Brief) -> Understanding:
    def kind(kind: Kind, question: str = text) -> Understanding:
        return Understanding(kind, language, question)

    topic = _topic(text, asked, language, brief)
    if topic is not None:
        return replace(kind(Kind.SENSITIVE), topic=topic)
    if wants_person(text):
        return kind(Kind.WANTS_PERSON)
    if is_unreadable(text):
        return kind(Kind.UNREADABLE, "")
    reaction = _reaction(text, asked, language)
    if reaction is not None:
        return reaction
    question = without_please(without_thanks(without_greeting(text)))
    talk = talk_in(text) or talk_in(question)
    if talk is not None:
        return replace(
            kind(Kind.SMALL_TALK, ""), talk=talk, language=_language_of_talk(text, language, brief)
        )
    return kind(Kind.QUESTION, without_wish(question))


def _language_of_talk(text: str, language: str, brief: Brief) -> str:
    spoken = spoken_in(text)
    return spoken if spoken in brief.languages else language


def _reaction(text: str, asked: Asked, language: str) -> Understanding | None:
    """What the message says about the bot's last outcome, when that is what it is about."""
    last = asked.exchanges[-1] if asked.exchanges else None
    outcome = last.outcome if last else None
    if isinstance(outcome, Clarify) and (pick := _choice(text, outcome, language)) is not None:
        question = _last_question(asked.exchanges)
        return Understanding(Kind.CHOOSES, language, f"{question}\n{pick.title}", choice=pick)
    if isinstance(outcome, Answer | Route | Clarify | Performed):
        if objects(text) or _repeats_last(text, asked.exchanges):
            question = _last_question(asked.exchanges)
            refused = Understanding(
                Kind.WRONG_ANSWER, language, question, shown=_shown(asked.exchanges), rejects=True
            )
            return _after(_questions_before(asked.exchanges, question), refused)
        corrected = after_objection(text)
        if corrected is not None:
            return Understanding(
                Kind.QUESTION,
                language,
                corrected,
                context=_earlier_questions(asked.exchanges),
                rejects=True,
            )
    if isinstance(outcome, SmallTalk) and says_no(text):
        return Understanding(Kind.SMALL_TALK, language, "", talk=Talk.GOODBYE)
    if says_no(text) or (confirms(text) and talk_in(text) is None):
        return Understanding(Kind.CONFIRMS, language, "")
    return None


def _choice(text: str, clarify: Clarify, language: str) -> EntryLink | None:
    """A plain "yes" takes the first: it is the likelier one."""
    number = chosen(text, [choice.title for choice in clarify.choices], language)
    if number is None and confirms(text):
        number = 0
    return clarify.choices[number] if number is not None and clarify.choices else None


def _topic(text: str, asked: Asked, language: str, brief: Brief) -> str | None:
    """The company's own triggers come first: it wrote them for a reason. Where they only run an action, what
    is recognised by itself goes before."""
    rules: dict[str, Rule] = {**brief.forbidden_topics, **brief.sensitive_topics}
    runs = {name: rule for name, rule in rules.items() if rule.action is not None}
    own = _triggered(text, language, {name: rule for name, rule in rules.items() if name not in runs})
    topic = own or sensitive_topic(text) or _errand(text, asked, language, brief, runs)
    if topic is None or brief.rule(topic).policy is Policy.SEARCH:
        return None
    action = brief.rule(topic).action
    can_run = action is None or needs_of(brief.actions[action], asked, language).can_go_on
    return topic if can_run else None


def _errand(text: str, asked: Asked, language: str, brief: Brief, runs: Mapping[str, Rule]) -> str | None:
    """A topic with an action: said so, or what the bot asked for in order to run it."""
    going_on = (
        name for name, rule in runs.items() if rule.action and goes_on(brief.actions[rule.action], asked)
    )
    return _triggered(text, language, runs) or next(going_on, None)


def _triggered(text: str, language: str, rules: Mapping[str, Rule]) -> str | None:
    said = _phrase_key(text, language)
    return next(
        (
            name
            for name, rule in rules.items()
            if any(_phrase_key(trigger, language) in said for trigger in rule.triggers)
        ),
        None,
    )


@lru_cache(maxsize=1024)
def _phrase_key(text: str, language: str) -> str:
    """Stems with spaces around, so that one phrase can be looked for inside another."""
    return f" {' '.join(stems(text, language))} "


def _earlier_questions(exchanges: Sequence[Exchange]) -> tuple[str, ...]:
    """What was really asked before, oldest first: no greetings, no reactions."""
    return tuple(exchange.question for exchange in _asking(exchanges))[-CONTEXT_QUESTIONS:]


def _questions_before(exchanges: Sequence[Exchange], question: str) -> tuple[str, ...]:
    """What had been asked when it was asked first."""
    earlier = _earlier_questions(exchanges)
    return earlier[: earlier.index(question)] if question in earlier else earlier[:-1]


def _last_question(exchanges: Sequence[Exchange]) -> str:
    asking = _asking(exchanges)
    return asking[-1].question if asking else ""


def _asking(exchanges: Sequence[Exchange]) -> list[Exchange]:
    before = (None, *(exchange.outcome for exchange in exchanges))
    return [
        exchange
        for exchange, outcome in zip(exchanges, before, strict=False)
        if not isinstance(exchange.outcome, SmallTalk) and not _reacts(exchange.question, outcome)
    ]


def _reacts(text: str, outcome: Decision | None) -> bool:
    """Whether an earlier message was about the outcome before it rather than a question."""
    if isinstance(outcome, Clarify) and chosen(text, [c.title for c in outcome.choices], "") is not None:
        return True
    return objects(text) or confirms(text) or is_unreadable(text) or talk_in(text) is not None


def _repeats_last(text: str, exchanges: Sequence[Exchange]) -> bool:
    question = _last_question(exchanges)
    return bool(question) and repeats(text, question)


def _shown(exchanges: Sequence[Exchange]) -> frozenset[str]:
    """Entries shown since the question that is still open was asked."""
    asking = _asking(exchanges)
    since = exchanges.index(asking[-1]) if asking else 0
    return frozenset(entry_id for e in exchanges[since:] for entry_id in _entries_in(e.outcome))


def _entries_in(outcome: Decision | None) -> set[str]:
    match outcome:
        case Answer():
            card = {outcome.card.entry_id} if outcome.card else set()
            return {outcome.more.entry_id} | card
        case Route():
            return {outcome.card.entry_id}
        case Clarify():
            return {choice.entry_id for choice in outcome.choices}
        case _:
            return set()


def _joined(messages: Sequence[str]) -> str:
    return "\n".join(message.strip() for message in messages if message.strip())
