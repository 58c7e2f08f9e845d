"""Whatever is sent to the door: it never breaks, it answers as its description says, and it tells nobody
what somebody else wrote."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule, run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.web import API_KEY, STAFF_KEY, a_service, served, web_settings

pytestmark = pytest.mark.slow

FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
PLENTY = {
    "requests_per_address": "1000000/second",
    "conversations_per_address": "1000000/second",
    "messages_per_address": "1000000/second",
    "messages_per_conversation": "1000000/second",
    "questions_per_key": "1000000/second",
}


class Background:
    """A real server in a thread of its own, for callers that block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.address = ""

    async def _serve(self) -> None:
        plenty = web_settings(self._folder, rates=PLENTY)
        async with a_service(plenty) as service, served(service) as (_, client):
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            self.address = str(client.base_url)
            self._ready.set()
            await self._stop.wait()

    def __enter__(self) -> Background:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Background]:
    with Background(tmp_path_factory.mktemp("fuzz")) as background:
        yield background


@pytest.fixture(scope="module")
def api(door: Background) -> Any:
    return schemathesis.openapi.from_url(f"{door.address}/api/v1/openapi.json")


@pytest.fixture(scope="module")
def chat(door: Background) -> dict[str, str]:
    response = httpx.post(f"{door.address}/api/v1/conversations", json={"site": "shop"})
    opened: dict[str, str] = response.raise_for_status().json()
    return opened


def operations(api: Any) -> list[Any]:
    found = [result.ok() for result in api.get_all_operations()]
    assert len(found) >= 12
    return found


def fuzz(operation: Any, mode: GenerationMode, **fixed: Any) -> set[int]:
    """The statuses that came back."""
    statuses = set()

    @FEW
    @given(case=operation.as_strategy(mode, **fixed))
    def sent(case: Any) -> None:
        statuses.add(case.call_and_validate(checks=CHECKS).status_code)

    sent()
    return statuses


@pytest.mark.parametrize("mode", GenerationMode)
def test_a_stranger_breaks_nothing(api: Any, mode: GenerationMode) -> None:
    for operation in operations(api):
        if mode is GenerationMode.POSITIVE or takes_anything(operation):
            fuzz(operation, mode)


@pytest.mark.parametrize("mode", GenerationMode)
def test_nor_does_who_has_a_token_or_a_key(api: Any, chat: dict[str, str], mode: GenerationMode) -> None:
    """The event stream, which never ends by itself, is told about elsewhere."""
    keys = {"/api/v1/ask": API_KEY, "/api/v1/escalations": STAFF_KEY}
    for operation in operations(api):
        if operation.path.endswith("/events") or not (mode is GenerationMode.POSITIVE or operation.body):
            continue
        fixed: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {keys.get(operation.path, chat['token'])}"}
        }
        if "{conversation}" in operation.path:
            fixed["path_parameters"] = {"conversation": chat["id"]}
        statuses = fuzz(operation, mode, **fixed)
        if mode is GenerationMode.POSITIVE and not operation.path.endswith("/identify"):
            assert statuses & {200, 201, 202, 204, 409, 404}, f"nobody got through to {operation.label}"


def takes_anything(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.path_parameters)


@dataclass(frozen=True)
class Customer:
    id: str
    token: str
    secret: str


def test_nobody_reads_what_another_customer_wrote(door: Background) -> None:
    class Customers(RuleBasedStateMachine):
        """They open conversations, write, and try each other's doors with each other's keys."""

        customers = Bundle("customers")

        def __init__(self) -> None:
            super().__init__()
            self.client = httpx.Client(base_url=door.address, timeout=20)
            self.secrets: list[str] = []

        def teardown(self) -> None:
            self.client.close()

        @rule(target=customers, site=st.sampled_from(["shop", "outlet"]))
        def arrive(self, site: str) -> Customer:
            told = self.client.post("/api/v1/conversations", json={"site": site}).json()
            secret = f"order {told['id'][:13]}"
            self.secrets.append(secret)
            customer = Customer(told["id"], told["token"], secret)
            self.write(customer, customer)
            return customer

        @rule(who=customers, whose=customers)
        def write(self, who: Customer, whose: Customer) -> None:
            response = self.client.post(
                f"/api/v1/conversations/{whose.id}/messages",
                json={"client_id": who.secret, "text": who.secret},
                headers={"Authorization": f"Bearer {who.token}"},
            )
            assert response.status_code == (202 if who == whose else 403)

        @rule(who=customers, whose=customers, what=st.sampled_from(["transcript", "events"]))
        def read(self, who: Customer, whose: Customer, what: str) -> None:
            path, headers = (
                f"/api/v1/conversations/{whose.id}/{what}",
                {"Authorization": f"Bearer {who.token}"},
            )
            with self.client.stream("GET", path, headers=headers) as response:
                assert response.status_code == (200 if who == whose else 403)
                text = ""
                for line in response.iter_lines():
                    text += line
                    if "caught_up" in line:
                        break
            assert (who.secret in text) == (who == whose)
            assert not [secret for secret in self.secrets if secret != who.secret and secret in text]

        @rule(who=customers, whose=customers, what=st.sampled_from(["escalate", "close"]))
        def act(self, who: Customer, whose: Customer, what: str) -> None:
            headers = {"Authorization": f"Bearer {who.token}"}
            response = self.client.post(f"/api/v1/conversations/{whose.id}/{what}", json={}, headers=headers)
            assert response.status_code == (202 if who == whose else 403)

        @rule(who=customers, whose=customers)
        def mix_tokens(self, who: Customer, whose: Customer) -> None:
            """The claims of one under the signature of another."""
            mine, theirs = who.token.split("."), whose.token.split(".")
            mixed = ".".join([mine[0], theirs[1], mine[2]])
            path = f"/api/v1/conversations/{whose.id}/transcript"
            response = self.client.get(path, headers={"Authorization": f"Bearer {mixed}"})
            assert response.status_code == (200 if who == whose else 401)

    run_state_machine_as_test(Customers, settings=settings(FEW, max_examples=15, stateful_step_count=15))
