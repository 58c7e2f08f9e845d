"""The company's own actions, from a folder, run in this process through rasa_sdk's executor.

Imported when the first action is wanted, so that the service starts as quickly without them.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import Action, ActionExecutionRejection
from rasa_sdk.utils import all_subclasses

from bot.errands import Errand, ErrandFailed, Said
from connectors.rasa.calls import call_of, said_in
from connectors.rasa.threads import in_thread


class CannotLoad(Exception):
    """The folder's actions cannot be used. The message says why."""


class FolderOfActions:
    def __init__(self, folder: Path) -> None:
        """Imports it as a package of the folder's name, as `rasa run actions` does. Raises CannotLoad."""
        self._folder = folder
        self._executor = ActionExecutor()
        self._load()
        self._executor.actions.clear()  # it took every action of the process, whoever wrote it
        for action in _actions_of(folder.name):
            self._executor.register_action(action)
        self._executor.actions = {name: _off_the_loop(run) for name, run in self._executor.actions.items()}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._executor.actions)

    async def run(self, errand: Errand) -> Said:
        """Raises ErrandFailed."""
        try:
            result = await self._executor.run(call_of(errand))
        except ActionExecutionRejection as rejected:
            raise ErrandFailed(f"it would not run: {rejected}") from rejected
        except Exception as error:
            raise ErrandFailed(f"{type(error).__name__}: {error}", traceback.format_exc()) from error
        responses, events = (result.responses, result.events) if result else ((), ())
        return said_in(responses, f"in this process, from {self._folder.name}", events)

    def _load(self) -> None:
        if not self._folder.is_dir():
            raise CannotLoad(f"there is no folder {self._folder}")
        parent = str(self._folder.parent)
        if parent not in sys.path:
            sys.path.append(parent)
        try:
            importlib.import_module(self._folder.name)
            self._executor.register_package(self._folder.name)
        except SystemExit as error:  # what register_package does about an ImportError
            raise CannotLoad(f"{self._folder}: {error.__context__ or 'it cannot be imported'}") from error
        except Exception as error:
            raise CannotLoad(f"{self._folder}: {type(error).__name__}: {error}") from error


def _actions_of(package: str) -> list[type[Action]]:
    """Those of the package alone, that an action of the same name elsewhere cannot replace."""
    return [
        action
        for action in all_subclasses(Action)
        if f"{action.__module__}.".startswith(f"{package}.") and not inspect.isabstract(action)
    ]


def _off_the_loop(run: Callable[..., Any]) -> Callable[..., Any]:
    """A `run` that is no coroutine would hold up everybody."""
    if inspect.iscoroutinefunction(run):
        return run

    async def in_a_thread(dispatcher: Any, tracker: Any, domain: Any) -> Any:
        given = await in_thread(lambda: run(dispatcher, tracker, domain))
        return await given if inspect.isawaitable(given) else given

    return in_a_thread
