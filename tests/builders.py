"""Small makers of what tests talk about. Each has a sensible default for all that the story does not tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.asked import Asked, Response, Shown, to_nobody
from bot.conversation import State, step
from bot.decisions import Answer, Decision, EntryLink, Escalate, Reason
from bot.events import Author, ConversationOpened, Event, LoggedEvent, OutcomeGiven
from bot.log import ConversationLog
from bot.reception import Reception
from escalation.roster import Agent, Role
from knowledge.entries import Citation

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    """Each look at it is a second later."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self._now = start

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def pass_by(self, minutes: float) -> None:
        self._now += timedelta(minutes=minutes)


def an_answer(text: str = "Within 30 days. [1]") -> Answer:
    quote = text.removesuffix(" [1]")
    return Answer(
        text,
        (Citation("returns", "Returns", ("Returns",), 0, len(quote), quote, updated=MONDAY.date()),),
        EntryLink("returns", "Returns"),
    )


def an_escalation(
    reason: Reason = Reason.LOW_CONFIDENCE, topic: str | None = None, team: str | None = None
) -> Escalate:
    return Escalate("A colleague takes over.", reason, topic, team)


def an_agent(name: str = "zoe", role: Role = Role.AGENT, **more: Any) -> Agent:
    return Agent(name, more.pop("display", name.title()), role, **more)


def a_trace(*candidates: tuple[str, float]) -> dict[str, object]:
    return {"candidates": [{"entry_id": e, "title": e.title(), "score": score} for e, score in candidates]}


def an_outcome(*answers: int, outcome: Decision | None = None, rejected: bool = False) -> OutcomeGiven:
    return OutcomeGiven(outcome or an_answer(), answers, 0.9, a_trace(("returns", 2.5)), "en", rejected)


def logged(*events: Event, conversation_id: str = "c1") -> list[LoggedEvent]:
    """A conversation of these events, opened first, a minute apart."""
    return [
        LoggedEvent(n, conversation_id, n, MONDAY + timedelta(minutes=n), Author.SYSTEM, event)
        for n, event in enumerate([ConversationOpened(), *events], 1)
    ]


def folded_stepwise(events: Iterable[LoggedEvent]) -> State:
    state: State | None = None
    for one in events:
        state = step(state, one)
    assert state is not None
    return state


class ScriptedResponder:
    """Gives what it is told to, in order, then answers everything; remembers what it was asked.

    `meanwhile` runs while it composes, once."""

    def __init__(self, *outcomes: Decision | Exception | Response) -> None:
        self.asked: list[Asked] = []
        self.meanwhile: Callable[[], object] | None = None
        self._outcomes = list(outcomes)

    def next(self, *outcomes: Decision | Exception | Response) -> None:
        """What it is to give next."""
        self._outcomes = [*outcomes, *self._outcomes]

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        self.asked.append(asked)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            happening = meanwhile()
            if asyncio.iscoroutine(happening):
                await happening
        await asyncio.sleep(0)
        outcome = self._outcomes.pop(0) if self._outcomes else an_answer(" + ".join(asked.messages))
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Response):
            return outcome
        return Response(outcome, 0.9, a_trace(("returns", 2.5)), language="en")


def told(reason: Reason, state: State) -> Escalate:
    french = state.language == "fr"
    if reason is Reason.ASKED_FOR_PERSON:
        return Escalate("Un collègue arrive." if french else "A colleague is on the way.", reason)
    return Escalate("Un collègue vous répondra." if french else "A colleague will answer you.", reason)


def a_reception(
    log: ConversationLog, responder: ScriptedResponder | None = None, **knobs: float
) -> Reception:
    settings: dict[str, float] = {"settle": 0.0, "time_limit": 5.0, **knobs}
    return Reception(
        log,
        responder or ScriptedResponder(),
        Clock(),
        hand_over=told,
        **settings,  # type: ignore[arg-type]
    )
