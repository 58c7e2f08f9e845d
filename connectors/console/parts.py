"""What every page of the console has at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.console.lockout import Lockout
from connectors.console.passwords import Passwords
from connectors.console.presence import Presence
from connectors.console.records import ConsoleRecords
from connectors.console.sessions import Expiry
from connectors.console.sign_in import SignIn
from connectors.console.templating import Templates

if TYPE_CHECKING:
    from connectors.assembly import Service


@dataclass(frozen=True)
class Parts:
    """The service, and what is the console's own."""

    service: Service
    records: ConsoleRecords
    passwords: Passwords
    lockout: Lockout
    presence: Presence
    templates: Templates
    expiry: Expiry
    clock: Callable[[], datetime]
    owe: Callable[[str], None]
    """The assistant owes this conversation an answer: give it soon, in the background."""

    @cached_property
    def sign_in(self) -> SignIn:
        return SignIn(self.records, self.service.roster, self.passwords, self.lockout, self.expiry)


def make_parts(
    service: Service,
    owe: Callable[[str], None],
    *,
    passwords: Passwords | None = None,
    lockout: Lockout | None = None,
) -> Parts:
    settings = service.settings
    return Parts(
        service=service,
        records=service.console,
        passwords=passwords or Passwords(),
        lockout=lockout or Lockout(),
        presence=Presence(service.hub),
        templates=Templates(),
        expiry=Expiry(
            timedelta(hours=settings.console_idle_hours), timedelta(days=settings.console_session_days)
        ),
        clock=service.clock,
        owe=owe,
    )
