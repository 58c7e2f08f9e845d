"""What the parts of a brief are made of: texts, hours, time zones, checked as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from knowledge.hours import check

ANY_LANGUAGE = ""


def _in_languages(value: Any) -> Any:
    return {ANY_LANGUAGE: value} if isinstance(value, str) else value


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no time zone; write a name such as Europe/Paris")
    return value


def _readable_hours(value: str) -> str:
    check(value)
    return value


def _known_country(value: str) -> str:
    check("24/7", country=value)
    return value


Text = Annotated[dict[str, str], BeforeValidator(_in_languages)]
"""A text, or one for each language: `fr: …`, `en: …`."""
Zone = Annotated[str, AfterValidator(_known_zone)]
Hours = Annotated[str, AfterValidator(_readable_hours)]
Country = Annotated[str, AfterValidator(_known_country)]
LanguageCode = Annotated[str, Field(pattern="^[a-z]{2}$")]


def text_in(text: Mapping[str, str], language: str) -> str | None:
    """The text in this language, else the one for any language, else none."""
    return text.get(language, text.get(ANY_LANGUAGE))


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
