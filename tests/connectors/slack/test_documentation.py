"""docs/slack.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from connectors.settings import Settings, SlackSettings, load_settings
from connectors.slack.examination import SCOPES
from connectors.slack.people import READERS
from connectors.slack.words import ENGLISH, FRENCH

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/slack.md").read_text("utf-8")


def test_the_settings_that_it_shows_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    monkeypatch.setenv("COMPTOIR_SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("COMPTOIR_SLACK_APP_TOKEN", "xapp-1")
    (tmp_path / "comptoir.toml").write_text(found[1], "utf-8")
    slack = load_settings(tmp_path / "comptoir.toml").slack
    assert slack.channel_of("billing") == "C024BE91M"
    assert slack.channel_of("support") == "C024BE91L"


def test_the_settings_and_buttons_that_it_names_exist() -> None:
    named = set(re.findall(r"`([a-z]+_[a-z]+)`", PAGE)) - {"event_id"}
    assert named <= set(SlackSettings.model_fields) | set(Settings.model_fields)
    for label in ("share", "sure", "useful", "not_useful", "correct", "claim", "not_for_us", "send", "open"):
        assert f"*{getattr(ENGLISH, label)}*" in PAGE
    assert f"more than {READERS} people" in PAGE


def test_both_languages_have_the_same_places() -> None:
    for name in ENGLISH.__dataclass_fields__:
        english, french = getattr(ENGLISH, name), getattr(FRENCH, name)
        assert english, name
        assert french, name
        assert type(english) is type(french)
        if isinstance(english, str):
            assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", french)), name


def test_the_manifest_asks_for_what_is_used() -> None:
    manifest = yaml.safe_load((ROOT / "connectors/slack/manifest.yaml").read_text("utf-8"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert {s["callback_id"] for s in manifest["features"]["shortcuts"]} == {"ask", "send"}
