"""What Slack sends, in our terms: what kind it is, by what it is known again, and people's words. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Body = Mapping[str, Any]

_MENTION = re.compile(r"<@[UWB][A-Z0-9]+(?:\|[^>]*)?>")
_NAMED = re.compile(r"<(?:#|!)[^>|]*\|([^>]*)>")
_COMMAND = re.compile(r"<![^>]*>|<#[^>]*>")
_LINK = re.compile(r"<((?:https?|mailto|tel)[^>|]*)(?:\|([^>]*))?>")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])")


def kind_of(body: Body) -> str:
    if body.get("type") == "event_callback":
        return "event"
    return "command" if "command" in body else str(body.get("type", "unknown"))


def key_of(body: Body) -> str:
    """The same when Slack sends the same again."""
    if event_id := body.get("event_id"):
        return str(event_id)
    if trigger := body.get("trigger_id"):
        return str(trigger)
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()[:40]


def moment_of(body: Body) -> int:
    """When it happened, in microseconds; the same when Slack sends it again. 0 where it does not say."""
    event = body.get("event", {})
    said = event.get("event_ts") or event.get("ts") or body.get("event_time") or 0
    try:
        return int(float(said) * 1_000_000)
    except (TypeError, ValueError):
        return 0


def spoken(text: str) -> str:
    """A message of Slack's as its writer meant it: no mention of us, no markup."""
    text = _MENTION.sub("", text)
    text = _COMMAND.sub("", _NAMED.sub(r"\1", text))
    text = _LINK.sub(lambda m: m[2] or m[1].removeprefix("mailto:").removeprefix("tel:"), text)
    return _unescaped(text).strip()


def as_markdown(text: str) -> str:
    """The same with its links and emphasis, in Markdown: what a customer is sent."""
    text = _MENTION.sub("", text)
    text = _COMMAND.sub("", _NAMED.sub(r"\1", text))
    text = _LINK.sub(lambda m: f"[{m[2]}]({m[1]})" if m[2] and m[2] not in m[1] else m[1], text)
    text = _STRUCK.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text))
    return _unescaped(text).strip()


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@dataclass(frozen=True, slots=True)
class Where:
    """Where somebody did something, so that they can be told something about it."""

    user: str
    channel: str | None = None
    thread: str | None = None
    respond_at: str | None = None
    home: bool = False

    def packed(self, **more: str) -> str:
        """For a form's `private_metadata`, with what it is about."""
        return json.dumps({"where": asdict(self), **more}, ensure_ascii=False)


def unpacked(kept: str) -> tuple[Where, dict[str, str]]:
    about = json.loads(kept)
    return Where(**about.pop("where")), about


def where_of(body: Body) -> Where:
    """Of a button or a shortcut."""
    container, message = body.get("container", {}), body.get("message", {})
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    return Where(
        str((body.get("user") or {}).get("id", "")),
        channel,
        message.get("thread_ts") or container.get("thread_ts") or container.get("message_ts"),
        body.get("response_url"),
        container.get("type") == "view",
    )


def values_of(body: Body) -> dict[str, str]:
    """What was filled into a form, by the name of its field."""
    given: dict[str, str] = {}
    for fields in body.get("view", {}).get("state", {}).get("values", {}).values():
        for name, field in fields.items():
            chosen = (field.get("selected_option") or {}).get("value")
            given[name] = str(chosen if chosen is not None else field.get("value") or "")
    return given
