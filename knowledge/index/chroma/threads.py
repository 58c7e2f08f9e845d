"""Calls into Chroma, which block, may hang, and fail in many ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from knowledge.ports import IndexUnavailable, WrongModel

_T = TypeVar("_T")


class Threads:
    """Whatever is called here goes wrong as IndexUnavailable only."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="chroma")

    async def run(self, call: Callable[..., _T], *args: object, seconds: float | None = None) -> _T:
        """In a thread of our own, so that a server that hangs takes no thread from others."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                return await loop.run_in_executor(self._pool, partial(_plainly, call, *args))
        except TimeoutError as error:
            raise IndexUnavailable(f"Chroma did not answer within {seconds:g} s.") from error
        except RuntimeError as error:  # the threads were shut down
            raise IndexUnavailable("The index is closed.") from error

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _plainly(call: Callable[..., _T], *args: object) -> _T:
    """Chroma fails by its own errors, ValueError, AttributeError, httpx errors, and panics of its Rust part
    (`pyo3_runtime.PanicException`, derived from BaseException; each extension module has a class of its own).
    All mean the same here: this index, which is derived, does not answer."""
    try:
        return call(*args)
    except (IndexUnavailable, WrongModel):
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            said = " ".join(str(error).split()) or type(error).__name__
            raise IndexUnavailable(f"Chroma failed: {said[:300]}") from error
        raise
