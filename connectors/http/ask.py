"""One question, one outcome, for programs: nothing is kept, and nobody is told."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from bot.asked import Asked, Exchange
from bot.events import OutcomeGiven
from bot.reception import MessageTooLong
from connectors.http.access import ApiClient, TheDoor
from connectors.http.codes import Code
from connectors.http.documented import WITH_BODY, WITH_KEY, problems
from connectors.http.problems import Refused
from connectors.http.shown import ShownOutcome

router = APIRouter(prefix="/api/v1", tags=["For programs"])

LONGEST_HISTORY = 20


class Before(BaseModel):
    """What was asked and answered before: it says what "it" means."""

    model_config = ConfigDict(strict=True)

    question: str = Field(min_length=1, max_length=4000, examples=["Can I return a lamp?"])


class Question(BaseModel):
    model_config = ConfigDict(strict=True)

    question: str = Field(
        min_length=1,
        description="As long as `limits.message_characters` says.",
        examples=["How long does a refund take?"],
    )
    language: str | None = Field(
        None,
        pattern="^[a-z]{2}$",
        description="Helps with questions that are too short to tell.",
        examples=["en"],
    )
    history: list[Before] = Field([], max_length=LONGEST_HISTORY, description="Oldest first.")


class Outcome(BaseModel):
    outcome: ShownOutcome
    language: str | None = Field(description="What the question was found to be in.")


@router.post(
    "/ask",
    summary="Ask one question",
    response_description="What the bot would say.",
    responses=problems(*WITH_KEY, *WITH_BODY, Code.MESSAGE_EMPTY, Code.MESSAGE_TOO_LONG),
)
async def ask(question: Question, client: ApiClient, door: TheDoor) -> Outcome:
    """What the bot would say: an answer with its sources, a resource, a question back, or that a person is
    needed (`escalation`), whom you then call yourself: nothing is put into the queue."""
    await door.limits.question(client)
    service = door.service
    _check(question.question, service.settings.limits.message_characters)
    now = service.clock()
    asked = Asked(
        "ask",
        (question.question,),
        tuple(Exchange(before.question, None, 0) for before in question.history),
        now,
        question.language,
    )
    with door.limits.question_at_once():
        response = await service.turn.respond(asked)
    given = OutcomeGiven(response.outcome, (), response.confidence, language=response.language)
    return Outcome(outcome=await door.views.outcome(given, now), language=response.language)


def _check(question: str, longest: int) -> None:
    if not question.strip():
        raise Refused(Code.MESSAGE_EMPTY)
    if len(question) > longest:
        raise MessageTooLong(f"the question has {len(question)} characters")
