"""The composition root: settings in, a wired service out. What is heavy loads in the branch that needs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from bot.asked import Responder
from bot.brief import Brief
from bot.handover import hand_over_unread
from bot.log import ConversationLog
from bot.models.port import ChatModel
from bot.reception import Reception
from bot.turn import Knowledge, Turn
from bot.words.names import Phrase
from bot.writing.account import Prices
from bot.writing.sheet import Blank
from bot.writing.writer import Writer
from connectors.console.records import ConsoleRecords
from connectors.delivery import Courier, Deliverer
from connectors.factories import (
    make_decider,
    make_detector,
    make_embedder,
    make_errands,
    make_index,
    make_listener,
    make_mail_transport,
    make_model,
    make_reader,
    make_reranker,
    patience,
    the_brief,
)
from connectors.heard_log import HeardLog
from connectors.learning import Learner
from connectors.outbox.jobs import Outbox
from connectors.records import Records, open_records
from connectors.settings import Settings
from connectors.stream import Hub
from escalation.desk import Desk
from escalation.directory import Directory
from escalation.judgements import Corrections
from escalation.packets import Packets
from escalation.queue import Queue
from escalation.reports import Reports
from escalation.reviews import Reviews
from escalation.roster import Roster
from escalation.similar import ResolvedCases
from escalation.timekeeper import Timekeeper
from escalation.waiting import Waiting
from knowledge.editing import Editor
from knowledge.embedders.questions import QuestionEmbedder
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Embedder, EntryStore, Reranker, VectorIndex
from knowledge.remembered import RememberingKnowledge
from knowledge.store.database import DatabaseUnavailable
from knowledge.store.texts import refuse_other_model

if TYPE_CHECKING:
    from connectors.slack.door import SlackDoor

Clock = Callable[[], datetime]

CATALOGUE = "catalogue.npz"
"""What search keeps between two starts, in the data folder."""
LONGEST_TURN = 30.0
"""Seconds that an outcome may take without a language model; then a person takes over."""


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Service:
    """All parts, wired. Close it, or use it in `async with`."""

    settings: Settings
    brief: Brief
    entries: EntryStore
    log: ConversationLog
    queue: Queue
    directory: Directory
    reviews: Reviews
    reports: Reports
    roster: Roster
    console: ConsoleRecords
    desk: Desk
    corrections: Corrections
    waiting: Waiting
    packets: Packets
    timekeeper: Timekeeper
    """Its `run()` is for whoever keeps the service running; the courier's too."""
    outbox: Outbox
    courier: Courier
    embedder: Embedder
    index: VectorIndex
    detector: LanguageDetector
    knowledge: KnowledgeBase
    editor: Editor
    writer: Writer | None
    """None without a language model."""
    turn: Turn
    reception: Reception
    hub: Hub
    clock: Clock
    learner: Learner
    """Its `run()` is for whoever keeps the service running."""
    closing: AsyncExitStack
    slack: SlackDoor | None = None
    """Where it is set up. Its `run()` is for whoever keeps the service running."""

    async def warm_up(self) -> None:
        """Load what the first question needs, so that it is answered as quickly as the next.

        Raises WrongModel when the entries were embedded by another model than the settings name.
        """
        refuse_other_model(await self.entries.stamp(), self.embedder.model, self.embedder.dimensions)
        self.detector.prepare()
        await self.knowledge.prepare()

    async def close(self) -> None:
        await self.closing.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def assemble(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    records: Records | None = None,
    brief: Brief | None = None,
    embedder: Embedder | None = None,
    reranker: Reranker | None = None,
    index: VectorIndex | None = None,
    model: ChatModel | None = None,
    responder: Responder | None = None,
    watched: Callable[[Knowledge], Knowledge] = lambda knowledge: knowledge,
) -> Service:
    """The parts list. Each part may be given; the service closes those that it made.

    Raises BriefRefused, DatabaseUnavailable, ModelUnavailable.
    """
    async with AsyncExitStack() as closing:
        brief = brief or the_brief(settings)
        if records is None:
            records = await closing.enter_async_context(await open_records(settings))
        hub = Hub(records.log)
        records = replace(records, log=HeardLog(records.log, hub.heard))
        embedder = QuestionEmbedder(embedder or make_embedder(settings))
        if index is None:
            index = make_index(settings, records.entries, embedder.model)
            closing.push_async_callback(index.close)
        detector = make_detector(brief)
        decider = make_decider(settings)
        if decider is not None:
            closing.push_async_callback(decider.close)
        knowledge = KnowledgeBase(
            records.entries,
            index,
            embedder,
            target=settings.target_precision,
            reranker=reranker or make_reranker(settings),
            reader=make_reader(settings, decider),
            kept=settings.data / CATALOGUE,
        )
        closing.push_async_callback(knowledge.close)
        writer = make_writer(settings, model or make_model(settings), brief, embedder, detector)
        if writer is not None:
            closing.push_async_callback(writer.close)
        turn = Turn(
            watched(RememberingKnowledge(knowledge)),
            brief,
            detector,
            sheet=writer.sheet if writer else Blank,
            errands=make_errands(settings, closing),
            listener=make_listener(settings, decider, brief),
            hedge_from=settings.hedge_from,
            unavailable=(DatabaseUnavailable,),
        )
        desk = Desk(records.log, clock, tuple(brief.teams), brief.default_team)
        editor = Editor(records.entries, index, embedder, detector)
        packets = Packets(
            records.log,
            records.queue,
            knowledge,
            ResolvedCases(records.queue),
            brief,
            unavailable=(DatabaseUnavailable,),
        )
        reception = Reception(
            records.log,
            within_reach(responder or turn, records),
            clock,
            hand_over=lambda reason, state: hand_over_unread(brief, reason, state, clock()),
            onlooker=hub,
            time_limit=_longest_turn(settings),
            longest=settings.limits.message_characters,
        )
        slack = make_slack(
            settings, records, brief, responder or turn, reception, desk, packets, hub, clock, closing
        )
        doors = make_deliverers(settings, records, brief, hub, clock, closing)
        courier = Courier(records.log, records.outbox, [*doors, *(slack.deliverers if slack else ())], clock)
        if slack is not None:
            slack.nudged = courier.nudge
        return Service(
            settings=settings,
            brief=brief,
            entries=records.entries,
            log=records.log,
            queue=records.queue,
            directory=records.directory,
            reviews=records.reviews,
            reports=records.reports,
            roster=records.roster,
            console=records.console,
            desk=desk,
            corrections=Corrections(desk, editor, records.log),
            packets=packets,
            waiting=Waiting(records.queue, records.roster, brief, clock),
            timekeeper=Timekeeper(records.log, records.queue, records.roster, brief, clock),
            outbox=records.outbox,
            courier=courier,
            embedder=embedder,
            index=index,
            detector=detector,
            knowledge=knowledge,
            editor=editor,
            writer=writer,
            turn=turn,
            reception=reception,
            hub=hub,
            clock=clock,
            learner=Learner(records.reports, records.log, knowledge, clock),
            closing=closing.pop_all(),
            slack=slack,
        )
    raise AssertionError("an exit stack swallows no exception")


