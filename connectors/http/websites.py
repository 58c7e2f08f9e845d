"""The websites that the widget is on: what each shows, and which pages may use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from bot.brief import Brief
from bot.words.moments import hours_now
from bot.words.names import Phrase
from connectors.http.codes import Code
from connectors.http.problems import Refused
from connectors.settings import ANY_LANGUAGE, DEFAULT_SITE, Settings, SiteSettings
from connectors.widget.colours import palette_of

COMMENT_CHARACTERS = 1000
"""The longest comment to a thumb."""

ByLanguage = dict[str, str]


class TeamHours(BaseModel):
    """Whether people are there now."""

    open: bool | None = Field(description="None where the team has no hours.")
    text: ByLanguage | None = Field(description='"open until 18:00", by language.')


class WidgetLimits(BaseModel):
    message_characters: int
    comment_characters: int


class WidgetPalette(BaseModel):
    """Colours made from the accent that can be read: "#rrggbb" in light, and in dark."""

    fill: tuple[str, str]
    on_fill: tuple[str, str] = Field(description="What is written on `fill`.")
    text: tuple[str, str] = Field(description="Links, and the like.")


class WidgetConfiguration(BaseModel):
    """What the widget needs to know of its site. Texts are by language (ISO 639-1) and hold no Markdown."""

    site: str
    company: str
    assistant: ByLanguage = Field(description="What the bot calls itself.")
    languages: list[str] = Field(description="The usual one first.")
    accent: str | None = Field(description='"#rrggbb"')
    palette: WidgetPalette
    greeting: ByLanguage
    suggestions: dict[str, list[str]]
    consent: ByLanguage | None = Field(
        description="To be accepted before the first message, if there is any."
    )
    privacy_url: str | None
    hours: TeamHours
    position: Literal["end", "start"]
    mail: bool = Field(description="Whether answers and transcripts can be sent by mail.")
    limits: WidgetLimits


class Websites:
    def __init__(self, settings: Settings, brief: Brief, clock: Callable[[], datetime]) -> None:
        sites = settings.sites or (SiteSettings(id=DEFAULT_SITE),)
        self._sites = {site.id: site for site in sites}
        self._own_origin = settings.public_address
        self._longest = settings.limits.message_characters
        self._mail = bool(settings.mail.server)
        self._brief = brief
        self._clock = clock

    def check(self, site: str, origin: str | None, host: str | None) -> None:
        """Whether a page may talk for this site. Raises Refused.

        Programs that are no browser send no origin: what they lack are a customer's browser and its data.
        """
        if not (origin is None or self._is_own(origin, host) or origin in self._site(site).origins):
            raise Refused(Code.ORIGIN_NOT_ALLOWED)

    def knows(self, origin: str, host: str | None) -> bool:
        """Whether any site has pages there."""
        return self._is_own(origin, host) or any(origin in site.origins for site in self._sites.values())

    def configuration(self, site_id: str) -> WidgetConfiguration:
        """Raises Refused."""
        site = self._site(site_id)
        languages = site.languages or self._brief.languages
        return WidgetConfiguration(
            site=site.id,
            company=site.name or self._brief.company or "Comptoir",
            assistant={language: self._assistant(language) for language in languages},
            languages=list(languages),
            accent=site.accent,
            palette=WidgetPalette(**asdict(palette_of(site.accent))),
            greeting={language: self._greeting(site, language) for language in languages},
            suggestions={language: list(site.suggestions.get(language, ())) for language in languages},
            consent=_by_language(site.consent, languages),
            privacy_url=site.privacy_url,
            hours=self._hours(languages),
            position=site.position,
            mail=self._mail,
            limits=WidgetLimits(
                message_characters=self._longest,
                comment_characters=min(COMMENT_CHARACTERS, self._longest),
            ),
        )

    def _site(self, site: str) -> SiteSettings:
        if site not in self._sites:
            raise Refused(Code.SITE_UNKNOWN)
        return self._sites[site]

    def _is_own(self, origin: str, host: str | None) -> bool:
        """A page that Comptoir itself serves. The scheme is left aside: a proxy may have ended the TLS."""
        own = origin.partition("://")[2]
        return origin == self._own_origin or (bool(host) and own == (host or "").lower())

    def _assistant(self, language: str) -> str:
        spoken = "fr" if language == "fr" else "en"
        return _text(self._brief.assistant, language) or _text(self._brief.assistant, spoken) or "Comptoir"

    def _greeting(self, site: SiteSettings, language: str) -> str:
        return _text(site.greeting, language) or self._brief.words(language).say(Phrase.GREETING)

    def _hours(self, languages: tuple[str, ...]) -> TeamHours:
        """Of the team that takes over what belongs to no other."""
        calendar, now = self._brief.calendar(None), self._clock()
        if calendar.hours is None:
            return TeamHours(open=None, text=None)
        opens = calendar.opening(now)
        return TeamHours(
            open=opens.open, text={language: hours_now(opens, now, language) for language in languages}
        )


def _text(texts: Mapping[str, str], language: str) -> str | None:
    return texts.get(language, texts.get(ANY_LANGUAGE))


def _by_language(texts: Mapping[str, str], languages: tuple[str, ...]) -> ByLanguage | None:
    """A text that is missing in one language is shown in another: consent must not vanish."""
    if not texts:
        return None
    any_text = next(iter(texts.values()))
    return {language: _text(texts, language) or any_text for language in languages}
