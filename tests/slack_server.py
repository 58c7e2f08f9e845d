"""A strict Slack on loopback: Web API, Socket Mode and signed HTTP, which fails and limits on command.

What Slack refuses is refused here: unknown fields of ours, blocks that are too long or of no known type, a
second use of a trigger, a message in a channel that the app is not in, an event acknowledged too late.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from aiohttp import WSMsgType, web
from slack_sdk.signature import SignatureVerifier

from tests.slack_rules import Wrong, check_blocks, check_message, check_view

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-of-the-tests", "xapp-of-the-tests", "signing secret of the tests"
TEAM, BOT_USER, BOT_ID = "T0HOME", "U0BOT", "B0BOT"
ACK_SECONDS = 3.0
TRIGGER_SECONDS = 3.0
SCOPES = (
    "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,groups:history,"
    "groups:read,im:history,im:write,mpim:history,mpim:read,users:read,users:read.email"
)

Json = dict[str, Any]


REQUIRED: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "apps.connections.open": (),
    "users.info": ("user",),
    "users.list": (),
    "users.lookupByEmail": ("email",),
    "conversations.info": ("channel",),
    "conversations.open": ("users",),
    "conversations.members": ("channel",),
    "conversations.history": ("channel",),
    "conversations.replies": ("channel", "ts"),
    "chat.postMessage": ("channel",),
    "chat.postEphemeral": ("channel", "user"),
    "chat.update": ("channel", "ts"),
    "chat.delete": ("channel", "ts"),
    "chat.startStream": ("channel", "thread_ts"),
    "chat.appendStream": ("channel", "ts", "markdown_text"),
    "chat.stopStream": ("channel", "ts"),
    "views.open": ("trigger_id", "view"),
    "views.publish": ("user_id", "view"),
    "assistant.threads.setStatus": ("channel_id", "thread_ts", "status"),
    "assistant.threads.setSuggestedPrompts": ("channel_id", "thread_ts", "prompts"),
}
"""The methods that there are, and what each must be given."""

OPTIONAL: dict[str, tuple[str, ...]] = {
    "users.info": ("include_locale",),
    "users.list": ("include_locale", "limit", "cursor"),
    "conversations.members": ("limit", "cursor"),
    "conversations.history": ("oldest", "limit", "cursor", "include_all_metadata"),
    "conversations.replies": ("oldest", "limit", "cursor", "include_all_metadata"),
    "chat.postMessage": (
        *("text", "blocks", "thread_ts", "metadata", "reply_broadcast", "unfurl_links", "unfurl_media"),
    ),
    "chat.postEphemeral": ("text", "blocks", "thread_ts"),
    "chat.update": ("text", "blocks", "metadata"),
    "chat.startStream": ("markdown_text", "recipient_team_id", "recipient_user_id"),
    "chat.stopStream": ("markdown_text", "blocks", "metadata"),
    "assistant.threads.setSuggestedPrompts": ("title",),
}
AS_QUERY = ("users.", "conversations.info", "conversations.members", "conversations.history")


@dataclass
class SlackServer:
    users: dict[str, Json] = field(default_factory=dict)
    channels: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    """By channel."""
    ephemeral: list[Json] = field(default_factory=list)
    """What only one person was shown: `user`, `text`, `blocks`."""
    views: list[Json] = field(default_factory=list)
    """Forms that were opened."""
    homes: dict[str, Json] = field(default_factory=dict)
    prompts: list[Json] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    away: bool = False
    """Every call is answered with 503."""
    scopes: str = SCOPES
    limited: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By method: so many times 429, each with this Retry-After."""
    impatient: list[str] = field(default_factory=list)
    """Methods that were called again before that time was over."""
    forget_triggers: bool = False
    """No form is opened any more: more than 3 seconds have passed since the click."""
    forget_responses: bool = False
    """Half an hour has passed since each command."""
    lost: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """By method: so many times it is done, and the answer is lost."""
    port: int = 0
    url: str = ""
    """Where events are posted to, in HTTP mode; empty: Socket Mode."""
    connections: int = 0
    _resting: dict[str, float] = field(default_factory=dict)
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _acks: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _triggers: dict[str, float] = field(default_factory=dict)
    _responses: dict[str, tuple[str, str]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _runner: web.AppRunner | None = None

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._called)
        app.router.add_get("/link", self._linked)
        app.router.add_post("/response/{id}", self._responded)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self.disconnect()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def disconnect(self) -> None:
        """Of Socket Mode; the app is expected to come back."""
        for socket in list(self._sockets):
            await socket.close()

    def forget(self) -> None:
        """What was said and done; who is there stays."""
        self.messages.clear()
        self.homes.clear()
        self.limited.clear()
        self.lost.clear()
        self._resting.clear()
        for kept in (self.ephemeral, self.views, self.prompts, self.calls, self.acknowledged):
            kept.clear()
        self.impatient.clear()
        self.away = self.forget_triggers = self.forget_responses = False

    # Who and what there is

    def user(self, id: str, name: str, email: str = "", locale: str = "en-GB", **more: Any) -> str:
        profile = {"display_name": name, "email": email}
        self.users[id] = {
            "id": id, "team_id": TEAM, "name": name.lower(), "real_name": name, "locale": locale,
            "profile": profile, "is_restricted": False, "is_ultra_restricted": False,
        } | more  # fmt: skip
        return id

    def channel(self, id: str, *members: str, joined: bool = True, **more: Any) -> str:
        there = [*members, *([BOT_USER] if joined else [])]
        self.channels[id] = {"id": id, "name": id.lower(), "members": there, "is_ext_shared": False} | more
        return id

    def thread(self, channel: str, ts: str) -> list[Json]:
        return [m for m in self.messages[channel] if m.get("thread_ts") == ts and m["ts"] != ts]

    def roots(self, channel: str) -> list[Json]:
        return [m for m in self.messages[channel] if not m.get("thread_ts") or m["thread_ts"] == m["ts"]]

    # What people do

    async def say(self, user: str, channel: str, text: str, thread: str | None = None) -> str:
        """A message, as Slack tells the app of it; a mention is told twice. Its ts."""
        ts = self.ts()
        message = {"type": "message", "user": user, "text": text, "ts": ts, "team": self._team(user)}
        message |= {"thread_ts": thread} if thread else {}
        self.messages[channel].append(message)
        kind = "im" if channel.startswith("D") else "channel"
        event = message | {"channel": channel, "channel_type": kind, "event_ts": ts}
        if f"<@{BOT_USER}>" in text and kind != "im":
            await self.event(event | {"type": "app_mention"})
        await self.event(event)
        return ts

    async def edit(self, channel: str, ts: str, text: str | None) -> None:
        """None deletes it."""
        message = next(m for m in self.messages[channel] if m["ts"] == ts)
        before = copy.deepcopy(message)
        about = {"type": "message", "channel": channel, "channel_type": "channel", "event_ts": self.ts()}
        if text is None:
            self.messages[channel].remove(message)
            more: Json = {"subtype": "message_deleted", "deleted_ts": ts, "previous_message": before}
        else:
            message["text"] = text
            more = {"subtype": "message_changed", "message": message, "previous_message": before}
        await self.event(about | more)

    async def event(self, event: Json, event_id: str | None = None) -> str:
        event_id = event_id or f"Ev{next(self._numbers):06}"
        body = {
            "type": "event_callback", "team_id": TEAM, "api_app_id": "A0APP", "event_id": event_id,
            "event_time": int(float(event.get("event_ts", time.time()))), "event": event,
        }  # fmt: skip
        await self.deliver("events_api", body)
        return event_id

    async def command(self, user: str, channel: str, text: str) -> None:
        body = {
            "command": "/comptoir", "text": text, "user_id": user, "channel_id": channel, "team_id": TEAM,
            "api_app_id": "A0APP", "trigger_id": self._trigger(),
            "response_url": self._response(user, channel),
        }  # fmt: skip
        await self.deliver("slash_commands", body)

    async def click(
        self, user: str, channel: str, message: Json, action: str, choice: str | None = None
    ) -> None:
        """Presses what is in the message; `choice`: the beginning of an option's value."""
        element = element_of(message, action)
        assert element is not None, f"there is no {action} in {message}"
        pressed = {"action_id": action, "type": element["type"], "action_ts": self.ts()}
        if choice is not None:
            options = element.get("options") or [element["positive_button"], element["negative_button"]]
            chosen = next(o for o in options if o["value"].startswith(choice))
            key = "selected_option" if "options" in element else None
            pressed |= {key: chosen} if key else {"value": chosen["value"]}
        else:
            pressed["value"] = element.get("value", "")
        body = {
            "type": "block_actions", "user": {"id": user}, "team": {"id": TEAM}, "api_app_id": "A0APP",
            "trigger_id": self._trigger(), "response_url": self._response(user, channel),
            "channel": {"id": channel}, "message": message, "actions": [pressed],
            "container": {"type": "message", "message_ts": message.get("ts"), "channel_id": channel},
        }  # fmt: skip
        await self.deliver("interactive", body)

    async def click_home(self, user: str, action: str) -> None:
        element = element_of(self.homes[user], action)
        assert element is not None, f"there is no {action}"
        body = {
            "type": "block_actions", "user": {"id": user}, "team": {"id": TEAM}, "api_app_id": "A0APP",
            "trigger_id": self._trigger(), "container": {"type": "view", "view_id": "V0HOME"},
            "actions": [{"action_id": action, "type": "button", "value": element.get("value", "")}],
        }  # fmt: skip
        await self.deliver("interactive", body)

    async def shortcut(self, user: str, channel: str, ts: str, callback: str) -> None:
        message = next(m for m in self.messages[channel] if m["ts"] == ts)
        body = {
            "type": "message_action", "callback_id": callback, "user": {"id": user}, "team": {"id": TEAM},
            "trigger_id": self._trigger(), "response_url": self._response(user, channel),
            "channel": {"id": channel}, "message": message, "api_app_id": "A0APP",
        }  # fmt: skip
        await self.deliver("interactive", body)

    async def submit(self, user: str, view: Json, **values: str) -> None:
        """The form as it was opened, with these fields filled in anew."""
        state: Json = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                name = block["element"]["action_id"]
                state[block["block_id"]] = {name: _filled(block["element"], values.get(name))}
        body = {
            "type": "view_submission", "user": {"id": user}, "team": {"id": TEAM}, "api_app_id": "A0APP",
            "view": view | {"state": {"values": state}},
        }  # fmt: skip
        await self.deliver("interactive", body)

    async def deliver(self, kind: str, body: Json) -> None:
        """By whichever way the app is reached. Fails when it is not acknowledged within 3 seconds."""
        async with asyncio.timeout(ACK_SECONDS):
            await (self._post(kind, body) if self.url else self._send(kind, body))

    async def _post(self, kind: str, body: Json) -> None:
        as_json = kind == "events_api"
        form = body if kind == "slash_commands" else {"payload": json.dumps(body)}
        text = json.dumps(body) if as_json else urlencode(form)
        answer = await self.posted(
            text, "application/json" if as_json else "application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200, answer.text

    async def posted(self, text: str, content_type: str, secret: str = SECRET) -> httpx.Response:
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=text)
        assert signature
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature,
        }
        async with httpx.AsyncClient() as client:
            return await client.post(self.url, content=text, headers=headers)

    async def _send(self, kind: str, body: Json) -> None:
        while not self._sockets:  # noqa: ASYNC110 - it comes back when it likes
            await asyncio.sleep(0.01)
        envelope = f"envelope-{next(self._numbers)}"
        self._acks[envelope] = asyncio.get_running_loop().create_future()
        sent = {"type": kind, "envelope_id": envelope, "payload": body, "accepts_response_payload": True}
        await self._sockets[-1].send_json(sent)
        await self._acks[envelope]
        self.acknowledged.append(envelope)

    # Socket Mode

    async def _linked(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        await socket.send_json(
            {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP"}}
        )
        self._sockets.append(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    answer = json.loads(message.data)
                    waiting = self._acks.get(answer.get("envelope_id", ""))
                    if waiting is not None and not waiting.done():
                        waiting.set_result(answer)
        finally:
            self._sockets.remove(socket)
        return socket

    # The Web API

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.away:
            return web.Response(status=503, text="upstream connect error")
        if time.monotonic() < self._resting.get(method, 0.0):
            self.impatient.append(method)
        if self.limited[method]:
            after = self.limited[method].pop(0)
            self._resting[method] = time.monotonic() + after
            limited = {"ok": False, "error": "ratelimited"}
            return web.json_response(limited, status=429, headers={"Retry-After": str(after)})
        try:
            given = await self._given(method, request)
            self.calls.append((method, given))
            answer = self._METHODS[method](self, given)
        except Wrong as wrong:
            about = {"messages": list(wrong.messages)} if wrong.messages else {}
            return web.json_response({"ok": False, "error": wrong.error, "response_metadata": about})
        if self.lost[method]:
            self.lost[method] -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"ok": True} | answer, headers={"x-oauth-scopes": self.scopes})

    async def _given(self, method: str, request: web.Request) -> Json:
        if method not in REQUIRED:
            raise Wrong("unknown_method", method)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            raise Wrong("invalid_auth")
        if request.content_type == "application/json":
            if method.startswith(AS_QUERY):
                raise Wrong("invalid_arguments", f"{method} reads no JSON")
            given = json.loads(await request.text() or "{}")
        else:
            given = dict(request.query) | dict(await request.post())
        known = {*REQUIRED[method], *OPTIONAL.get(method, ()), "token"}
        if unknown := set(given) - known:
            raise Wrong("invalid_arguments", f"unknown: {sorted(unknown)}")
        if missing := [name for name in REQUIRED[method] if not given.get(name)]:
            raise Wrong("invalid_arguments", f"missing: {missing}")
        return given

    def _auth_test(self, given: Json) -> Json:
        return {
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "team": "Maison Tilleul",
            "user": "comptoir",
        }

    def _open_connection(self, given: Json) -> Json:
        return {"url": f"ws://127.0.0.1:{self.port}/link?ticket={next(self._numbers)}"}

    def _user_info(self, given: Json) -> Json:
        if given["user"] not in self.users:
            raise Wrong("user_not_found")
        return {"user": self.users[given["user"]]}

    def _user_by_email(self, given: Json) -> Json:
        found = [user for user in self.users.values() if user["profile"].get("email") == given["email"]]
        if not found:
            raise Wrong("users_not_found")
        return {"user": found[0]}

    def _channel_info(self, given: Json) -> Json:
        channel = self._channel(given["channel"])
        return {"channel": channel | {"is_member": BOT_USER in channel["members"]}}

    def _open_conversation(self, given: Json) -> Json:
        self._user_info({"user": given["users"]})
        return {"channel": {"id": direct(given["users"])}}

    def _user_list(self, given: Json) -> Json:
        return self._page(list(self.users.values()), given)

    def _members(self, given: Json) -> Json:
        return self._page(self._channel(given["channel"])["members"], given)

    def _page(self, everything: list[Any], given: Json) -> Json:
        start, limit = int(given.get("cursor") or 0), int(given.get("limit", 100))
        if not 1 <= limit <= 1000:
            raise Wrong("invalid_limit")
        more = str(start + limit) if len(everything) > start + limit else ""
        page = everything[start : start + limit]
        return {"members": page, "response_metadata": {"next_cursor": more}}

    def _history(self, given: Json) -> Json:
        self._channel(given["channel"])
        return self._since(self.roots(given["channel"]), given)

    def _replies(self, given: Json) -> Json:
        self._channel(given["channel"])
        found = [m for m in self.messages[given["channel"]] if given["ts"] in (m["ts"], m.get("thread_ts"))]
        if not found:
            raise Wrong("thread_not_found")
        return self._since(found, given)

    def _since(self, messages: list[Json], given: Json) -> Json:
        with_metadata = given.get("include_all_metadata") in ("true", "True", True, "1")
        found = [dict(m) for m in messages if float(m["ts"]) >= float(given.get("oldest", 0))]
        for message in found:
            if not with_metadata:
                message.pop("metadata", None)
        return {"messages": found, "response_metadata": {"next_cursor": ""}}

    def _post_message(self, given: Json) -> Json:
        channel = direct(given["channel"]) if given["channel"].startswith("U") else given["channel"]
        self._require_member(channel)
        check_message(given)
        if (thread := given.get("thread_ts")) and not any(m["ts"] == thread for m in self.messages[channel]):
            raise Wrong("thread_not_found")
        if (metadata := given.get("metadata")) and set(metadata) != {"event_type", "event_payload"}:
            raise Wrong("invalid_metadata_format")
        message = {name: given[name] for name in ("text", "blocks", "thread_ts", "metadata") if name in given}
        message |= {"type": "message", "ts": self.ts(), "user": BOT_USER, "bot_id": BOT_ID}
        message |= {"broadcast": True} if given.get("reply_broadcast") else {}
        self.messages[channel].append(message)
        return {"ts": message["ts"], "channel": channel, "message": message}

    def _post_ephemeral(self, given: Json) -> Json:
        self._require_member(given["channel"])
        check_message(given)
        if given["user"] not in self._channel(given["channel"])["members"]:
            raise Wrong("user_not_in_channel")
        self.ephemeral.append(given | {"ts": self.ts()})
        return {"message_ts": self.ephemeral[-1]["ts"]}

    def _update(self, given: Json) -> Json:
        check_message(given)
        message = self._message(given["channel"], given["ts"])
        if message.get("streaming"):
            raise Wrong("streaming_state_conflict")
        message |= {name: given[name] for name in ("text", "blocks", "metadata") if name in given}
        return {"ts": given["ts"], "channel": given["channel"]}

    def _delete(self, given: Json) -> Json:
        message = self._message(given["channel"], given["ts"])
        if message.get("user") != BOT_USER:
            raise Wrong("cant_delete_message")
        self.messages[given["channel"]].remove(message)
        return {"ts": given["ts"], "channel": given["channel"]}

    def _start_stream(self, given: Json) -> Json:
        if not given.get("recipient_user_id") or not given.get("recipient_team_id"):
            raise Wrong("missing_recipient_user_id")
        if not any(m["ts"] == given["thread_ts"] for m in self.messages[given["channel"]]):
            raise Wrong("thread_not_found")
        message = {
            "type": "message", "ts": self.ts(), "user": BOT_USER, "bot_id": BOT_ID, "streaming": True,
            "thread_ts": given["thread_ts"], "text": given.get("markdown_text", ""), "blocks": [],
        }  # fmt: skip
        self.messages[given["channel"]].append(message)
        return {"ts": message["ts"], "channel": given["channel"]}

    def _append_stream(self, given: Json) -> Json:
        message = self._message(given["channel"], given["ts"])
        if not message.get("streaming"):
            raise Wrong("message_not_in_streaming_state")
        if len(given["markdown_text"]) > 12_000:
            raise Wrong("msg_too_long")
        message["text"] += given["markdown_text"]
        return {"ts": given["ts"], "channel": given["channel"]}

    def _stop_stream(self, given: Json) -> Json:
        message = self._message(given["channel"], given["ts"])
        if not message.pop("streaming", False):
            raise Wrong("message_not_in_streaming_state")
        check_blocks(given.get("blocks", []), 50)
        message |= {name: given[name] for name in ("blocks", "metadata") if name in given}
        return {"ts": given["ts"], "channel": given["channel"], "message": message}

    def _open_view(self, given: Json) -> Json:
        made = self._triggers.pop(given["trigger_id"], None)
        if made is None or self.forget_triggers or time.monotonic() - made > TRIGGER_SECONDS:
            raise Wrong("expired_trigger_id")
        view = given["view"] | {"id": f"V{next(self._numbers):06}"}
        check_view(view, "modal")
        self.views.append(view)
        return {"view": view}

    def _publish_view(self, given: Json) -> Json:
        check_view(given["view"], "home")
        self.homes[given["user_id"]] = given["view"]
        return {"view": given["view"]}

    def _set_status(self, given: Json) -> Json:
        return {}

    def _set_prompts(self, given: Json) -> Json:
        if len(given["prompts"]) > 4 or not all({"title", "message"} == set(p) for p in given["prompts"]):
            raise Wrong("invalid_arguments")
        self.prompts.append(given)
        return {}

    _METHODS: Any = field(
        default_factory=lambda: {
            "auth.test": SlackServer._auth_test,
            "apps.connections.open": SlackServer._open_connection,
            "users.info": SlackServer._user_info,
            "users.list": SlackServer._user_list,
            "users.lookupByEmail": SlackServer._user_by_email,
            "conversations.info": SlackServer._channel_info,
            "conversations.open": SlackServer._open_conversation,
            "conversations.members": SlackServer._members,
            "conversations.history": SlackServer._history,
            "conversations.replies": SlackServer._replies,
            "chat.postMessage": SlackServer._post_message,
            "chat.postEphemeral": SlackServer._post_ephemeral,
            "chat.update": SlackServer._update,
            "chat.delete": SlackServer._delete,
            "chat.startStream": SlackServer._start_stream,
            "chat.appendStream": SlackServer._append_stream,
            "chat.stopStream": SlackServer._stop_stream,
            "views.open": SlackServer._open_view,
            "views.publish": SlackServer._publish_view,
            "assistant.threads.setStatus": SlackServer._set_status,
            "assistant.threads.setSuggestedPrompts": SlackServer._set_prompts,
        }
    )

    async def _responded(self, request: web.Request) -> web.Response:
        """A response_url: for half an hour, five times, wherever the command was typed."""
        if self.away:
            return web.Response(status=503)
        whose = self._responses.get(request.match_info["id"])
        if whose is None or self.forget_responses:
            return web.Response(status=404, text="expired_url")
        message = await request.json()
        user, channel = whose
        try:
            check_message(message)
        except Wrong as wrong:
            return web.json_response({"ok": False, "error": wrong.error}, status=400)
        if message.get("response_type") == "in_channel":
            self.messages[channel].append(message | {"ts": self.ts(), "bot_id": BOT_ID})
        else:
            self.ephemeral.append(message | {"user": user, "channel": channel, "ts": self.ts()})
        return web.Response(text="ok")

    def ts(self) -> str:
        return f"{time.time():.0f}.{next(self._numbers):06}"

    def _trigger(self) -> str:
        trigger = f"trigger.{next(self._numbers)}"
        self._triggers[trigger] = time.monotonic()
        return trigger

    def _response(self, user: str, channel: str) -> str:
        id = str(next(self._numbers))
        self._responses[id] = (user, channel)
        return f"http://127.0.0.1:{self.port}/response/{id}"

    def _team(self, user: str) -> str:
        return str(self.users[user]["team_id"])

    def _channel(self, id: str) -> Json:
        if id.startswith("D"):
            return {"id": id, "is_im": True, "members": [BOT_USER, id[1:]]}
        if id not in self.channels:
            raise Wrong("channel_not_found")
        return self.channels[id]

    def _require_member(self, channel: str) -> None:
        if channel.startswith("D"):
            return
        if BOT_USER not in self._channel(channel)["members"]:
            raise Wrong("not_in_channel")

    def _message(self, channel: str, ts: str) -> Json:
        found = next((m for m in self.messages[channel] if m["ts"] == ts), None)
        if found is None:
            raise Wrong("message_not_found")
        return found


def direct(user: str) -> str:
    """The channel of somebody's direct messages with the app."""
    return f"D{user}"


@asynccontextmanager
async def a_slack() -> AsyncIterator[SlackServer]:
    server = SlackServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def until(check: Callable[[], Any], patience: float = 30) -> Any:
    """What it gives, once that is something; how long it takes is not what is tested."""
    async with asyncio.timeout(patience):
        while not (found := check()):  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.02)
        return await found if isinstance(found, Awaitable) else found


def element_of(message: Json, action: str) -> Json | None:
    for block in message.get("blocks", []):
        for element in (*block.get("elements", ()), block.get("accessory") or {}):
            if element.get("action_id") == action:
                return dict(element)
    return None


def text_of(message: Json) -> str:
    """All the words in a message or a view, as somebody reads them."""
    words: list[str] = []

    def gather(part: Any) -> None:
        if isinstance(part, dict):
            words.extend(
                str(part[key]) for key in ("text", "initial_value") if isinstance(part.get(key), str)
            )
            for value in part.values():
                gather(value)
        elif isinstance(part, list):
            for value in part:
                gather(value)

    gather(message)
    return "\n".join(words)


def _filled(element: Json, value: str | None) -> Json:
    if element["type"] == "plain_text_input":
        return {"type": element["type"], "value": element.get("initial_value") if value is None else value}
    option = element.get("initial_option")
    if value is not None:
        option = next(o for o in element["options"] if o["value"] == value)
    return {"type": element["type"], "selected_option": option}
