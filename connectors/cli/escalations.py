"""`comptoir escalations`: who waits for a person."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.records import Records
    from escalation.ticket import Ticket


def escalations(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines, with candidates and scores.")
    ] = False,
) -> None:
    """List the customers who wait for a person, longest waiting first."""
    session = session_of(context)
    terminal = session.terminal

    async def work(records: Records) -> Sequence[Ticket]:
        return await records.queue.open_tickets(limit)

    tickets = session.run_on_records(session.settings(), work)
    if as_json:
        terminal.json([asdict(ticket) for ticket in tickets])
        return
    if not tickets:
        terminal.note(terminal.words.escalations_none)
        return
    now = datetime.now(UTC)
    columns = terminal.words.escalations_columns
    rows = [
        (
            str(ticket.number),
            _since(now - ticket.opened_at),
            terminal.words.reasons[ticket.reason] + (f" ({ticket.topic})" if ticket.topic else ""),
            ticket.question,
            ticket.team or "",
            ticket.claimed_by or ticket.status,
        )
        for ticket in tickets
    ]
    terminal.table(list(columns.values()), rows, right=(0, 1))


def _since(waiting: timedelta) -> str:
    minutes = int(waiting.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes < 24 * 60 else f"{minutes // (24 * 60)} d"
