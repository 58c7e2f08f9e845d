"""What a Rasa assistant sends to an action server, and what it has of the answer."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from bot.events import Event
from connectors.assembly import Service

RASA_KEY = "a key of the Rasa assistant, long enough"
OTHER_KEY = "another assistant's key, long enough"
AUTHORISED = {"Authorization": f"Bearer {RASA_KEY}"}
SLOTS = ("outcome", "speaker", "confidence", "link", "reason", "told")
_ids = itertools.count(1)


def a_user_event(text: str, message_id: str | None = None) -> dict[str, Any]:
    number = next(_ids)
    return {
        "event": "user",
        "timestamp": 1764000000.0 + number,
        "text": text,
        "message_id": message_id or f"message {number}",
        "parse_data": {"text": text, "intent": {"name": "question", "confidence": 0.9}, "entities": []},
        "input_channel": "rest",
        "metadata": {},
    }


def a_call(action: str | None, text: str = "", sender: str = "sam", **more: Any) -> dict[str, Any]:
    """As Rasa 3 sends it: https://rasa.com/docs/reference/api/pro/action-server-api"""
    event = a_user_event(text, more.pop("message_id", None))
    said_before = more.pop("said_before", [])
    message = {"text": text, "intent": {"name": "question"}, "entities": [], "metadata": {}}
    return {
        "version": "3.13.0",
        "next_action": action,
        "sender_id": sender,
        "domain": {"actions": [action], "intents": [], "slots": {}, "responses": {}},
        "tracker": {
            "sender_id": sender,
            "slots": more.pop("slots", {}),
            "latest_message": message | {"message_id": event["message_id"]},
            "latest_event_time": event["timestamp"],
            "followup_action": None,
            "paused": False,
            "events": [*said_before, event] if text else said_before,
            "latest_input_channel": "rest",
            "active_loop": {},
            "latest_action_name": "action_listen",
        },
    } | more


class Assistant:
    def __init__(self, client: httpx.AsyncClient, sender: str, key: str = RASA_KEY) -> None:
        self.client = client
        self.sender = sender
        self.headers = {"Authorization": f"Bearer {key}"}

    async def run(self, action: str, text: str = "", **more: Any) -> Result:
        call = a_call(f"action_comptoir_{action}", text, self.sender, **more)
        response = await self.client.post("/rasa/webhook", json=call, headers=self.headers)
        assert response.status_code == 200, response.text
        return Result(response.json())


class Result:
    def __init__(self, told: dict[str, Any]) -> None:
        self.responses: list[dict[str, Any]] = told["responses"]
        self.reminders = [event for event in told["events"] if event["event"] == "reminder"]
        self.slots = {
            event["name"].removeprefix("comptoir_"): event["value"]
            for event in told["events"]
            if event["event"] == "slot"
        }

    @property
    def texts(self) -> list[str]:
        return [response["text"] for response in self.responses]


async def conversation_with(service: Service, text: str) -> tuple[str, list[Event]]:
    """The one conversation in which this was written, and what happened in it."""
    found = {
        logged.conversation_id
        for logged in await service.log.after(0, 10_000)
        if getattr(logged.event, "text", None) == text
    }
    assert len(found) == 1, found
    conversation_id = found.pop()
    return conversation_id, [logged.event for logged in await service.log.read(conversation_id)]
