"""Memory that is free again goes back to the system. The C library would keep what loading an index took, a
quarter of all the service has with 100,000 passages."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Takes some milliseconds. Nothing is done where the C library is not glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
