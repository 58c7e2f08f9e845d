"""What loading took and nobody needs any more does not stay with the service."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from knowledge.given_back import give_back

MEBIBYTE = 1 << 20


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library"
)
def test_freed_memory_leaves_the_process() -> None:
    pieces = [bytes(1000) for _ in range(200_000)]
    kept = pieces[::1000]  # between the free ones, as what a service keeps is
    del pieces
    before = _resident()
    give_back()
    assert _resident() < before - 100 * MEBIBYTE
    assert len(kept) == 200


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
