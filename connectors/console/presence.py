"""Which colleague has which conversation open. Known to this process, and forgotten with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from connectors.stream import Hub
from escalation.roster import Agent


class Presence:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._open: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._agents: dict[str, Agent] = {}

    @contextmanager
    def looking_at(self, conversation_id: str, agent: Agent) -> Iterator[None]:
        """One open tab."""
        self._agents[agent.name] = agent
        self._open[conversation_id][agent.name] += 1
        self._hub.looking(conversation_id)
        try:
            yield
        finally:
            tabs = self._open[conversation_id]
            tabs[agent.name] -= 1
            if tabs[agent.name] <= 0:
                del tabs[agent.name]
            if not tabs:
                del self._open[conversation_id]
            self._hub.looking(conversation_id)

    def at(self, conversation_id: str, but: str = "") -> list[Agent]:
        """Those who have it open, without the one who asks."""
        return [self._agents[name] for name in sorted(self._open.get(conversation_id, ())) if name != but]

    def everywhere(self, but: str = "") -> Mapping[str, list[Agent]]:
        """By conversation."""
        found = {conversation_id: self.at(conversation_id, but) for conversation_id in list(self._open)}
        return {conversation_id: agents for conversation_id, agents in found.items() if agents}
