"""The problems that the door knows, and their HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """What programs go by. Documented in the API's own pages, with what to do."""

    ADDRESS_INVALID = "address_invalid"
    ANOTHER_CUSTOMER = "another_customer"
    BODY_TOO_LARGE = "body_too_large"
    BODY_TOO_SLOW = "body_too_slow"
    BODY_UNREADABLE = "body_unreadable"
    CLIENT_ID_INVALID = "client_id_invalid"
    CONFLICT = "conflict"
    CONVERSATION_UNKNOWN = "conversation_unknown"
    IDENTITY_EXPIRED = "identity_expired"
    IDENTITY_INVALID = "identity_invalid"
    IDENTITY_NOT_OFFERED = "identity_not_offered"
    KEY_INVALID = "key_invalid"
    KEY_MISSING = "key_missing"
    MAIL_NOT_OFFERED = "mail_not_offered"
    MESSAGE_EMPTY = "message_empty"
    MESSAGE_TOO_LONG = "message_too_long"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_FOUND = "not_found"
    NOT_THIS_CONVERSATION = "not_this_conversation"
    NOTHING_TO_JUDGE = "nothing_to_judge"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    REFUSED = "refused"
    REQUEST_INVALID = "request_invalid"
    SITE_UNKNOWN = "site_unknown"
    STOPPING = "stopping"
    TOKEN_EXPIRED = "token_expired"
    TOKEN_INVALID = "token_invalid"
    TOKEN_MISSING = "token_missing"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_STREAMS = "too_many_streams"
    UNAVAILABLE = "unavailable"
    UNEXPECTED = "unexpected"


STATUS: Mapping[Code, int] = {
    Code.BODY_UNREADABLE: 400,
    Code.REFUSED: 400,
    Code.IDENTITY_EXPIRED: 401,
    Code.IDENTITY_INVALID: 401,
    Code.IDENTITY_NOT_OFFERED: 401,
    Code.KEY_INVALID: 401,
    Code.KEY_MISSING: 401,
    Code.TOKEN_EXPIRED: 401,
    Code.TOKEN_INVALID: 401,
    Code.TOKEN_MISSING: 401,
    Code.NOT_THIS_CONVERSATION: 403,
    Code.ORIGIN_NOT_ALLOWED: 403,
    Code.CONVERSATION_UNKNOWN: 404,
    Code.NOT_FOUND: 404,
    Code.SITE_UNKNOWN: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.BODY_TOO_SLOW: 408,
    Code.ANOTHER_CUSTOMER: 409,
    Code.CONFLICT: 409,
    Code.MAIL_NOT_OFFERED: 409,
    Code.NOTHING_TO_JUDGE: 409,
    Code.BODY_TOO_LARGE: 413,
    Code.MESSAGE_TOO_LONG: 413,
    Code.ADDRESS_INVALID: 422,
    Code.CLIENT_ID_INVALID: 422,
    Code.MESSAGE_EMPTY: 422,
    Code.REQUEST_INVALID: 422,
    Code.TOO_MANY_REQUESTS: 429,
    Code.TOO_MANY_STREAMS: 429,
    Code.UNEXPECTED: 500,
    Code.STOPPING: 503,
    Code.UNAVAILABLE: 503,
}
