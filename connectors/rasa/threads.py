"""Code that nobody can interrupt, off the loop: who waits for it may give up, and the process may end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")

AT_ONCE = 16
"""Threads that one process gives to such code. One that hangs keeps its place."""

_places = threading.BoundedSemaphore(AT_ONCE)


class NoPlaceLeft(Exception):
    """Too many of them hang already."""


async def in_thread(work: Callable[[], Result]) -> Result:
    """A thread of its own rather than one of a pool: those of a pool keep the process from ending."""
    if not _places.acquire(blocking=False):
        raise NoPlaceLeft(f"{AT_ONCE} actions are running already")
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def body() -> None:
        result: Result | None = None
        failed: BaseException | None = None
        try:
            result = work()
        except SystemExit as error:  # the code of somebody else must not look like our own wish to end
            failed = RuntimeError(f"it called exit({error.code})")
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            failed = error
        finally:
            _places.release()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=body, name="action", daemon=True).start()
    return await done
