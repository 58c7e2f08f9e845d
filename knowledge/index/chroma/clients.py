"""Chroma's clients, of a folder and of a server, and what they lack: time limits and a tidy end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx

from knowledge.ports import IndexUnavailable

if TYPE_CHECKING:
    from chromadb.api.client import Client

ANSWER_SECONDS = 5.0
OPEN_SECONDS = 60.0
"""Opening imports chromadb, and the first search of a large index reads it from the disk."""


def folder_client(folder: Path) -> Client:
    import chromadb

    return cast("Client", chromadb.PersistentClient(folder, settings=_settings()))


def server_client(url: str) -> Client:
    """Chroma's client waits for ever, so we find out first whether the server answers."""
    import chromadb

    try:
        httpx.get(f"{url}/api/v2/heartbeat", timeout=ANSWER_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        raise IndexUnavailable(f"The Chroma server at {url} does not answer ({error}).") from error
    address = urlsplit(url)
    secure = address.scheme == "https"
    client = cast(
        "Client",
        chromadb.HttpClient(
            host=address.hostname or "",
            port=address.port or (443 if secure else 80),
            ssl=secure,
            settings=_settings(),
        ),
    )
    for session in _sessions(client):
        session.timeout = httpx.Timeout(OPEN_SECONDS)
    return client


def hang_up(client: Client) -> None:
    for session in _sessions(client):
        session.close()  # Chroma's own close leaves the connections open
    client.close()


def _sessions(client: Client) -> Iterator[httpx.Client]:
    """The connections of a client, which Chroma hides: they have no time limit, and nothing closes them."""
    parts: tuple[Any, ...] = (client, client._admin_client)
    for part in parts:
        yield part._server._session


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)
