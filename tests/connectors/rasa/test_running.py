"""Actions written for Rasa run for the brief: here, off the loop, or on an action server."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.brief import Brief
from bot.errand_rules import Action
from bot.errands import Errand, ErrandFailed
from connectors.doctor import Health, check_actions
from connectors.rasa.in_process import FolderOfActions
from connectors.rasa.remote import ActionServer
from connectors.rasa.running import RasaErrands
from connectors.rasa.threads import in_thread
from connectors.settings import RasaSettings, Settings

ACTIONS = """
import os
import threading

from rasa_sdk import Action, ActionExecutionRejection
from rasa_sdk.events import FollowupAction, SlotSet

from .said import HELLO


class Hello(Action):
    def name(self):
        return "action_hello"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(
            text=HELLO.format(tracker.get_slot("who"), tracker.get_slot("language")),
            buttons=[{"title": "Again", "payload": "/again"}],
        )
        dispatcher.utter_message(text=threading.current_thread().name)
        return []


class Patient(Action):
    def name(self):
        return "action_patient"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=threading.current_thread().name)
        return []


class Broken(Action):
    def name(self):
        return "action_broken"

    def run(self, dispatcher, tracker, domain):
        return {}["status"]


class Exits(Action):
    def name(self):
        return "action_exits"

    def run(self, dispatcher, tracker, domain):
        raise SystemExit(3)


class Silent(Action):
    def name(self):
        return "action_silent"

    def run(self, dispatcher, tracker, domain):
        return []


class Unwilling(Action):
    def name(self):
        return "action_unwilling"

    def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection(self.name(), "not today")


class HandsOver(Action):
    def name(self):
        return "action_hands_over"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("comptoir_escalate", "Paid twice"), FollowupAction("action_comptoir_escalate")]


RELEASE = threading.Event()


class Stubborn(Action):
    def name(self):
        return "action_stubborn"

    def run(self, dispatcher, tracker, domain):
        RELEASE.wait(30)
        dispatcher.utter_message(text="at last")
        return []
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = tmp_path_factory.mktemp("company") / "company_actions"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "said.py").write_text('HELLO = "Hello {}, in {}"')
    (package / "everyday.py").write_text(ACTIONS)
    return package


@pytest.fixture(scope="module")
def actions(folder: Path) -> FolderOfActions:
    return FolderOfActions(folder)


def errand(action: str, **slots: str) -> Errand:
    return Errand(f"action_{action}", slots, "Where is it?", "c1", "en", 5.0)


async def test_an_action_gets_its_slots_and_runs_off_the_loop(actions: FolderOfActions) -> None:
    said = await actions.run(errand("hello", who="Sam"))
    assert said.text == "Hello Sam, in en\n\naction"
    assert said.choices == ("Again",)
    assert said.ran == "in this process, from company_actions"


async def test_a_coroutine_stays_on_the_loop(actions: FolderOfActions) -> None:
    assert (await actions.run(errand("patient"))).text == threading.current_thread().name


@pytest.mark.parametrize(
    ("action", "why", "detail"),
    [
        ("broken", "KeyError: 'status'", 'return {}["status"]'),
        ("exits", "it called exit(3)", ""),
        ("silent", "it said nothing", ""),
        ("unwilling", "it would not run", ""),
    ],
)
async def test_an_action_that_breaks_says_where(
    actions: FolderOfActions, action: str, why: str, detail: str
) -> None:
    with pytest.raises(ErrandFailed) as failed:
        await actions.run(errand(action))
    assert why in str(failed.value)
    assert detail in failed.value.detail


async def test_an_action_may_ask_for_a_person_without_a_word(actions: FolderOfActions) -> None:
    said = await actions.run(errand("hands_over"))
    assert (said.text, said.wants_person, said.why) == ("", True, "Paid twice")
    assert not (await actions.run(errand("hello", who="Ana"))).wants_person


async def test_an_action_that_hangs_holds_up_nobody(actions: FolderOfActions) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await actions.run(errand("stubborn"))
    assert (await actions.run(errand("hello", who="Ana"))).text.startswith("Hello Ana")
    sys.modules["company_actions.everyday"].RELEASE.set()


async def test_no_more_threads_hang_than_there_are_places() -> None:
    release = threading.Event()
    hanging = [asyncio.ensure_future(in_thread(lambda: release.wait(30))) for _ in range(40)]
    done, waiting = await asyncio.wait(hanging, timeout=0.2)
    assert waiting
    assert done
    assert all("running already" in str(task.exception()) for task in done)
    release.set()
    await asyncio.gather(*waiting)


async def test_only_the_folders_own_actions_are_taken(folder: Path) -> None:
    FolderOfActions(folder)
    import rasa_sdk

    class Stranger(rasa_sdk.Action):
        """Imported later than the folder's, under a name of theirs."""

        def name(self) -> str:
            return "action_hello"

        def run(self, dispatcher: object, tracker: object, domain: object) -> list[dict[str, object]]:
            raise AssertionError("it is not the folder's")

    class Elsewhere(Stranger):
        def name(self) -> str:
            return "action_elsewhere"

    actions = FolderOfActions(folder)
    assert "action_elsewhere" not in actions.names
    assert (await actions.run(errand("hello", who="Sam"))).text.startswith("Hello Sam")


@pytest.mark.parametrize(
    ("code", "why"),
    [("import nowhere_to_be_found", "nowhere_to_be_found"), ("1 +", "SyntaxError"), (None, "no folder")],
)
async def test_a_folder_that_cannot_be_loaded_stops_nobody(
    tmp_path: Path, code: str | None, why: str
) -> None:
    package = tmp_path / f"broken_{abs(hash(code))}"
    if code is not None:
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "actions.py").write_text(code)
    with pytest.raises(ErrandFailed, match=why):
        await RasaErrands(package, "").run(errand("hello"))


