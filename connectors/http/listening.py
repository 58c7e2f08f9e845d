"""Where the service listens: taken before anything heavy is loaded, so that a mistake shows at once."""

from __future__ import annotations

import errno
import socket

BACKLOG = 2048
"""Connections that wait to be taken; the system may allow fewer."""


class CannotListen(Exception):
    """One line: why, and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Who connects from now on waits until the server is ready. Raises CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise CannotListen(
            f"{host} is no address of this machine. Say another: --host 127.0.0.1 (or COMPTOIR_HOST)."
        ) from None
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise CannotListen(_why(error, host, port)) from None
    bound.setblocking(False)
    return bound


def address_of(bound: socket.socket, host: str) -> str:
    """How a browser on this machine reaches it."""
    name = {"127.0.0.1": "localhost", "0.0.0.0": "localhost", "::": "localhost", "::1": "localhost"}
    shown = name.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{bound.getsockname()[1]}"


def _why(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} is in use, perhaps by another Comptoir. Stop that one, or take another port: "
                f"--port {port + 1 if port < 65535 else 8000} (or COMPTOIR_PORT)."
            )
        case errno.EACCES | errno.EPERM:
            return (
                f"Port {port} is not allowed to this user: take one above 1023, such as --port 8000, and put "
                "a proxy before it."
            )
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine. Say another: --host 127.0.0.1 (or COMPTOIR_HOST)."
        case _:
            return f"{host}, port {port}, cannot be listened on: {error.strerror}."
