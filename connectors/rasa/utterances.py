"""What a Rasa channel brings from a customer. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

_INTENT = re.compile(r"/[A-Za-z_][\w+/-]*(?:\s*\{.*\})?", re.DOTALL)
_DRAWN = re.compile(r"[A-Za-z0-9_-]{24,200}")
_UUID4 = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}", re.IGNORECASE)


def is_greeting(text: str | None) -> bool:
    """No words: a widget that has just been opened sends an intent, such as /get_started, or nothing."""
    return not text or _INTENT.fullmatch(text.strip()) is not None


def language_in(data: Any) -> str | None:
    """As widgets are told it: `customData: { language: "fr" }`."""
    language = data.get("language") if isinstance(data, Mapping) else None
    match = re.match(r"[A-Za-z]{2}(?![A-Za-z])", language) if isinstance(language, str) else None
    return match[0].lower() if match else None


def client_id_in(data: Any) -> str:
    """The protocol has none; who wants to send a message again safely adds a `message_id`."""
    told = data.get("message_id") if isinstance(data, Mapping) else None
    return f"rasa {told}" if isinstance(told, str) and 1 <= len(told) <= 150 else str(uuid4())


def is_unguessable(sender: str) -> bool:
    """Whether it looks as if it were drawn by chance: a UUID (version 4), or 24 or more letters and digits,
    well mixed. Names, numbers and addresses do not."""
    if _UUID4.fullmatch(sender):
        return True
    if _DRAWN.fullmatch(sender) is None:
        return False
    mixed = sum(sign.isdigit() for sign in sender) >= 3 and sum(sign.isalpha() for sign in sender) >= 6
    even = len(set(sender)) >= 12 and max(Counter(sender).values()) <= len(sender) // 4
    return mixed and even