# On an action server


def a_server(status: int, answer: Any, seen: list[dict[str, Any]] | None = None) -> ActionServer:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(json.loads(request.content))
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return httpx.Response(status, content=body)

    return ActionServer("http://actions.example/webhook", httpx.MockTransport(handle))


async def test_a_remote_action_gets_a_whole_call_and_answers() -> None:
    seen: list[dict[str, Any]] = []
    server = a_server(200, {"events": [], "responses": [{"text": "On its way"}]}, seen)
    said = await server.run(errand("order_status", order_number="MT-1042"))
    assert (said.text, said.ran) == ("On its way", "at actions.example")
    (call,) = seen
    assert call["next_action"] == "action_order_status"
    assert call["tracker"]["slots"] == {"order_number": "MT-1042", "language": "en"}
    assert call["tracker"]["latest_message"]["text"] == "Where is it?"
    await server.close()


@pytest.mark.parametrize(
    ("events", "wanted", "why"),
    [
        ([{"event": "followup", "name": "action_comptoir_escalate"}], True, ""),
        ([{"event": "slot", "name": "comptoir_escalate", "value": True}], True, ""),
        (
            [{"event": "slot", "name": "comptoir_escalate", "value": " Held by customs "}],
            True,
            "Held by customs",
        ),
        ([{"event": "slot", "name": "comptoir_escalate", "value": None}], False, ""),
        ([{"event": "followup", "name": "action_listen"}, {"event": "slot", "name": "held"}, 1], False, ""),
        (None, False, ""),
    ],
)
async def test_a_remote_action_asks_for_a_person_by_an_event(events: Any, wanted: bool, why: str) -> None:
    server = a_server(200, {"events": events, "responses": [{"text": "It is held."}]})
    said = await server.run(errand("order_status"))
    assert (said.text, said.wants_person, said.why) == ("It is held.", wanted, why)
    await server.close()


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (404, {"error": "No registered action found"}, "answered 404"),
        (500, b"oops", "answered 500"),
        (200, b"<html>", "something else"),
        (200, None, "something else"),
        (200, [1], "something else"),
        (200, {"events": [], "responses": []}, "said nothing"),
        (200, b" " * 2_000_000, "too much"),
    ],
)
async def test_a_remote_action_that_fails_says_why(status: int, answer: Any, why: str) -> None:
    server = a_server(status, answer)
    with pytest.raises(ErrandFailed, match=why):
        await server.run(errand("order_status"))
    await server.close()


async def test_what_the_folder_has_not_is_asked_of_the_server(folder: Path) -> None:
    from connectors.http.listening import listen

    with listen("127.0.0.1", 0) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}/webhook"
    errands = RasaErrands(folder, address)
    assert (await errands.run(errand("hello", who="Li"))).text.startswith("Hello Li")
    with pytest.raises(ErrandFailed, match="cannot be reached"):
        await errands.run(errand("order_status"))
    await errands.close()
    with pytest.raises(ErrandFailed, match="no action of this name"):
        await RasaErrands(folder, "").run(errand("order_status"))


# The demo shop's


@pytest.fixture
def demo() -> RasaErrands:
    return RasaErrands(Path(__file__).parents[3] / "deploy/demo/actions", "")


async def test_the_demo_shop_says_where_an_order_is_in_both_languages(demo: RasaErrands) -> None:
    async def status(number: str, language: str, email: str = "Camille@example.org") -> str:
        slots = {"order_number": number, "email": email}
        return (await demo.run(Errand("action_order_status", slots, "", "c", language, 5.0))).text

    assert "left us on" in await status("MT-1042", "en")
    assert "est partie le" in await status("mt 1042", "fr")
    assert "is being prepared" in await status("MT-482967", "en", "ines@example.org")
    assert "a été livrée par Colissimo" in await status("MT-481250", "fr", "zoe.petit@example.org")
    assert "come back to us" in await status("MT-479918", "en", "anna@example.org")
    assert "Je ne trouve pas" in await status("MT-000000", "fr")
    somebody_elses = await status("MT-1042", "en", "mallory@example.org")
    assert somebody_elses == (await status("MT-0000", "en")).replace("MT-0000", "MT-1042")


@pytest.mark.parametrize(
    ("named", "health", "found"),
    [
        ("action_hello", Health.OK, "action_hello"),
        ("action_unknown", Health.FAILED, "not there: action_unknown"),
    ],
)
async def test_the_doctor_looks_whether_the_briefs_actions_are_there(
    folder: Path, tmp_path: Path, named: str, health: Health, found: str
) -> None:
    settings = Settings(data=tmp_path, rasa=RasaSettings(actions=folder))
    check = await check_actions(settings, Brief(actions={named: Action()}))
    assert (check.health, check.found) == (health, found)
    assert (await check_actions(Settings(data=tmp_path), Brief(actions={named: Action()}))).advice.startswith(
        "set rasa.actions"
    )


async def test_the_doctor_asks_a_server_what_it_has() -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(200, json=[{"name": "action_x"}])

    server = ActionServer("http://actions.example/rasa/webhook", httpx.MockTransport(handle))
    assert await server.names() == {"action_x"}
    assert seen == ["/rasa/actions"]
    with pytest.raises(ErrandFailed, match="cannot be read"):
        await a_server(500, b"oops").names()
    with pytest.raises(ErrandFailed, match="something else"):
        await a_server(200, {"name": 1}).names()
