"""What Slack refuses of a message or a view: https://docs.slack.dev/reference/block-kit/blocks."""

from __future__ import annotations

import copy
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

Json = dict[str, Any]


class Wrong(Exception):
    """Slack's word for what is wrong with a call."""

    def __init__(self, error: str, *messages: str) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages


def check_message(given: Json) -> None:
    if not given.get("text") and not given.get("blocks"):
        raise Wrong("no_text")
    if len(given.get("text", "")) > 40_000:
        raise Wrong("msg_too_long")
    check_blocks(given.get("blocks", []), 50)


def check_view(view: Json, kind: str) -> None:
    if view.get("type") != kind:
        raise Wrong("invalid_arguments", "type")
    check_blocks(view.get("blocks", []), 100)
    if kind == "modal":
        for name in ("title", "close", "submit"):
            if name in view and not 1 <= len(view[name]["text"]) <= 24:
                raise Wrong("invalid_arguments", f"{name}: 24 characters at most")
        if "title" not in view:
            raise Wrong("invalid_arguments", "title")
        if len(view.get("private_metadata", "")) > 3000:
            raise Wrong("invalid_arguments", "private_metadata")
        if any(b["type"] == "input" for b in view["blocks"]) and "submit" not in view:
            raise Wrong("invalid_arguments", "submit")


def check_blocks(blocks: list[Json], most: int) -> None:
    if len(blocks) > most:
        raise Wrong("invalid_blocks", f"{len(blocks)} blocks, {most} at most")
    for block in blocks:
        parsed = Block.parse(copy.deepcopy(block))
        if parsed is None:
            raise Wrong("invalid_blocks", f"unknown type: {block.get('type')}")
        try:
            parsed.validate_json()
        except SlackObjectFormationError as error:
            raise Wrong("invalid_blocks", str(error)) from error
        _check_parts(block)
    if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > 12_000:
        raise Wrong("msg_too_long", "markdown")


_TEXTS = {"mrkdwn": 3000, "plain_text": 3000}
_ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}


def _check_parts(block: Json) -> None:
    kind = block["type"]
    elements = block.get("elements", [])
    if kind in _ELEMENTS and not 1 <= len(elements) <= _ELEMENTS[kind]:
        raise Wrong("invalid_blocks", f"{kind}: {len(elements)} elements")
    if kind in ("actions", "context_actions"):
        ids = [element["action_id"] for element in elements]
        if len(ids) != len(set(ids)):
            raise Wrong("invalid_blocks", "an action_id twice in one block")
    for element in (*elements, block.get("accessory"), block.get("element")):
        if element:
            _check_element(element)
    _check_texts(block)


def _check_element(element: Json) -> None:
    limits = {"value": 2000, "url": 3000, "action_id": 255}
    for name, most in limits.items():
        if name in element and not 1 <= len(element[name]) <= most:
            raise Wrong("invalid_blocks", f"{name} of {element.get('type')}")
    if element["type"] == "button" and len(element["text"]["text"]) > 75:
        raise Wrong("invalid_blocks", "a button's text")
    if "options" in element:
        most = 5 if element["type"] == "overflow" else 100
        if not 1 <= len(element["options"]) <= most:
            raise Wrong("invalid_blocks", "options")
        for option in element["options"]:
            if not 1 <= len(option["text"]["text"]) <= 75 or not 1 <= len(option["value"]) <= 150:
                raise Wrong("invalid_blocks", "an option")
        if element.get("initial_option", element["options"][0]) not in element["options"]:
            raise Wrong("invalid_blocks", "initial_option")
    if len(element.get("initial_value", "")) > min(element.get("max_length", 3000), 3000):
        raise Wrong("invalid_blocks", "initial_value")


def _check_texts(part: Any) -> None:
    if isinstance(part, dict):
        most = _TEXTS.get(str(part.get("type")))
        if most is not None and not 1 <= len(part["text"]) <= most:
            raise Wrong("invalid_blocks", f"a text of {len(part['text'])} characters")
        for value in part.values():
            _check_texts(value)
    elif isinstance(part, list):
        for value in part:
            _check_texts(value)
