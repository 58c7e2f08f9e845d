"""What the SMTP door makes of a real server's answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from connectors.delivery import Later, Refused
from connectors.mail.addresses import mailbox
from connectors.mail.smtp import SmtpServer
from connectors.settings import MailSettings
from tests.mail_server import PASSWORD, USER, Received, a_mail_server

SHOP = mailbox("support@shop.example")
ZOE = mailbox("zoe@home.example")


@asynccontextmanager
async def a_client(settings: MailSettings, password: str | None = None) -> AsyncIterator[SmtpServer]:
    client = SmtpServer(settings, password, "help.shop.example")
    yield client
    await client.close()


async def sent(settings: MailSettings, password: str | None = None, recipient: str = ZOE.address) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SHOP.header, mailbox(recipient).header, "Été"
    message.set_content("Voilà.\n.\n..\nFrom here on\n")
    async with a_client(settings, password) as client:
        await client.send(message, SHOP, mailbox(recipient))


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_a_mail_arrives_as_it_was_written(tls: str) -> None:
    async with a_mail_server(tls) as server:
        await sent(server.settings())
    (received,) = server.received
    assert (received.sender, received.recipients) == ("support@shop.example", ["zoe@home.example"])
    assert received.encrypted == (tls != "none")
    assert received.message["Subject"] == "Été"
    assert received.message.get_content().splitlines() == ["Voilà.", ".", "..", "From here on"]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_it_signs_in_where_the_server_wants_it(tls: str) -> None:
    async with a_mail_server(tls, PASSWORD) as server:
        await sent(server.settings(user=USER), PASSWORD)
    (received,) = server.received
    assert (received.signed_in_as, received.encrypted) == (USER, True)


async def test_a_wrong_password_is_our_mistake_and_waits_to_be_mended() -> None:
    async with a_mail_server("starttls", PASSWORD) as server:
        with pytest.raises(Later, match="535"):
            await sent(server.settings(user=USER), "wrong")
        with pytest.raises(Later, match="530"):
            await sent(server.settings())
    assert server.received == []


async def test_a_server_that_cannot_prove_who_it_is_gets_nothing() -> None:
    for tls in ("starttls", "tls"):
        async with a_mail_server(tls) as server:
            with pytest.raises(Later, match=r"(?i)certificate"):
                await sent(server.settings(ca_file=None))
        assert server.received == []


async def test_a_server_without_encryption_gets_nothing_when_it_is_asked_for() -> None:
    async with a_mail_server("none") as server:
        with pytest.raises(Later, match=r"(?i)starttls"):
            await sent(server.settings(tls="starttls"))
    assert server.received == []


async def test_a_certificate_file_that_is_not_there_is_told() -> None:
    async with a_mail_server("starttls") as server:
        with pytest.raises(Later, match="No such file"):
            await sent(server.settings(ca_file="nowhere.pem"))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 No such user here", Refused),
        ("553 5.1.3 Bad address", Refused),
        ("452 4.2.2 Mailbox full", Later),
        ("451 4.7.1 Greylisted, try again later", Later),
        ("530 5.7.0 Authentication required", Later),
    ],
)
async def test_what_is_said_of_a_recipient(answer: str, expected: type[Exception]) -> None:
    async with a_mail_server() as server:
        server.at_recipient = lambda address: answer
        with pytest.raises(expected, match=answer[:9]):
            await sent(server.settings())


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("554 5.7.1 Spam", Refused), ("552 5.3.4 Too big", Refused), ("451 4.3.0 Try again", Later)],
)
async def test_what_is_said_of_a_message(answer: str, expected: type[Exception]) -> None:
    async def says(received: Received) -> str:
        return answer

    async with a_mail_server() as server:
        server.at_data = says
        with pytest.raises(expected, match=answer[:9]):
            await sent(server.settings())


async def test_a_server_that_is_away_is_tried_later() -> None:
    async with a_mail_server() as server:
        settings = server.settings()
    with pytest.raises(Later, match=r"127\.0\.0\.1"):
        await sent(settings)


async def test_a_connection_that_breaks_off_is_tried_later() -> None:
    async with a_mail_server() as server:

        async def breaks_off(received: Received) -> str:
            asyncio.get_running_loop().create_task(server.stop())
            await asyncio.sleep(0.05)
            return "250 OK"

        server.at_data = breaks_off
        with pytest.raises(Later):
            await sent(server.settings())


async def test_addresses_in_any_script_are_sent_where_the_server_knows_them() -> None:
    async with a_mail_server() as server:
        await sent(server.settings(), recipient="zoé@boutique-élégante.example")
    assert server.received[0].recipients == ["zoé@xn--boutique-lgante-jnbb.example"]


async def test_a_check_connects_and_signs_in_and_sends_nothing() -> None:
    async with a_mail_server("starttls", PASSWORD) as server:
        async with a_client(server.settings(user=USER), PASSWORD) as client:
            await client.check()
        async with a_client(server.settings(user=USER), "wrong") as client:
            with pytest.raises(Later, match="535"):
                await client.check()
    assert (server.connections, server.received) == (2, [])


async def test_once_the_server_has_it_nothing_more_is_waited_for() -> None:
    """What is delivered must be marked at once: each moment in between may cost a second mail."""
    async with a_mail_server() as server:
        client = SmtpServer(server.settings(), None, "help.shop.example")
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = SHOP.header, ZOE.header
        await client.send(message, SHOP, ZOE)
        assert client._leaving, "the farewell is still being said"
        await client.close()
        assert not client._leaving
