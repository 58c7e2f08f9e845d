"""docs/performance.md, whose sections are measured one by one."""

from __future__ import annotations

import os
from pathlib import Path

from tests.bench.sections import with_section

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "performance.md"
DATA = Path(os.environ.get("COMPTOIR_SHARED_DATA", ROOT.parent / "shared" / "data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "comptoir" / "vectors.sqlite"


def write_section(name: str, body: str) -> None:
    page = PAGE.read_text("utf-8") if PAGE.is_file() else "# Performance\n"
    PAGE.write_text(with_section(page, name, body), "utf-8")
