"""The console's records in memory, for tests and trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from connectors.console.accounts import Account
from connectors.console.canned_replies import CannedReply
from connectors.console.drafts import Kind, WrittenDraft
from connectors.console.links import Link
from connectors.console.records import ConsoleRecords
from connectors.console.saved_views import SavedView
from connectors.console.sessions import Session


def memory_records() -> ConsoleRecords:
    return ConsoleRecords(
        MemoryAccounts(),
        MemorySessions(),
        MemoryLinks(),
        MemoryDrafts(),
        MemorySavedViews(),
        MemoryCannedReplies(),
    )


class MemoryAccounts:
    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    async def get(self, name: str) -> Account | None:
        return self._accounts.get(name)

    async def everyone(self) -> Sequence[Account]:
        return sorted(self._accounts.values(), key=lambda account: account.name)

    async def save(self, account: Account) -> None:
        self._accounts[account.name] = account


class MemorySessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def get(self, key: str) -> Session | None:
        return self._sessions.get(key)

    async def of(self, account: str) -> Sequence[Session]:
        theirs = [session for session in self._sessions.values() if session.account == account]
        return sorted(theirs, key=lambda session: session.seen_at, reverse=True)

    async def start(self, session: Session) -> None:
        self._sessions[session.key] = session

    async def seen(self, key: str, at: datetime) -> None:
        if session := self._sessions.get(key):
            self._sessions[key] = replace(session, seen_at=at)

    async def end(self, key: str) -> None:
        self._sessions.pop(key, None)

    async def end_all(self, account: str, but: str | None = None) -> None:
        for session in await self.of(account):
            if session.key != but:
                await self.end(session.key)

    async def forget(self, seen_before: datetime, started_before: datetime) -> None:
        for session in list(self._sessions.values()):
            if session.seen_at < seen_before or session.started_at < started_before:
                await self.end(session.key)


class MemoryLinks:
    def __init__(self) -> None:
        self._links: dict[str, Link] = {}

    async def add(self, link: Link) -> None:
        self._links[link.key] = link

    async def get(self, key: str) -> Link | None:
        return self._links.get(key)

    async def take(self, key: str) -> Link | None:
        return self._links.pop(key, None)

    async def revoke(self, account: str) -> None:
        self._links = {key: link for key, link in self._links.items() if link.account != account}


class MemoryDrafts:
    def __init__(self) -> None:
        self._drafts: dict[tuple[str, str, Kind], WrittenDraft] = {}

    async def of(self, account: str, conversation_id: str) -> dict[Kind, WrittenDraft]:
        keys = [(account, conversation_id, kind) for kind in Kind]
        return {key[2]: self._drafts[key] for key in keys if key in self._drafts}

    async def save(self, draft: WrittenDraft) -> None:
        key = (draft.account, draft.conversation_id, draft.kind)
        self._drafts.pop(key, None)
        if draft.text:
            self._drafts[key] = draft


class MemorySavedViews:
    def __init__(self) -> None:
        self._views: dict[str, SavedView] = {}

    async def of(self, account: str) -> Sequence[SavedView]:
        seen = [view for view in self._views.values() if view.shared or view.account == account]
        return sorted(seen, key=lambda view: (view.name.lower(), view.id))

    async def save(self, view: SavedView) -> None:
        self._views[view.id] = view

    async def remove(self, id: str, account: str | None) -> bool:
        view = self._views.get(id)
        if view is None or account not in (None, view.account):
            return False
        del self._views[id]
        return True


class MemoryCannedReplies:
    def __init__(self) -> None:
        self._replies: dict[str, CannedReply] = {}

    async def all(self) -> Sequence[CannedReply]:
        return sorted(self._replies.values(), key=lambda reply: (reply.title.lower(), reply.id))

    async def get(self, id: str) -> CannedReply | None:
        return self._replies.get(id)

    async def save(self, reply: CannedReply) -> None:
        self._replies[reply.id] = reply

    async def remove(self, id: str) -> None:
        self._replies.pop(id, None)
