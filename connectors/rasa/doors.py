"""Which of Rasa's protocols are spoken: each is loaded only where the settings ask for it."""

from __future__ import annotations

from fastapi import FastAPI

from connectors.http.door import Door
from connectors.http.keys import Keys

LARGEST_CALL = 10_000_000
"""Bytes: a call of an action carries the assistant's whole domain, and all that was said."""


def add_rasa(app: FastAPI, door: Door) -> None:
    rasa = door.service.settings.rasa
    if rasa.action_server:
        from connectors.rasa.action_server import action_server

        app.include_router(action_server(door, rasa_keys(door)))
    if rasa.rest:
        from connectors.rasa.rest import rest_channel

        app.include_router(rest_channel(door, rasa_keys(door)))
    if rasa.socketio:
        from connectors.rasa.socket import add_socket

        add_socket(app, door)


def rasa_keys(door: Door) -> Keys:
    settings = door.service.settings
    keys = {name: secret.get_secret_value() for name, secret in settings.rasa_keys.items()}
    return Keys(keys, "COMPTOIR_RASA_KEYS")
