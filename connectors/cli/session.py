"""What every verb needs: the settings, the terminal, and a way to run that ends in one line and a code."""

from __future__ import annotations

import asyncio
import errno
import logging
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from connectors.cli.terminal import Terminal

if TYPE_CHECKING:
    from connectors.assembly import Service
    from connectors.records import Records
    from connectors.settings import Settings

T = TypeVar("T")


class Exit(IntEnum):
    """Documented in docs/cli.md by these comments."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    SETTINGS = 3
    UNUSABLE = 4
    PARTLY = 5
    PASSED_ON = 6
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.UNEXPECTED: "an error that Comptoir did not foresee; the line names the log file that tells more",
    Exit.USAGE: "a verb, option or argument that does not exist",
    Exit.SETTINGS: "the settings or the brief were refused",
    Exit.UNUSABLE: "a part cannot be used: disk, database, model, index; the line says what to do",
    Exit.PARTLY: "`ingest` left out files, which it lists; the others are loaded",
    Exit.PASSED_ON: "`ask`: no answer, the question was passed to a person",
    Exit.INTERRUPTED: "interrupted with Ctrl-C; what was done until then is kept",
}


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command line."""

    settings_file: Path | None
    terminal: Terminal

    def settings(self, **overrides: Any) -> Settings:
        """Reads them, and starts the log file."""
        from connectors.settings import load_settings

        with self.failures():
            settings = load_settings(self.settings_file, **overrides)
        _log_into(settings.log_file, settings.log_level)
        return settings

    def run_on_records(self, settings: Settings, work: Callable[[Records], Coroutine[Any, Any, T]]) -> T:
        """With the database only: no model is loaded."""

        async def whole() -> T:
            from connectors.records import open_records

            async with await open_records(settings) as records:
                return await work(records)

        with self.failures(settings.log_file):
            return asyncio.run(whole())

    def run(self, settings: Settings, work: Callable[[Service], Coroutine[Any, Any, T]]) -> T:
        """Assemble the service, do the work, close the service."""

        async def whole() -> T:
            from connectors.assembly import assemble

            async with await assemble(settings) as service:
                return await work(service)

        with self.failures(settings.log_file):
            return asyncio.run(whole())

    @contextmanager
    def failures(self, log_file: Path | None = None) -> Iterator[None]:
        """Whatever goes wrong inside ends the program with one line on stderr and an exit code."""
        try:
            yield
        except (typer.Exit, SystemExit):
            raise
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None
        except Exception as error:  # noqa: BLE001 - the last stop before the user
            code, lines = _told(error, log_file)
            for line in lines:
                self.terminal.fail(line)
            raise typer.Exit(code) from None


def session_of(context: typer.Context) -> Session:
    session = context.find_root().obj
    assert isinstance(session, Session)
    return session


def _told(error: Exception, log_file: Path | None) -> tuple[Exit, tuple[str, ...]]:
    """What is foreseen says itself what to do; the rest goes into the log."""
    from bot.brief import BriefRefused
    from bot.log import LogUnavailable
    from connectors.http.listening import CannotListen
    from connectors.settings import SettingsRefused
    from escalation.queue import QueueUnavailable
    from knowledge.ports import IndexUnavailable, ModelUnavailable, WrongModel
    from knowledge.store.database import DatabaseUnavailable

    match error:
        case SettingsRefused() | BriefRefused():
            return Exit.SETTINGS, error.problems
        case DatabaseUnavailable() | LogUnavailable() | QueueUnavailable():
            return Exit.UNUSABLE, (str(error),)
        case CannotListen():
            return Exit.UNUSABLE, (str(error),)
        case IndexUnavailable() | ModelUnavailable() | WrongModel():
            return Exit.UNUSABLE, (str(error),)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return Exit.UNUSABLE, ("The disk is full. Free some space, then run it again.",)
        case OSError(errno=errno.EROFS | errno.EACCES | errno.EPERM):
            place = f"{error.filename} cannot be written." if error.filename else f"{error.strerror}."
            return Exit.UNUSABLE, (f"{place} Say where there is room: COMPTOIR_DATA=DIR",)
        case _:
            return Exit.UNEXPECTED, (_unforeseen(error, log_file),)


def _unforeseen(error: Exception, log_file: Path | None) -> str:
    place = log_file if log_file and log_file.exists() else Path(tempfile.gettempdir(), "comptoir.log")
    if place != log_file:
        _log_into(place, "error")
    logging.getLogger("comptoir").error("unforeseen", exc_info=error)
    why = str(error).strip().splitlines()
    return f"unforeseen {type(error).__name__}{': ' + why[0] if why else ''}. More in {place}"


def _log_into(file: Path, level: str) -> None:
    """Where it cannot be written, the parts that need the disk will say so better."""
    from bot.masking import MaskingFormatter

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=10_000_000, backupCount=3, encoding="utf-8", delay=True)
        file.open("a").close()
    except OSError:
        logging.getLogger().addHandler(logging.NullHandler())
        return
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
