"""A decision model listens beside the recognisers: it makes the bot more careful, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from bot.asked import Asked, Response
from bot.brief import Brief, ForbiddenTopic, Policy, SensitiveTopic
from bot.decisions import Answer, Escalate, Reason
from bot.listening import ANGRY, NONE, PERSON, TEAM, TOPIC, DecidingListener
from bot.models.decider import DeciderFailed
from bot.routing import RoutingRule, Situation
from bot.teams import Team
from bot.turn import Turn
from connectors.factories import make_listener
from connectors.settings import Settings
from tests.bot.test_turn import RETURNS, Shelf, SpeaksEnglish
from tests.builders import MONDAY

BRIEF = Brief(
    teams={"support": Team(), "orders": Team(tags=("delivery",)), "trade": Team()},
    default_team="support",
    forbidden_topics={"competitors": ForbiddenTopic(triggers=("Lampe & Co",), policy=Policy.ESCALATE)},
    sensitive_topics={"loyalty": SensitiveTopic(triggers=("points",), policy=Policy.SEARCH)},
)


class Says:
    """Gives an option this probability, by question; else the last one leads: "no", or "none of these"."""

    name = "scripted"

    def __init__(self, said: Mapping[str, tuple[str, float]] | None = None, *fails: str) -> None:
        self._said, self._fails = said or {}, fails
        self.offered: dict[str, Sequence[str]] = {}
        self.context = ""

    async def decide(self, question: str, options: Sequence[str], context: str) -> Mapping[str, float]:
        self.offered[question], self.context = options, context
        if question in self._fails:
            raise DeciderFailed("it is away")
        option, probability = self._said.get(question, (options[-1], 0.6))
        others = (1 - probability) / (len(options) - 1)
        return {each: probability if each == option else others for each in options}

    async def close(self) -> None:
        return


async def respond(decider: Says, message: str = "how do I return a lamp", **more: object) -> Response:
    knows = more.pop("knows", Shelf(RETURNS))
    brief = more.pop("brief", BRIEF)
    assert isinstance(brief, Brief)
    listener = DecidingListener(decider, brief, understands=True, routes=True)
    turn = Turn(knows, brief, SpeaksEnglish(), listener=listener)  # type: ignore[arg-type]
    return await turn.respond(Asked("c1", (message,), (), MONDAY))


@pytest.mark.parametrize(
    ("question", "option", "reason", "topic"),
    [
        (PERSON, "yes", Reason.ASKED_FOR_PERSON, None),
        (ANGRY, "yes", Reason.FRUSTRATED, None),
        (TOPIC, "legal threat", Reason.SENSITIVE_TOPIC, "legal_threat"),
        (TOPIC, "competitors", Reason.POLICY, "competitors"),
    ],
)
async def test_what_it_is_certain_of_reaches_a_person(
    question: str, option: str, reason: Reason, topic: str | None
) -> None:
    passed_on = (await respond(Says({question: (option, 0.9)}))).outcome
    assert isinstance(passed_on, Escalate)
    assert (passed_on.reason, passed_on.topic) == (reason, topic)
    assert isinstance((await respond(Says({question: (option, 0.7)}))).outcome, Answer), "not certain"


async def test_it_never_takes_back_what_the_recognisers_heard() -> None:
    decider = Says()
    assert isinstance((await respond(decider, "I want to talk to a person")).outcome, Escalate)
    assert decider.offered == {}, "nothing to ask"


async def test_topics_that_the_company_wants_searched_are_not_asked_for() -> None:
    decider = Says()
    await respond(decider)
    assert "loyalty" not in decider.offered[TOPIC]
    assert {"competitors", "self harm", NONE} <= {*decider.offered[TOPIC]}
    assert decider.offered[TEAM] == ("support", "orders (delivery)", "trade")


async def test_a_team_is_its_to_name_only_where_nothing_else_does() -> None:
    unknown, trade = Shelf(confidence=0.01), {TEAM: ("trade", 0.9)}
    passed_on = (await respond(Says(trade), knows=unknown)).outcome
    assert isinstance(passed_on, Escalate)
    assert passed_on.team == "trade"
    rule = RoutingRule(when=Situation(reason=(passed_on.reason,)), team="orders")
    ruled = (
        await respond(Says(trade), knows=unknown, brief=BRIEF.model_copy(update={"routing": (rule,)}))
    ).outcome
    assert isinstance(ruled, Escalate)
    assert ruled.team == "orders"


async def test_one_that_is_away_costs_nothing_but_its_opinion_and_the_trace_says_so() -> None:
    response = await respond(Says({TEAM: ("trade", 0.9)}, PERSON, ANGRY, TOPIC))
    assert isinstance(response.outcome, Answer)
    assert response.trace["heard"] == {
        "wants_person": False,
        "frustrated": False,
        "topic": None,
        "team": "trade",
        "failures": ("it is away",),
    }


async def test_personal_data_is_masked_before_it_listens() -> None:
    decider = Says()
    await respond(decider, "how do I return a lamp, my address is jean.martin@example.fr")
    assert "return a lamp" in decider.context
    assert "jean.martin" not in decider.context


@pytest.mark.parametrize(
    ("tasks", "asked"),
    [(("understanding",), {PERSON, ANGRY, TOPIC}), (("routing",), {TEAM}), (("answers",), set())],
)
async def test_it_is_asked_only_what_the_settings_say(tasks: tuple[str, ...], asked: set[str]) -> None:
    decider = Says()
    listener = make_listener(Settings(decider="chat:m", decider_for=tasks), decider, BRIEF)
    turn = Turn(Shelf(RETURNS), BRIEF, SpeaksEnglish(), listener=listener)
    await turn.respond(Asked("c1", ("how do I return a lamp",), (), MONDAY))
    assert {*decider.offered} == asked
