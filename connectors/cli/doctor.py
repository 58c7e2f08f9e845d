"""`comptoir doctor`: is all well, and what to do where it is not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from connectors.cli.session import Exit, Session, session_of

if TYPE_CHECKING:
    from connectors.doctor import Check
    from connectors.settings import Settings

COLOURS = {"ok": "green", "attention": "yellow", "failed": "bold red"}


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Check each part and say what to do. The code is 4 when a part failed, 3 when the settings did."""
    session = session_of(context)
    settings = session.settings()
    with session.failures(settings.log_file):
        checks = asyncio.run(_examined(session, settings, show=not as_json))
    if as_json:
        session.terminal.json([_record(check) for check in checks])
    if any(check.health == "failed" for check in checks):
        raise typer.Exit(Exit.UNUSABLE)


async def _examined(session: Session, settings: Settings, show: bool) -> list[Check]:
    from connectors.doctor import examine

    checks = []
    async for check in examine(settings):
        checks.append(check)
        if show:
            _show(session, check)
    return checks


def _show(session: Session, check: Check) -> None:
    line = Text(f"{check.health:<10}", COLOURS[check.health])
    line.append(f"{check.part:<12}", "bold")
    line.append(check.found, "default")
    session.terminal.out.print(line, soft_wrap=True)
    if check.advice:
        session.terminal.out.print(f"{'':<22}→ {check.advice}", soft_wrap=True, markup=False)


def _record(check: Check) -> dict[str, str]:
    return {"part": check.part, "health": check.health, "found": check.found, "advice": check.advice}
