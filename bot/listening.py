"""A decision model listens beside the recognisers: what they took for a plain question may be more than that.

It can only make the bot more careful: pass on a customer who asks for a person, is angry or speaks of a topic
for people, and name the team that suits. It answers nothing, and what the recognisers heard stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.brief import Brief, Policy
from bot.masking import Masks
from bot.models.decider import YES_NO, Decider, DeciderFailed
from bot.recognisers.topics import Topic
from bot.understanding import Kind, Understanding

CERTAIN = 0.85
"""Probability from which it counts. Nobody has calibrated it, so it must be plain."""
PERSON = "Does the customer ask to talk to a human being rather than to a computer?"
ANGRY = "Is the customer angry or in despair?"
TOPIC = "What is the customer's message about?"
TEAM = "Which team should take care of it?"
NONE = "none of these"


@dataclass(frozen=True, slots=True)
class Heard:
    wants_person: bool = False
    frustrated: bool = False
    topic: str | None = None
    team: str | None = None
    failures: tuple[str, ...] = ()

    def in_addition_to(self, understood: Understanding) -> Understanding:
        """What is to be done now that this was heard as well."""
        more = replace(understood, team=self.team, frustrated=understood.frustrated or self.frustrated)
        if self.topic is not None:
            return replace(more, kind=Kind.SENSITIVE, topic=self.topic)
        return replace(more, kind=Kind.WANTS_PERSON) if self.wants_person else more


class DecidingListener:
    """Asks a decision model about each plain question; personal data is masked before."""

    def __init__(self, decider: Decider, brief: Brief, *, understands: bool, routes: bool) -> None:
        self._decider = decider
        self._understands = understands
        self._topics = {_spoken(name): name for name in _topics_for_people(brief)} if understands else {}
        self._teams = {_described(brief, name): name for name in brief.teams} if routes else {}

    async def hear(self, understood: Understanding) -> Heard:
        said = Masks().mask("\n".join((*understood.context, understood.question)))
        context = f"A customer writes to a company's support:\n{said}"
        failures: list[str] = []

        async def certain(question: str, options: Sequence[str]) -> str | None:
            try:
                return _certain(await self._decider.decide(question, options, context))
            except DeciderFailed as failed:
                failures.append(str(failed))
                return None

        async def is_so(question: str) -> bool:
            return self._understands and await certain(question, YES_NO) == "yes"

        async def one_of(question: str, names: Mapping[str, str], *more: str) -> str | None:
            return names.get(await certain(question, (*names, *more)) or "") if names else None

        wants_person, angry, topic, team = await asyncio.gather(
            is_so(PERSON),
            is_so(ANGRY),
            one_of(TOPIC, self._topics, NONE),
            one_of(TEAM, self._teams if len(self._teams) > 1 else {}),
        )
        return Heard(wants_person, angry, topic, team, tuple(dict.fromkeys(failures)))


def _certain(found: Mapping[str, float]) -> str | None:
    option = max(found, key=lambda each: found[each])
    return option if found[option] >= CERTAIN else None


def _topics_for_people(brief: Brief) -> list[str]:
    """Those that a person handles, or that the bot stays out of; not those that an action is run for."""
    names = dict.fromkeys([*brief.forbidden_topics, *brief.sensitive_topics, *Topic])
    return [name for name in names if brief.rule(name).policy not in {Policy.SEARCH, Policy.RUN}]


def _spoken(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _described(brief: Brief, name: str) -> str:
    """A team with what it knows: "orders (delivery, returns)"."""
    team = brief.teams[name]
    known = ", ".join(_spoken(each) for each in (*team.tags, *team.topics))
    return f"{_spoken(name)} ({known})" if known else _spoken(name)
