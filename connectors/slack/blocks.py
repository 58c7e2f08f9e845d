"""Block Kit as plain dicts, cut to Slack's limits: https://docs.slack.dev/reference/block-kit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Block = dict[str, Any]

SECTION = 3000
BUTTON = 75
MARKDOWN = 11_000
"""Of 12,000 that all Markdown of a message may have."""
FALLBACK = 3000


def escaped(text: str) -> str:
    """As words, whatever they are: no mention, no link, no "@channel" comes of them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def mrkdwn(text: str) -> Block:
    """What stands in it from elsewhere must be `escaped`."""
    return {"type": "mrkdwn", "text": clipped(text, SECTION)}


def words_of(text: str, longest: int = SECTION) -> Block:
    """Letter by letter: nothing in it is markup."""
    return {"type": "plain_text", "text": clipped(text, longest) or " ", "emoji": False}


def section(text: str, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return block | ({"accessory": accessory} if accessory else {})


def said(text: str) -> list[Block]:
    """Somebody's own words, whole."""
    pieces = [text[n : n + SECTION] for n in range(0, len(text), SECTION)] or [" "]
    return [{"type": "section", "text": words_of(piece)} for piece in pieces[:10]]


def markdown(text: str) -> Block:
    return {"type": "markdown", "text": clipped(escaped(text), MARKDOWN)}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts if text][:10]}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)[:25]}


def button(
    text: str, action: str, value: str = "", *, style: str | None = None, url: str | None = None
) -> Block:
    made: Block = {"type": "button", "text": words_of(text, BUTTON), "action_id": action}
    more = {"value": value or None, "style": style, "url": url}
    return made | {name: given for name, given in more.items() if given}


def option(text: str, value: str) -> Block:
    return {"text": words_of(text, BUTTON), "value": value}


def overflow(action: str, options: Sequence[Block]) -> Block:
    return {"type": "overflow", "action_id": action, "options": list(options)[:5]}


def select(label: str, action: str, options: Iterable[Block], initial: Block | None = None) -> Block:
    element: Block = {"type": "static_select", "action_id": action, "options": list(options)[:100]}
    if initial:
        element["initial_option"] = initial
    return {"type": "input", "block_id": action, "label": words_of(label), "element": element}


def text_field(
    label: str, action: str, initial: str = "", *, longest: int = 3000, optional: bool = False
) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": action, "multiline": True}
    element |= {"max_length": longest} | ({"initial_value": clipped(initial, longest)} if initial else {})
    field = {"type": "input", "block_id": action, "label": words_of(label), "element": element}
    return field | ({"optional": True} if optional else {})


def modal(
    callback: str, title: str, blocks: Sequence[Block], close: str, submit: str = "", kept: str = ""
) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": words_of(title, 24),
        "close": words_of(close, 24),
        "blocks": list(blocks)[:100],
        "private_metadata": kept,
    }
    return view | ({"submit": words_of(submit, 24)} if submit else {})
