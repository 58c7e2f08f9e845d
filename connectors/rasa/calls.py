"""An errand as a call of Rasa's action-server protocol, and what the answer says. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from bot.errands import Errand, ErrandFailed, Said

WHY = 500
"""Characters of an action's reasons that the team gets to read."""


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


ESCALATION = "action_comptoir_escalate"
"""As a follow-up: a person is to take over. It is the name that Rasa assistants have for it, too."""
ESCALATION_SLOT = "comptoir_escalate"
"""The same as a slot: true, or why, in words for the team."""


def said_in(responses: Iterable[Any], ran: str, events: Iterable[Any] = ()) -> Said:
    """Texts, addresses of pictures and files, and the buttons; and whether a person is to take over. Raises
    ErrandFailed when there is nothing."""
    told = [response for response in responses if isinstance(response, Mapping)]
    texts = [_text(response) for response in told]
    text = "\n\n".join(part for part in texts if part)
    why = _escalation(events)
    if not text and why is None:
        raise ErrandFailed("it said nothing: an action answers with utter_message(text=…)", ran)
    choices = tuple(choice for response in told for choice in _choices(response))
    return Said(text, choices, ran, why is not None, why or "")


def _escalation(events: Iterable[Any]) -> str | None:
    """Why a person is wanted, as far as it is said; None when none is."""
    wish = None
    for event in events:
        match event:
            case {"event": "followup", "name": name} if name == ESCALATION:
                wish = wish or ""
            case {"event": "slot", "name": name, "value": value} if name == ESCALATION_SLOT and value:
                wish = value.strip()[:WHY] if isinstance(value, str) else wish or ""
    return wish


def _text(response: Mapping[str, Any]) -> str:
    parts = (response.get(name) for name in ("text", "image", "attachment"))
    return "\n\n".join(part.strip() for part in parts if isinstance(part, str) and part.strip())


def _choices(response: Mapping[str, Any]) -> Iterable[str]:
    """What a click sends is what is written on it: `/intent` means nothing here."""
    for button in response.get("buttons") or ():
        title = button.get("title") if isinstance(button, Mapping) else None
        if isinstance(title, str) and title.strip():
            yield title.strip()
