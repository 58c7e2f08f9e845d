"""Where Slack calls us, in mode "http". Whether it is Slack, its signature says."""

from __future__ import annotations

from fastapi import FastAPI, Response
from starlette.requests import Request

from connectors.slack.door import SlackDoor


def add_slack(app: FastAPI, slack: SlackDoor) -> None:
    if not slack.is_called:
        return

    async def slack_events(request: Request) -> Response:
        status, body, headers = await slack.receive(await request.body(), dict(request.headers))
        return Response(body, status, headers)

    app.add_route("/slack/events", slack_events, methods=["POST"], include_in_schema=False)
