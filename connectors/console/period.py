"""Which days, site and language the overview is about, as the address says it: "/overview?days=30". Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from connectors.console.lists import Said
from escalation.reports import Scope

USUAL = 14
CHOICES = (7, 14, 30, 90)
LONGEST = 366
"""Days at once."""

Chosen = Annotated[date | None, BeforeValidator(lambda value: value or None)]


class Period(BaseModel):
    """The last `days` days, today included; or from one day to another, both included."""

    model_config = ConfigDict(frozen=True)

    days: int = Field(USUAL, ge=1, le=LONGEST)
    first: Chosen = None
    last: Chosen = None
    site: Said = None
    language: Said = None

    @property
    def is_own(self) -> bool:
        """Days that somebody chose themselves."""
        return self.first is not None or self.last is not None

    def dates(self, now: datetime, zone: ZoneInfo) -> tuple[date, date]:
        """First and last day, of the company's calendar."""
        last = self.last or now.astimezone(zone).date()
        first = self.first or last - timedelta(days=self.days - 1)
        first, last = min(first, last), max(first, last)
        return max(first, last - timedelta(days=LONGEST - 1)), last

    def scope(self, now: datetime, zone: ZoneInfo) -> Scope:
        first, last = self.dates(now, zone)
        start = datetime.combine(first, time(), zone)
        end = datetime.combine(last + timedelta(days=1), time(), zone)
        return Scope(start, end, self.site, self.language)

    def with_(self, path: str = "/overview", **changes: object) -> str:
        """An address with the same choices but these."""
        said = {
            "days": None if self.is_own or self.days == USUAL else self.days,
            "first": self.first,
            "last": self.last,
            "site": self.site,
            "language": self.language,
        } | changes
        query = urlencode({name: str(value) for name, value in said.items() if value is not None})
        return f"{path}?{query}" if query else path
