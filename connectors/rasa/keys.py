"""A key of COMPTOIR_RASA_KEYS: in a header, or as Rasa's own `token:` sends it."""

from __future__ import annotations

from starlette.requests import Request


def key_in(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    return request.query_params.get("token")
