"""The parts of the settings that have a section of their own in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.settings.values import (
    Address,
    AddressOrNone,
    Channel,
    FileOrNone,
    Language,
    Mailbox,
    Origin,
    Rate,
    Texts,
    origin_of,
)
from knowledge.entries import Audience


class SourceSettings(BaseModel):
    """One place to read knowledge from: a folder or file, or a website."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = Field(
        None, description="A folder or a file: Markdown, HTML, PDF, DOCX, text, CSV, XLSX, JSONL, YAML."
    )
    site: Address | None = Field(
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
    privacy_url: Address | None = Field(
        None, description="Your page on personal data; linked beside the consent and in the menu."
    )
    page: Address | None = Field(
        None,
        description="Your page with the widget that links in mails open, on one of `origins`. Left out: a "
        "page of Comptoir's own.",
    )

    @model_validator(mode="after")
    def _page_may_talk(self) -> Self:
        place = urlsplit(self.page or "")
        if self.page and origin_of(f"{place.scheme}://{place.netloc}") not in self.origins:
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
    ca_file: FileOrNone = Field(
        None, description="Certificates (PEM) to trust instead of the system's, for a server of your own."
    )
    sender: Mailbox = Field("", description='From whom mails come: "Maison Tilleul <support@shop.example>".')
    reply_to: Mailbox = Field(
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
    api: Address = Field(
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
    actions: FileOrNone = Field(
        None,
        description="A folder with your own actions, written for rasa-sdk: those that the brief names under "
        "`actions` run here.",
    )
    action_endpoint: AddressOrNone = Field(
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