# Each part by its setting


def within_reach(responder: Responder, records: Records) -> Responder:
    """Colleagues who ask in Slack may be told more than customers."""
    if records.slack is None:
        return responder
    from connectors.slack.reach import WithinReach

    return WithinReach(responder, records.slack)


def make_slack(
    settings: Settings,
    records: Records,
    brief: Brief,
    responder: Responder,
    reception: Reception,
    desk: Desk,
    packets: Packets,
    hub: Hub,
    clock: Clock,
    closing: AsyncExitStack,
) -> SlackDoor | None:
    """Nothing is connected yet."""
    if settings.slack_bot_token is None or records.slack is None:
        return None
    from connectors.slack.door import SlackDoor

    door = SlackDoor(settings, records, records.slack, brief, responder, reception, desk, packets, hub, clock)
    closing.push_async_callback(door.close)
    return door


def make_deliverers(
    settings: Settings, records: Records, brief: Brief, hub: Hub, clock: Clock, closing: AsyncExitStack
) -> list[Deliverer]:
    """The doors that hear of the log by the courier."""
    doors: list[Deliverer] = []
    if settings.mail.server:
        from connectors.http.tokens import LINK, Tokens, secret_of
        from connectors.http.views import Views
        from connectors.mail.post import Post

        transport = make_mail_transport(settings)
        closing.push_async_callback(transport.close)
        doors.append(
            Post(
                records.log,
                records.queue,
                records.roster,
                Views(records.entries, brief, clock),
                brief,
                settings,
                Tokens(secret_of(settings), timedelta(days=settings.mail.link_days), clock, LINK),
                transport,
                lambda conversation_id: hub.listeners(conversation_id) > 0,
                clock,
            )
        )
    return doors


def make_writer(
    settings: Settings, model: ChatModel | None, brief: Brief, embedder: Embedder, detector: LanguageDetector
) -> Writer | None:
    if model is None:
        return None
    limits = settings.model_limits
    prices = Prices(limits.price_in, limits.price_out)
    return Writer(model, brief, embedder, detector, patience=patience(settings), prices=prices)


def _longest_turn(settings: Settings) -> float:
    """Seconds: a search and all that a model may take, so that a slow model ends in a quotation."""
    limits = settings.model_limits
    return LONGEST_TURN + (limits.seconds + 2 * limits.aside_seconds if settings.model else 0)


def greeting(brief: Brief, language: str) -> str:
    return brief.words(language).say(Phrase.GREETING)
