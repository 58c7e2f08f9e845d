"""A real SMTP server on loopback that keeps what it is sent, and refuses, stalls or is away on command."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.settings import MailSettings

USER, PASSWORD = "comptoir", "correct horse"


@dataclass(frozen=True)
class Received:
    message: EmailMessage
    sender: str
    recipients: list[str]
    encrypted: bool
    signed_in_as: str | None

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


async def _accept(received: Received) -> str:
    return "250 OK"


@dataclass
class MailServer:
    tls: str = "none"
    password: str | None = None
    """When given, nobody sends without signing in."""
    received: list[Received] = field(default_factory=list)
    at_recipient: Callable[[str], str] = lambda address: "250 OK"
    at_data: Callable[[Received], Awaitable[str]] = _accept
    """Its answer; what it answers with 250 is received."""
    port: int = 0
    connections: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.BaseTransport] = field(default_factory=set)

    async def start(self) -> None:
        """On the port it had before."""
        loop = asyncio.get_running_loop()
        context = server_context() if self.tls == "tls" else None
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for transport in list(self._open):
                transport.close()
            await self._server.wait_closed()
            self._server = None

    def settings(self, **more: Any) -> MailSettings:
        given: dict[str, Any] = {
            "server": "127.0.0.1",
            "port": self.port,
            "tls": self.tls,
            "sender": "Maison Tilleul <support@shop.example>",
            "ca_file": certificate()[0] if self.tls != "none" else None,
        }
        return MailSettings(**(given | more))

    def _protocol(self) -> SMTP:
        self.connections += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it does not see that a connection was encrypted from the start
            protocol = _Smtp(
                self,
                loop=asyncio.get_running_loop(),
                hostname="mail.shop.example",
                enable_SMTPUTF8=True,
                tls_context=server_context() if self.tls == "starttls" else None,
                require_starttls=self.tls == "starttls",
                auth_required=self.password is not None,
                auth_require_tls=self.tls == "starttls",
                authenticator=self._sign_in,
            )
        protocol.open = self._open
        return protocol

    def _sign_in(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = (data.login.decode(), data.password.decode()) == (USER, self.password)
        return AuthResult(success=right, handled=False, auth_data=data)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.at_recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        login = session.auth_data.login.decode() if session.authenticated else None
        sender = envelope.mail_from or ""
        assert server.transport is not None
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        received = Received(message, sender, envelope.rcpt_tos, encrypted, login)
        answer = await self.at_data(received)
        if answer.startswith("250"):
            self.received.append(received)
        return answer


class _Smtp(SMTP):
    open: set[asyncio.BaseTransport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.open -= {transport for transport in self.open if transport.is_closing()}
        super().connection_lost(error)


@asynccontextmanager
async def a_mail_server(tls: str = "none", password: str | None = None) -> AsyncIterator[MailServer]:
    server = MailServer(tls, password)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@cache
def certificate() -> tuple[Path, Path]:
    """A certificate of its own authority for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.shop.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = Path(mkdtemp(prefix="comptoir-mail-"))
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "certificate.pem", folder / "key.pem"


@cache
def server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*map(str, certificate()))
    return context
