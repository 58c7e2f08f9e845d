"""What settings are called in the environment, and which may stand only there."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

PREFIX = "COMPTOIR_"
NOT_SETTINGS = frozenset(
    {
        *("COMPTOIR_SETTINGS", "COMPTOIR_SHARED_DATA", "COMPTOIR_VENV", "COMPTOIR_ADMIN_PASSWORD"),
        *("COMPTOIR_SITE_ADDRESS", "COMPTOIR_SUPPORT"),
    }
)
"""Variables with our prefix that are read elsewhere: which file to read, the tests, `make run`, `admin`,
deploy/compose.yaml, whose file of variables comes to the service whole."""


def variable(name: str) -> str:
    """The environment's name of a setting."""
    return PREFIX + name.upper()


def is_secret(field: FieldInfo) -> bool:
    return _holds_secret(field.annotation)


def _holds_secret(kind: Any) -> bool:
    return kind is SecretStr or any(_holds_secret(part) for part in get_args(kind))
