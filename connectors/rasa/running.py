"""Runs the brief's actions: those of the folder here, all others at the company's action server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errands import Errand, ErrandFailed, Said

if TYPE_CHECKING:
    from connectors.rasa.in_process import FolderOfActions
    from connectors.rasa.remote import ActionServer


class RasaErrands:
    """Loads what it needs when it needs it first."""

    def __init__(self, folder: Path | None, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._actions: FolderOfActions | None = None
        self._server: ActionServer | None = None
        self._loading = asyncio.Lock()

    async def run(self, errand: Errand) -> Said:
        """Raises ErrandFailed."""
        if self._folder is not None:
            actions = await self._load(self._folder)
            if errand.action in actions.names:
                return await actions.run(errand)
        if self._endpoint:
            return await self._remote().run(errand)
        raise ErrandFailed(f"there is no action of this name in {self._folder}")

    async def offered(self) -> frozenset[str]:
        """The names of all actions that can be run. Raises ErrandFailed."""
        here = (await self._load(self._folder)).names if self._folder is not None else frozenset()
        there = await self._remote().names() if self._endpoint else frozenset()
        return here | there

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()

    async def _load(self, folder: Path) -> FolderOfActions:
        """In a thread: their imports may take their time."""
        from connectors.rasa.threads import in_thread

        async with self._loading:
            if self._actions is None:
                self._actions = await in_thread(lambda: load(folder))
            return self._actions

    def _remote(self) -> ActionServer:
        from connectors.rasa.remote import ActionServer

        if self._server is None:
            self._server = ActionServer(self._endpoint)
        return self._server


def load(folder: Path) -> FolderOfActions:
    """Raises ErrandFailed."""
    from connectors.rasa.in_process import CannotLoad, FolderOfActions

    try:
        return FolderOfActions(folder)
    except CannotLoad as error:
        raise ErrandFailed(str(error)) from error
