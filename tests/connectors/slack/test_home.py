"""The app's home, duty, lateness, the digest; and what the doctor says."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.events import Author, Measure, PersonJoined, ServiceLevelBreached, ServiceLevelWarned
from connectors.doctor import Health, check_slack
from connectors.settings import Settings
from tests.connectors.slack.conftest import HELP, NEMO, ORDERS, SALES, ZOE, Place, a_place, with_tables
from tests.slack_server import APP_TOKEN, BOT_TOKEN, a_slack, text_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).parents[3]


async def test_the_home_shows_what_is_mine_and_what_waits(place: Place) -> None:
    await place.customer("Where is my lamp?", "c1")
    await place.customer("Where is my chair?", "c2")
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim("c1", zoe)
    await place.slack.event({"type": "app_home_opened", "user": ZOE, "tab": "home", "channel": "D0ZOE"})
    await until(lambda: ZOE in place.slack.homes)
    mine, waiting = text_of(place.slack.homes[ZOE]).split("Waiting for a person", 1)
    assert "lamp" in mine
    assert "chair" in waiting
    await place.slack.click_home(ZOE, "claim")
    await place.happens(PersonJoined, "c2")
    await until(lambda: "Nothing here." in text_of(place.slack.homes[ZOE]))
    await place.slack.click_home(ZOE, "off_duty")
    await until(lambda: "You are *off duty*" in text_of(place.slack.homes[ZOE]))
    zoe = await place.service.roster.get("zoe")
    assert zoe
    assert not zoe.on_duty
    await place.slack.command(ZOE, SALES, "on")
    assert "on duty" in text_of(await place.told(ZOE))
    await place.slack.event({"type": "app_home_opened", "user": NEMO, "tab": "home", "channel": "D0NEMO"})
    await until(lambda: NEMO in place.slack.homes)
    assert "lamp" not in text_of(place.slack.homes[NEMO])


async def test_what_is_late_is_said_in_the_channel_and_the_digest_once_a_day(tmp_path: Path) -> None:
    hour = datetime.now(UTC).astimezone(ZoneInfo("Europe/Paris")).hour
    async with a_place(tmp_path, digest_channel=SALES, digest_hour=hour) as place:
        ts = await place.customer()
        late = ServiceLevelBreached(Measure.FIRST_RESPONSE, datetime.now(UTC) - timedelta(minutes=1))
        await place.service.log.append("c1", late, Author.SYSTEM, None, datetime.now(UTC))
        await until(lambda: [m for m in place.slack.thread(HELP, ts) if m.get("broadcast")])
        assert "Late: no first reply yet" in text_of(place.slack.thread(HELP, ts)[-1])
        soon = ServiceLevelWarned(Measure.RESOLUTION, datetime.now(UTC) + timedelta(minutes=9))
        await place.service.log.append("c1", soon, Author.SYSTEM, None, datetime.now(UTC))
        await until(lambda: "Nearly late: the solution" in text_of(place.slack.thread(HELP, ts)[-1]))
        await until(lambda: place.slack.messages[SALES])
        slack = place.service.slack
        assert slack
        await slack.digest.send_if_due()
        (digest,) = place.slack.messages[SALES]
        assert "Good morning" in text_of(digest)


async def test_the_doctor_looks_at_tokens_scopes_and_channels() -> None:
    async with a_slack() as slack:
        slack.channel(HELP, joined=True)
        slack.channel(ORDERS, joined=False)
        good = some_settings(slack.api, channel=HELP)
        (check,) = [c async for c in check_slack(good)]
        assert (check.health, check.found) == (Health.OK, "Maison Tilleul, as comptoir, socket")
        slack.scopes = slack.scopes.replace("chat:write,", "")
        (check,) = [c async for c in check_slack(good)]
        assert (check.health, check.found) == (Health.FAILED, "missing scopes: chat:write")
        slack.scopes += ",chat:write"
        (check,) = [c async for c in check_slack(some_settings(slack.api, channel=ORDERS))]
        assert "/invite" in check.advice
        (check,) = [c async for c in check_slack(some_settings(slack.api, app="xapp-wrong"))]
        assert "COMPTOIR_SLACK_APP_TOKEN" in check.advice
        (check,) = [c async for c in check_slack(some_settings(slack.api, bot="xoxb-wrong"))]
        assert "COMPTOIR_SLACK_BOT_TOKEN" in check.advice
    (check,) = [c async for c in check_slack(good)]
    assert check.health is Health.FAILED
    (check,) = [c async for c in check_slack(Settings())]
    assert (check.health, check.found) == (Health.OK, "not set up")


async def test_nothing_of_slack_is_loaded_where_it_is_not_set_up(tmp_path: Path) -> None:
    await with_tables(tmp_path)
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from connectors.assembly import assemble\n"
        "from connectors.http.app import make_app\n"
        "from connectors.http.door import make_door\n"
        "from connectors.settings import Settings\n"
        "from knowledge.embedders.hashing import HashingEmbedder\n"
        "async def main():\n"
        f"    settings = Settings(data=Path({str(tmp_path)!r}), index='exact')\n"
        "    async with await assemble(settings, embedder=HashingEmbedder()) as service:\n"
        "        make_app(make_door(service))\n"
        "asyncio.run(main())\n"
        "sys.exit(' '.join(m for m in sys.modules if m.startswith(('slack_', 'connectors.slack'))) or 0)"
    )
    command = [sys.executable, "-c", script]
    result = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def some_settings(api: str, bot: str = BOT_TOKEN, app: str = APP_TOKEN, **slack: str) -> Settings:
    return Settings(
        slack={"api": api, **slack},  # type: ignore[arg-type]
        slack_bot_token=bot,  # type: ignore[arg-type]
        slack_app_token=app,  # type: ignore[arg-type]
    )
