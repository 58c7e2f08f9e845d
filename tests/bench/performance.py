"""Everything that docs/performance.md says, measured one after the other.

    python -m tests.bench.performance [NAME …]      all, or only some of: answers widgets ingest scale

Each measures alone, in a process of its own, and writes its own section. What fails leaves its section as it
was, and is named at the end.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from importlib.util import find_spec

BENCHES = ("answers", "widgets", "ingest", "scale")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    there = [name for name in BENCHES if find_spec(f"tests.bench.{name}")]
    parser.add_argument("names", nargs="*", default=there, metavar="NAME")
    failed = [name for name in parser.parse_args().names if not _measured(name)]
    if failed:
        print("failed:", ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


def _measured(name: str) -> bool:
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"])
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
