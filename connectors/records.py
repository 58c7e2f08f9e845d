"""The stores of one database, opened together."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bot.log import ConversationLog
from connectors.console.records import ConsoleRecords
from connectors.outbox.jobs import Outbox
from connectors.settings import Settings
from escalation.directory import Directory
from escalation.queue import Queue
from escalation.reports import Reports
from escalation.reviews import Reviews
from escalation.roster import Roster
from knowledge.ports import EntryStore

if TYPE_CHECKING:
    from connectors.slack.records import SlackRecords


@dataclass(frozen=True, slots=True)
class Records:
    """What is in the database: entries, conversations, who waits, who works here and how they sign in, and
    what is to be delivered. Close it, or use it in `async with`."""

    entries: EntryStore
    log: ConversationLog
    queue: Queue
    directory: Directory
    reviews: Reviews
    reports: Reports
    roster: Roster
    console: ConsoleRecords
    outbox: Outbox
    closing: AsyncExitStack
    slack: SlackRecords | None = None
    """Where Slack is set up."""

    async def close(self) -> None:
        await self.closing.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def open_records(settings: Settings) -> Records:
    """The database, brought to this version's schema. Raises DatabaseUnavailable."""
    from bot.store import sql as log_store
    from connectors.console.store.sql import sql_records
    from connectors.migrations import migrate
    from connectors.outbox.sql import SqlOutbox
    from escalation.store import sql as queue_store
    from escalation.store import sql_directory, sql_reports, sql_reviews
    from escalation.store.sql_roster import SqlRoster
    from knowledge.store.database import open_database
    from knowledge.store.sql import SqlEntryStore

    async with AsyncExitStack() as closing:
        engine = open_database(settings.database_url)
        closing.push_async_callback(engine.dispose)
        await migrate(engine)
        queue = queue_store.SqlQueue(engine)
        directory = sql_directory.SqlDirectory(engine)
        reviews = sql_reviews.SqlReviews(engine)
        reports = sql_reports.SqlReports(engine)
        log = log_store.SqlLog(engine, [queue, directory, reviews, reports])
        derived = (log_store, queue_store, sql_directory, sql_reviews, sql_reports)
        await log.renew(".".join(module.VERSION for module in derived))
        slack: SlackRecords | None = None
        if settings.slack_bot_token is not None:
            from connectors.slack.store.sql import SqlSlackRecords

            slack = SqlSlackRecords(engine)
        return Records(
            entries=SqlEntryStore(engine),
            log=log,
            queue=queue,
            directory=directory,
            reviews=reviews,
            reports=reports,
            roster=SqlRoster(engine),
            console=sql_records(engine),
            outbox=SqlOutbox(engine),
            closing=closing.pop_all(),
            slack=slack,
        )
    raise AssertionError("an exit stack swallows no exception")
