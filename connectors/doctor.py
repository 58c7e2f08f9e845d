"""Looks at each part of an installation and says what to do about what is not well."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from bot.brief import Brief, BriefRefused
from bot.errands import ErrandFailed
from bot.models.port import Message, ModelFailed, Prompt, Role
from bot.reading import DecidingReader
from bot.writing.account import Task, Use
from bot.writing.pen import Pen
from connectors.delivery import Later
from connectors.factories import (
    make_decider,
    make_detector,
    make_embedder,
    make_errands,
    make_index,
    make_mail_transport,
    make_model,
    patience,
    the_brief,
)
from connectors.outbox.jobs import Standing
from connectors.promises import promises
from connectors.records import Records, open_records
from connectors.settings import Settings
from escalation.reports import Reports, Scope
from knowledge.ports import (
    Embedder,
    EntryStore,
    IndexStamp,
    IndexState,
    IndexUnavailable,
    ModelUnavailable,
    ReaderFailed,
    WrongModel,
)
from knowledge.store.database import DatabaseUnavailable

LITTLE_SPACE = 500_000_000
"""Bytes: below this an ingest may fill the disk."""
NO_SPACE = 50_000_000
SLOW_SECONDS = 0.5
"""A question that takes longer to embed keeps customers waiting."""

FORTNIGHT = timedelta(days=14)
LATE = timedelta(minutes=20)
"""What waits longer than the longest pause between two tries is in trouble."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

SLOW_MODEL = 2.0
"""Seconds to a language model's first word."""
_GREET = Prompt((Message(Role.USER, "Say hello in one word."),))


