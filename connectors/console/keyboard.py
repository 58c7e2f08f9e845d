"""The keys that the console listens to, for the page that `?` shows. keyboard.js does what they say."""

from __future__ import annotations

from connectors.console.words import Words

Keys = list[tuple[str, list[tuple[str, str]]]]


def keys_by_place(_: Words) -> Keys:
    return [
        (
            _("Everywhere"),
            [
                ("Ctrl K", _("Commands, and finding conversations")),
                ("/", _("Search")),
                ("g q", _("To the queue")),
                ("g k", _("To the knowledge")),
                ("g j", _("To judging")),
                ("g o", _("To the overview")),
                ("?", _("This page")),
                ("Esc", _("Close, or back to the list")),
            ],
        ),
        (
            _("In the queue"),
            [
                ("j", _("Next conversation")),
                ("k", _("Previous conversation")),
                ("Enter", _("Open it")),
                ("x", _("Select it, for acting on several")),
                ("c", _("Claim it")),
                ("n", _("Show what is new")),
            ],
        ),
        (
            _("In a conversation"),
            [
                ("c", _("Claim")),
                ("r", _("Reply")),
                ("i", _("Internal note")),
                ("Ctrl Enter", _("Send")),
                ("e", _("Resolve")),
                ("s", _("Snooze")),
                ("t", _("Transfer")),
                ("b", _("Hand back to the assistant")),
                ("m", _("Judge the assistant's answer, then 1 to 5; again: the one before")),
                ("a", _("Add the question of a right answer to its article; of another, name the article")),
                ("z", _("Undo")),
            ],
        ),
    ]
