"""`comptoir deliveries`: what could not be delivered, and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.cli.terminal import Terminal
    from connectors.outbox.jobs import DeadLetter, Standing
    from connectors.records import Records


def deliveries(
    context: typer.Context,
    again: Annotated[
        bool, typer.Option("--again", help="Have all that was given up tried once more.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List mails and other deliveries that were given up, latest first, with the reason.

    Mend what the reason says, then run it with --again."""
    session = session_of(context)
    terminal = session.terminal

    async def work(records: Records) -> tuple[Sequence[DeadLetter], list[Standing], int]:
        outbox, now = records.outbox, datetime.now(UTC)
        letters = await outbox.dead_letters(limit=limit)
        taken_up = await outbox.take_up_again(now) if again else 0
        return letters, [await outbox.standing(door, now) for door in await outbox.doors()], taken_up

    letters, standings, taken_up = session.run_on_records(session.settings(), work)
    if as_json:
        terminal.json([asdict(letter) for letter in letters])
    else:
        _show(terminal, letters, standings)
    if again:
        terminal.note(terminal.words.deliveries_again.format(count=taken_up))


def _show(terminal: Terminal, letters: Sequence[DeadLetter], standings: Sequence[Standing]) -> None:
    for standing in standings:
        terminal.note(terminal.words.deliveries_standing.format(**asdict(standing)))
    if not letters:
        terminal.note(terminal.words.deliveries_none)
        return
    rows = [
        (
            f"{letter.at:%Y-%m-%d %H:%M}",
            letter.job.door,
            letter.job.kind,
            letter.job.recipient,
            letter.job.conversation_id,
            letter.reason,
        )
        for letter in letters
    ]
    terminal.table(list(terminal.words.deliveries_columns.values()), rows)
