"""Only our own pages may change anything: each form carries the browser's token and comes from our origin."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from connectors.console.sessions import token_of

HEADER = "x-csrf-token"
FIELD = "token"


class TokenRefused(Exception):
    """This was not sent from a page of ours, or from one of another session."""


async def require_own_page(request: Request, cookie: str, public_address: str) -> None:
    """Raises TokenRefused."""
    if not _is_own_origin(request, public_address):
        raise TokenRefused("it comes from another origin")
    sent = request.headers.get(HEADER)
    if sent is None:
        field = (await request.form(max_files=0)).get(FIELD)
        sent = field if isinstance(field, str) else ""
    if not hmac.compare_digest(sent.encode(), token_of(cookie).encode()):
        raise TokenRefused("its token is of another session")


def _is_own_origin(request: Request, public_address: str) -> bool:
    """Origin is sent with every form by browsers of this decade; Sec-Fetch-Site is where it is not."""
    origin = request.headers.get("origin")
    if origin is not None:
        return origin in {public_address, f"{request.url.scheme}://{request.url.netloc}"}
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    referer = request.headers.get("referer")
    return referer is None or urlsplit(referer).netloc == request.url.netloc
