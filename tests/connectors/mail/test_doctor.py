"""The doctor and the command line tell what is wrong with mail, and what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.doctor import Health, check_deliveries, check_mail
from connectors.outbox.jobs import Job, Standing, Status
from connectors.records import open_records
from connectors.settings import Settings
from tests.builders import MONDAY
from tests.mail_server import PASSWORD, USER, MailServer, a_mail_server

ROOT = Path(__file__).parents[3]


def mail_settings(server: MailServer, password: str | None = None, **mail: Any) -> Settings:
    return Settings(
        public_address="https://help.shop.example",
        mail=server.settings(**mail),
        mail_password=password,  # type: ignore[arg-type]
    )


async def test_a_server_that_lets_us_in_is_well() -> None:
    async with a_mail_server("starttls", PASSWORD) as server:
        check = await check_mail(mail_settings(server, PASSWORD, user=USER))
    assert (check.health, check.found) == (Health.OK, f"127.0.0.1:{server.port}, starttls")
    assert server.received == []


async def test_a_wrong_password_is_told() -> None:
    async with a_mail_server("starttls", PASSWORD) as server:
        check = await check_mail(mail_settings(server, "wrong", user=USER))
    assert check.health is Health.FAILED
    assert "535" in check.advice
    assert "wrong" not in check.advice + check.found


async def test_a_server_that_is_away_is_told() -> None:
    async with a_mail_server() as server:
        settings = mail_settings(server)
    check = await check_mail(settings)
    assert check.health is Health.FAILED
    assert "docs/mail.md" in check.advice


async def test_without_a_server_there_is_nothing_to_be_ill() -> None:
    check = await check_mail(Settings())
    assert (check.health, check.advice) == (Health.OK, "")


async def test_mails_in_the_clear_are_only_well_on_this_machine() -> None:
    async with a_mail_server() as server:
        assert (await check_mail(mail_settings(server))).health is Health.OK


def test_what_is_given_up_is_told() -> None:
    check = check_deliveries(Standing("mail", 0, None, None, 3), MONDAY)
    assert (check.health, check.found) == (Health.ATTENTION, "3 given up")
    assert "comptoir deliveries" in check.advice


def test_what_waits_for_long_is_told_with_the_reason() -> None:
    soon = Standing("mail", 2, MONDAY - timedelta(minutes=5), "connection refused", 0)
    assert check_deliveries(soon, MONDAY).health is Health.OK
    late = Standing("mail", 2, MONDAY - timedelta(minutes=50), "connection refused", 0)
    check = check_deliveries(late, MONDAY)
    assert (check.found, check.advice) == ("2 waiting, the oldest for 50 minutes", "connection refused")
    unattended = Standing("mail", 1, MONDAY - timedelta(hours=2), None, 0)
    assert "does comptoir serve run?" in check_deliveries(unattended, MONDAY).advice


async def test_the_command_line_lists_what_was_given_up_and_has_it_tried_again(tmp_path: Path) -> None:
    job = Job("mail", 7, "c1", 3, "answer", "camille@home.example", MONDAY, "c1")
    async with await open_records(Settings(data=tmp_path)) as records:
        await records.outbox.begin("mail", 0, MONDAY)
        await records.outbox.take_in("mail", [job], 0, 7, MONDAY)
        (claim,) = await records.outbox.claim("mail", MONDAY, MONDAY + timedelta(minutes=5), 1)
        await records.outbox.settle(claim, Status.REFUSED, "550 No such user", MONDAY)
    listed = comptoir(tmp_path, "deliveries")
    assert "camille@home.example" in listed.stdout
    assert "550 No such user" in listed.stdout
    assert "mail: 0 waiting, 1 given up" in listed.stderr
    (letter,) = json.loads(comptoir(tmp_path, "deliveries", "--json").stdout)
    assert (letter["reason"], letter["job"]["recipient"]) == ("550 No such user", "camille@home.example")
    again = comptoir(tmp_path, "--language", "fr", "deliveries", "--again")
    assert "1 seront tentés de nouveau." in again.stderr
    assert "Nothing was given up." in comptoir(tmp_path, "deliveries").stderr
    async with await open_records(Settings(data=tmp_path)) as records:
        standing = await records.outbox.standing("mail", datetime.now(UTC))
    assert (standing.waiting, standing.refused) == (1, 0)


def comptoir(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
    result = subprocess.run(
        [sys.executable, "-c", "from connectors.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=data,
        env=ours | {"PYTHONPATH": str(ROOT), "COMPTOIR_DATA": str(data), "LC_ALL": "C.UTF-8"},
    )
    assert result.returncode == 0, result.stderr
    return result
