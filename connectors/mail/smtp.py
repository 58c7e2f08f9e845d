"""The SMTP server: takes a message, refuses it for good, or not now. The only one who knows aiosmtplib.

What the server says about a recipient or a message counts for that mail alone: a code that begins with 5 is a
refusal (RFC 5321, section 4.2.1). What it says about us (sign-in, sender, encryption) is a mistake in the
settings: mails wait until it is mended, and `comptoir doctor` tells.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Protocol

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from connectors.delivery import Later, Refused
from connectors.mail.addresses import Mailbox
from connectors.settings import MailSettings

SECONDS = 30.0
"""For each word of the server."""
FAREWELL_SECONDS = 5.0
ABOUT_US = frozenset({503, 530, 534, 535, 538})
"""Refusals of a recipient or message that ask for signing in or encryption first (RFC 4954, RFC 3207)."""


class Transport(Protocol):
    async def send(self, message: EmailMessage, sender: Mailbox, recipient: Mailbox) -> None:
        """Once this returns, the server has it. Raises Refused, Later."""
        ...


class SmtpServer:
    def __init__(self, settings: MailSettings, password: str | None, calls_itself: str) -> None:
        self._settings = settings
        self._password = password
        self._calls_itself = calls_itself
        self._trust: ssl.SSLContext | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def send(self, message: EmailMessage, sender: Mailbox, recipient: Mailbox) -> None:
        client = await self._connected()
        try:
            await client.send_message(message, sender=sender.address, recipients=[recipient.address])
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            raise _verdict(error) from error
        except asyncio.CancelledError:
            client.close()
            raise
        self._leave(client)

    async def check(self) -> None:
        """Connect and sign in, as for a mail. Raises Later."""
        self._leave(await self._connected())

    async def close(self) -> None:
        """Farewells under way are said."""
        await asyncio.gather(*self._leaving)

    async def _connected(self) -> SMTP:
        settings = self._settings
        try:
            client = SMTP(
                hostname=settings.server,
                port=settings.port,
                use_tls=settings.tls == "tls",
                start_tls=settings.tls == "starttls",
                tls_context=self._trusted() if settings.tls != "none" else None,
                username=settings.user or None,
                password=self._password if settings.user else None,
                local_hostname=self._calls_itself,
                timeout=SECONDS,
            )
            await client.connect()
        except (SMTPException, OSError, ValueError) as error:
            raise Later(_said(error)) from error
        return client

    def _trusted(self) -> ssl.SSLContext:
        """Raises OSError (ssl.SSLError is one) for a file that is not there or holds no certificates."""
        if self._trust is None:
            self._trust = ssl.create_default_context(cafile=self._settings.ca_file)
        return self._trust

    def _leave(self, client: SMTP) -> None:
        """In the background: the mail is delivered, and that is to be marked before anything else."""
        task = asyncio.create_task(_farewell(client))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


async def _farewell(client: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await client.quit(timeout=FAREWELL_SECONDS)
    client.close()


def _verdict(error: Exception) -> Refused | Later:
    match error:
        case SMTPRecipientsRefused(recipients=[refused, *_]):
            return _of_this_mail(refused)
        case SMTPDataError():
            return _of_this_mail(error)
        case SMTPNotSupported() | ValueError():
            return Refused(_said(error))
    return Later(_said(error))


def _of_this_mail(error: SMTPResponseException) -> Refused | Later:
    if 500 <= error.code < 600 and error.code not in ABOUT_US:
        return Refused(_said(error))
    return Later(_said(error))


def _said(error: Exception) -> str:
    """In one line, without the server's chattiness."""
    if isinstance(error, SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = str(error) or type(error).__name__
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:300]
