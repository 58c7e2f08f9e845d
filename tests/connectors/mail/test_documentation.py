"""docs/mail.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.delivery import FIRST_RETRY, GIVE_UP, KEPT, LONGEST_RETRY
from connectors.mail.wanted import WINDOW_COUNTS_FOR
from connectors.settings import MailSettings, Settings, load_settings

PAGE = (Path(__file__).parents[3] / "docs/mail.md").read_text("utf-8")


def test_the_settings_that_it_shows_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    monkeypatch.setenv("COMPTOIR_MAIL_PASSWORD", "x")
    (tmp_path / "comptoir.toml").write_text(found[1], "utf-8")
    settings = load_settings(tmp_path / "comptoir.toml")
    assert settings.mail.server == "smtp.shop.example"
    assert settings.sites[0].page == "https://www.shop.example/help"


def test_the_settings_that_it_names_exist() -> None:
    named = set(re.findall(r"`([a-z]+_[a-z]+)`", PAGE)) - {"job_for", "make_deliverers"}
    assert named <= set(MailSettings.model_fields) | set(Settings.model_fields)
    assert {"known_customers", "wait_seconds", "link_days", "reply_to", "ca_file"} <= named


def test_the_times_that_it_tells_are_those_of_the_code() -> None:
    assert f"after {FIRST_RETRY.seconds} seconds" in PAGE
    assert f"every {LONGEST_RETRY.seconds // 60} minutes" in PAGE
    assert (GIVE_UP.days, "for three days" in PAGE) == (3, True)
    assert f"for {KEPT.days} days" in PAGE
    assert (WINDOW_COUNTS_FOR.seconds, bool(re.search(r"half an\s+hour", PAGE))) == (1800, True)
