"""What of a row is to be written again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is another value now: a database looks after every index of a column that it is given."""
    return {name: value for name, value in after.items() if value != before[name]}
