"""The secret that signs tokens: given, or made once and kept to itself."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from connectors.http.listening import CannotListen, address_of, listen
from connectors.http.tokens import SECRET_FILE, secret_of
from connectors.settings import Settings, SettingsRefused


def test_the_first_start_makes_a_secret_that_the_next_one_finds(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    secret = secret_of(settings)
    assert len(secret) == 64
    assert secret_of(settings) == secret
    file = settings.data / SECRET_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [f.name for f in settings.data.iterdir()] == [SECRET_FILE]


async def test_two_that_start_at_once_have_the_same(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    secrets = await asyncio.gather(*(asyncio.to_thread(secret_of, settings) for _ in range(8)))
    assert len(set(secrets)) == 1


def test_a_given_secret_wins_and_is_not_written(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, secret="a given secret, at least 32 signs long")  # type: ignore[arg-type]
    assert secret_of(settings) == "a given secret, at least 32 signs long"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_file_that_was_emptied_is_not_taken_for_a_secret(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_text("\n")
    with pytest.raises(SettingsRefused, match=r"secret\.key: holds no secret; delete it"):
        secret_of(Settings(data=tmp_path))


def test_a_port_in_use_is_told_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"Port {port} is in use.*--port {port + 1}"):
            listen("127.0.0.1", port)
    listen("127.0.0.1", port).close()


def test_an_address_of_another_machine_is_told() -> None:
    for host in ("203.0.113.7", "no such host.invalid"):
        with pytest.raises(CannotListen, match="is no address of this machine"):
            listen(host, 0)


def test_the_address_is_one_that_a_browser_opens() -> None:
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        assert address_of(bound, "0.0.0.0") == f"http://localhost:{port}"
        assert address_of(bound, "192.0.2.7") == f"http://192.0.2.7:{port}"
        assert address_of(bound, "2001:db8::1") == f"http://[2001:db8::1]:{port}"
