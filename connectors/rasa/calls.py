"""An errand as a call of Rasa's action-server protocol, and what the answer says. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from bot.errands import Errand, ErrandFailed, Said


def call_of(errand: Errand) -> dict[str, Any]:
    """With a tracker as a Rasa assistant would send it: the slots are filled, one message was written."""
    entities = [{"entity": name, "value": value} for name, value in errand.slots.items()]
    parsed = {"text": errand.text, "intent": {"name": errand.action}, "entities": entities}
    return {
        "version": version("rasa-sdk"),
        "next_action": errand.action,
        "sender_id": errand.conversation_id,
        "domain": {"actions": [errand.action]},
        "tracker": {
            "sender_id": errand.conversation_id,
            "slots": {**errand.slots, "language": errand.language},
            "latest_message": {**parsed, "metadata": {"language": errand.language}},
            "events": [
                {"event": "user", "timestamp": time.time(), "text": errand.text, "parse_data": parsed}
            ],
            "paused": False,
            "latest_input_channel": "comptoir",
            "active_loop": {},
            "latest_action_name": "action_listen",
        },
    }


def said_in(responses: Iterable[Any], ran: str) -> Said:
    """Texts, addresses of pictures and files, and the buttons. Raises ErrandFailed when there is nothing."""
    told = [response for response in responses if isinstance(response, Mapping)]
    texts = [_text(response) for response in told]
    text = "\n\n".join(part for part in texts if part)
    if not text:
        raise ErrandFailed("it said nothing: an action answers with utter_message(text=…)", ran)
    return Said(text, tuple(choice for response in told for choice in _choices(response)), ran)


def _text(response: Mapping[str, Any]) -> str:
    parts = (response.get(name) for name in ("text", "image", "attachment"))
    return "\n\n".join(part.strip() for part in parts if isinstance(part, str) and part.strip())


def _choices(response: Mapping[str, Any]) -> Iterable[str]:
    """What a click sends is what is written on it: `/intent` means nothing here."""
    for button in response.get("buttons") or ():
        title = button.get("title") if isinstance(button, Mapping) else None
        if isinstance(title, str) and title.strip():
            yield title.strip()