class Health(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    """Works, and not as well or as long as it could."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    part: str
    health: Health
    found: str
    advice: str = ""
    """What to do; "" when there is nothing to do."""


async def examine(settings: Settings) -> AsyncIterator[Check]:
    """One check after the other, cheap ones first. A part that needs a failed one is left out."""
    now = datetime.now(UTC)
    yield check_python(sys.version_info[:3])
    yield check_data_folder(settings.data)
    yield check_space(settings.data)
    brief, checked = check_brief(settings)
    yield checked
    if brief is not None:
        yield check_languages(brief)
    if brief is not None and brief.actions:
        yield await check_actions(settings, brief)
    yield check_sources(settings)
    yield await check_mail(settings)
    async for checked in check_slack(settings):
        yield checked
    async with AsyncExitStack() as stack:
        records, checked = await check_database(settings)
        yield checked
        embedder, checked = await check_embedder(settings)
        yield checked
        yield await check_model(settings)
        yield await check_reader(settings)
        if records is not None:
            await stack.enter_async_context(records)
            stamp = await records.entries.stamp()
            for door in await records.outbox.doors():
                yield check_deliveries(await records.outbox.standing(door, now), now)
            yield check_entries(stamp)
            yield await check_quality(records.reports, now)
            if stamp is not None and embedder is not None:
                yield await check_index(settings, records.entries, stamp, embedder)


def check_python(version: tuple[int, int, int]) -> Check:
    found = ".".join(map(str, version))
    if version < (3, 11, 0):
        return Check("Python", Health.FAILED, found, "install Python 3.11 or newer")
    return Check("Python", Health.OK, found)


def check_data_folder(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = "give the user who runs Comptoir the right to write there, or set `data` elsewhere"
        return Check("data folder", Health.FAILED, f"{folder}: {error.strerror}", advice)
    return Check("data folder", Health.OK, str(folder))


def check_space(folder: Path) -> Check:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 1e9:.1f} GB free"
    if free < NO_SPACE:
        return Check("disk", Health.FAILED, found, "free some space: nothing can be saved soon")
    if free < LITTLE_SPACE:
        return Check("disk", Health.ATTENTION, found, "free some space before the next ingest")
    return Check("disk", Health.OK, found)


def check_brief(settings: Settings) -> tuple[Brief | None, Check]:
    try:
        brief = the_brief(settings)
    except BriefRefused as error:
        return None, Check("brief", Health.FAILED, error.problems[0], _and_more(error.problems))
    if settings.brief is None:
        advice = "write a brief.yaml and name it in the settings: the bot then knows your company"
        return brief, Check("brief", Health.ATTENTION, "none, the defaults count", advice)
    if not any(team.hours for team in brief.teams.values()):
        advice = "give a team its hours: customers are then told when a person will be there"
        return brief, Check("brief", Health.ATTENTION, "no team has business hours", advice)
    return brief, Check("brief", Health.OK, str(settings.brief))


def _and_more(problems: tuple[str, ...]) -> str:
    return f"correct it; {len(problems) - 1} more like it" if len(problems) > 1 else "correct it"


def check_languages(brief: Brief) -> Check:
    try:
        make_detector(brief).detect("bonjour")
    except ValueError as error:
        return Check("languages", Health.FAILED, str(error), "correct `languages` in the brief")
    return Check("languages", Health.OK, ", ".join(brief.languages))


async def check_actions(settings: Settings, brief: Brief) -> Check:
    """Those that the brief names; nothing is run."""
    wanted = ", ".join(brief.actions)
    async with AsyncExitStack() as closing:
        errands = make_errands(settings, closing)
        if errands is None:
            return Check("actions", Health.FAILED, wanted, "set rasa.actions or rasa.action_endpoint")
        try:
            missing = sorted(brief.actions.keys() - await errands.offered())
        except ErrandFailed as error:
            return Check(
                "actions", Health.FAILED, str(error), "customers get a person instead (docs/rasa.md)"
            )
    if missing:
        return Check(
            "actions", Health.FAILED, f"not there: {', '.join(missing)}", "correct `actions` in the brief"
        )
    return Check("actions", Health.OK, wanted)


def check_sources(settings: Settings) -> Check:
    missing = [str(s.path) for s in settings.sources if s.path is not None and not s.path.exists()]
    if missing:
        return Check("sources", Health.FAILED, f"not there: {', '.join(missing)}", "correct [[sources]]")
    if not settings.sources:
        advice = "name your articles under [[sources]], or give their paths to `comptoir ingest`"
        return Check("sources", Health.ATTENTION, "none in the settings", advice)
    return Check("sources", Health.OK, ", ".join(str(s.path or s.site) for s in settings.sources))


async def check_mail(settings: Settings) -> Check:
    """Connects and signs in; sends nothing."""
    mail = settings.mail
    if not mail.server:
        return Check("mail", Health.OK, "none is sent")
    found = f"{mail.server}:{mail.port}, {mail.tls}"
    transport = make_mail_transport(settings)
    try:
        await transport.check()
    except Later as error:
        return Check("mail", Health.FAILED, found, f"{error}; correct [mail], or the server (docs/mail.md)")
    finally:
        await transport.close()
    if mail.tls == "none" and mail.server not in _THIS_MACHINE:
        return Check("mail", Health.ATTENTION, found, 'mails travel in the clear: set tls = "starttls"')
    return Check("mail", Health.OK, found)


async def check_slack(settings: Settings) -> AsyncIterator[Check]:
    """Signs in, and looks at the app's scopes and the channels that are named; says nothing there."""
    if settings.slack_bot_token is None:
        yield Check("Slack", Health.OK, "not set up")
        return
    from connectors.slack.examination import problems_of

    found, problems = await problems_of(settings)
    if not problems:
        yield Check("Slack", Health.OK, found)
    for problem in problems:
        health = Health.FAILED if problem.grave else Health.ATTENTION
        yield Check("Slack", health, problem.found, problem.advice)


def check_deliveries(standing: Standing, now: datetime) -> Check:
    part = f"to {standing.door}"
    if standing.refused:
        found = f"{standing.refused} given up"
        return Check(part, Health.ATTENTION, found, "see why, and try again: comptoir deliveries")
    found = f"{standing.waiting} waiting"
    overdue = now - standing.overdue_since if standing.overdue_since else timedelta(0)
    if overdue > LATE:
        minutes = round(overdue.total_seconds() / 60)
        trouble = standing.trouble or "nobody delivers: does comptoir serve run?"
        return Check(part, Health.ATTENTION, f"{found}, the oldest for {minutes} minutes", trouble)
    return Check(part, Health.OK, found)


async def check_database(settings: Settings) -> tuple[Records | None, Check]:
    """Opening migrates it, under its write lock: it is reachable, writable and current, or this fails."""
    place = settings.database or f"SQLite, {settings.data / 'comptoir.db'}"
    try:
        return await open_records(settings), Check("database", Health.OK, place)
    except DatabaseUnavailable as error:
        return None, Check("database", Health.FAILED, place, str(error))


async def check_embedder(settings: Settings) -> tuple[Embedder | None, Check]:
    try:
        embedder = make_embedder(settings)
        await embedder.embed_queries(["bonjour"])
        began = time.perf_counter()
        vectors = await embedder.embed_queries(["où est mon colis ?"])
    except ModelUnavailable as error:
        return None, Check("embedder", Health.FAILED, settings.embedder, str(error))
    seconds = time.perf_counter() - began
    found = f"{embedder.model}, {vectors.shape[1]} dimensions, {seconds * 1000:.0f} ms a question"
    if seconds > SLOW_SECONDS:
        return embedder, Check(
            "embedder", Health.ATTENTION, found, "take a smaller model, or a faster machine"
        )
    return embedder, Check("embedder", Health.OK, found)


async def check_model(settings: Settings) -> Check:
    """A few words are asked for, with the time that a customer would wait."""
    part = "language model"
    try:
        model = make_model(settings)
    except ModelUnavailable as error:
        return Check(part, Health.FAILED, settings.model, str(error))
    if model is None:
        return Check(part, Health.OK, "none, answers are quoted")
    use = Use(Task.ANSWER)
    pen = Pen(model, patience(settings), time.perf_counter)
    try:
        async with aclosing(pen.write(_GREET, use, settings.model_limits.seconds)) as pieces:
            async for _ in pieces:
                pass
    except ModelFailed as error:
        advice = f"answers are quoted meanwhile. Look at model, model_url and COMPTOIR_MODEL_KEY: {error}"
        return Check(part, Health.FAILED, settings.model, advice)
    finally:
        await model.close()
    if use.first_token_ms is None:
        advice = "it sent no text; try another model, or raise model_limits.tokens"
        return Check(part, Health.ATTENTION, settings.model, advice)
    found = f"{settings.model}, first word after {use.first_token_ms:.0f} ms"
    if use.first_token_ms > SLOW_MODEL * 1000:
        advice = "customers wait for that; take a faster model or one that does not think first"
        return Check(part, Health.ATTENTION, found, advice)
    return Check(part, Health.OK, found)


async def check_reader(settings: Settings) -> Check:
    """One question, as a customer's would be read."""
    part = "decision model"
    try:
        decider = make_decider(settings)
    except ModelUnavailable as error:
        return Check(part, Health.FAILED, settings.decider, str(error))
    if decider is None:
        return Check(part, Health.OK, "none, passages are read by Comptoir alone")
    began = time.perf_counter()
    try:
        reader = DecidingReader(decider)
        yes = await reader.answers("May I return a lamp?", "You may return a lamp within 30 days.")
    except ReaderFailed as error:
        advice = (
            f"it is done without meanwhile. Look at decider, decider_url and COMPTOIR_DECIDER_KEY: {error}"
        )
        return Check(part, Health.FAILED, settings.decider, advice)
    finally:
        await decider.close()
    milliseconds = (time.perf_counter() - began) * 1000
    found = f"{settings.decider}, {milliseconds:.0f} ms, {yes:.0%} sure of what is plain"
    if yes < 0.5:
        return Check(part, Health.ATTENTION, found, "it denies what is plain; take a better model")
    return Check(part, Health.OK, found)


def check_entries(stamp: IndexStamp | None) -> Check:
    if stamp is None:
        return Check("entries", Health.ATTENTION, "none yet", "run: comptoir ingest")
    return Check("entries", Health.OK, f"revision {stamp.revision}, made with {stamp.model}")


async def check_quality(reports: Reports, now: datetime) -> Check:
    """What was kept of the last fortnight's answers, and whether that, or what is asked, has changed."""
    scope = Scope(now - FORTNIGHT, now)
    told = promises(await reports.searched(scope), await reports.searched(scope.before()))
    kept, between = told.kept.value, told.kept.interval
    if kept is None or between is None:
        return Check("quality", Health.OK, f"{told.asked} questions in 14 days, no answer judged by lot")
    found = f"{kept:.0%} of {told.kept.whole} judged answers right ({between.low:.0%} to {between.high:.0%})"
    if told.judged.is_alarming:
        advice = "it changed more than chance explains: see the console's quality page"
        return Check("quality", Health.ATTENTION, f"{found}, {told.judged.change:+.0%} in 14 days", advice)
    if told.shape.is_alarming:
        advice = "customers ask differently from the fortnight before: judge some answers in the console"
        return Check("quality", Health.ATTENTION, f"{found}, drift {told.shape.change:.2f}", advice)
    return Check("quality", Health.OK, found)


async def check_index(
    settings: Settings, entries: EntryStore, stamp: IndexStamp, embedder: Embedder
) -> Check:
    if stamp.model != embedder.model:
        advice = (
            "run: comptoir index rebuild (all is embedded anew), or set `embedder` and `second_embedder` back"
        )
        return Check("index", Health.FAILED, f"made with {stamp.model}, not with {embedder.model}", advice)
    try:
        index = make_index(settings, entries, embedder.model)
        try:
            state = await index.state(stamp)
        finally:
            await index.close()
    except IndexUnavailable as error:
        found = f"{settings.index}; exact search answers instead"
        return Check("index", Health.ATTENTION, found, str(error))
    except WrongModel as error:
        return Check("index", Health.FAILED, settings.index, str(error))
    if state is IndexState.READY or settings.index == "exact":
        return Check("index", Health.OK, f"{settings.index}, ready")
    advice = "it rebuilds itself when it is used; or run: comptoir index rebuild"
    return Check("index", Health.ATTENTION, f"{settings.index}, {state}", advice)
