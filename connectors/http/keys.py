"""Keys of programs: for /ask, and for what only staff may see. Without keys in the settings, no entry."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from connectors.http.codes import Code
from connectors.http.problems import Refused


class Keys:
    def __init__(self, keys: Mapping[str, str], variable: str) -> None:
        """`keys` by who has them; `variable` is where the engineer writes them."""
        self._keys = keys
        self._variable = variable

    def holder(self, key: str | None) -> str:
        """Who has this key. Compares with all of them, each in constant time. Raises Refused."""
        if not key:
            raise Refused(Code.KEY_MISSING, variable=self._variable)
        given = key.encode()
        holders = [name for name, known in self._keys.items() if hmac.compare_digest(known.encode(), given)]
        if not holders:
            raise Refused(Code.KEY_INVALID)
        return holders[0]
