"""`comptoir ask`: one question, one outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from connectors.cli.session import Exit, session_of
from connectors.cli.terminal import certainty_of, show_outcome, show_trace
from connectors.cli.words import ENGLISH

if TYPE_CHECKING:
    from bot.events import OutcomeGiven
    from connectors.assembly import Service


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="In quotes; - reads it from the standard input.")],
    internal: Annotated[
        bool, typer.Option("--internal", help="As staff: internal entries count too; nothing is passed on.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the whole trace below the answer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Ask one question, as a customer would. A question without an answer is passed to a person."""
    session = session_of(context)
    text = typer.get_text_stream("stdin").read() if question == "-" else question
    if not text.strip():
        raise typer.BadParameter("the question is empty")

    async def work(service: Service) -> tuple[str | None, OutcomeGiven]:
        await service.warm_up()
        if internal:
            return None, await _as_staff(service, text)
        conversation = str(uuid4())
        return conversation, await _as_customer(service, conversation, text)

    conversation, given = session.run(session.settings(), work)
    if as_json:
        session.terminal.json(_record(text, conversation, given, explain))
    else:
        show_outcome(session.terminal, given.outcome)
        if explain:
            show_trace(session.terminal, given.trace)
    if given.outcome.kind == "escalate":
        raise typer.Exit(Exit.PASSED_ON)


async def _as_customer(service: Service, conversation: str, text: str) -> OutcomeGiven:
    """A conversation of one message, in the log like any other."""
    from bot.events import OutcomeGiven

    await service.reception.open(conversation)
    given = await service.reception.handle(conversation, str(uuid4()), text)
    assert given is not None, "a new conversation is the bot's"
    assert isinstance(given.event, OutcomeGiven)
    return given.event


async def _as_staff(service: Service, text: str) -> OutcomeGiven:
    """Past the log and the queue: a colleague looks something up."""
    from bot.asked import Asked
    from bot.events import OutcomeGiven
    from knowledge.entries import Audience

    asked = Asked("staff", (text,), (), service.clock(), audiences=frozenset(Audience))
    response = await service.turn.respond(asked)
    return OutcomeGiven(response.outcome, (), response.confidence, response.trace, response.language)


def _record(question: str, conversation: str | None, given: OutcomeGiven, explain: bool) -> dict[str, Any]:
    from dataclasses import asdict

    record: dict[str, Any] = {
        "question": question,
        "conversation": conversation,
        "decision": given.outcome.kind,
        "certainty": certainty_of(given.outcome, ENGLISH).partition(",")[0] or None,
        "confidence": round(given.confidence, 4),
        "language": given.language,
        **{name: value for name, value in asdict(given.outcome).items() if name != "kind"},
    }
    return record | ({"trace": given.trace} if explain else {})
