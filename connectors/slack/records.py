"""What only Slack's door has to remember: where a conversation is in Slack, and what was posted there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ask:
    """A conversation that somebody has with the bot in Slack, and where its answers go."""

    conversation_id: str
    channel: str
    """Of a thread; where a command was typed, when `private`."""
    thread: str | None
    """Its first message's ts."""
    user: str
    """Who asked first."""
    team: str
    """Their workspace."""
    internal: bool
    """Whoever reads the answers may see internal articles."""
    private: bool = False
    """Only who asked sees the answers, until they share one."""
    pane: bool = False
    """It is in Slack's assistant pane."""
    respond_at: str | None = None
    """A command's response_url: works for half an hour, wherever it was typed."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message of ours. `ts` is None from before it is sent until Slack has said where it is."""

    id: str
    conversation_id: str
    channel: str
    thread: str | None
    ts: str | None
    began_at: datetime


class SlackRecords(Protocol):
    """Every method may raise OutboxUnavailable."""

    async def asked(self, ask: Ask) -> Ask:
        """Remember it; what was remembered before stands, but for `internal` and a newer `respond_at`."""
        ...

    async def ask(self, conversation_id: str) -> Ask | None: ...

    async def begin(self, post: Post) -> Post | None:
        """Before it is sent. When it was begun before, that: its ts says whether it came through."""
        ...

    async def posted(self, id: str, ts: str) -> None: ...

    async def forget(self, id: str) -> None:
        """Slack did not take it, for certain."""
        ...

    async def post(self, id: str) -> Post | None: ...

    async def sweep(self, before: datetime) -> None:
        """What was posted so long ago is not repeated any more; cards are kept, for their threads."""
        ...

    async def thread(self, channel: str, ts: str) -> Post | None:
        """The card whose thread this is."""
        ...

    async def cards(self, conversation_id: str) -> list[Post]:
        """Of a conversation that are in Slack, oldest first."""
        ...
