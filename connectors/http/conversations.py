"""A customer's conversation: opened, written in, judged, passed to a person, closed, taken home."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse

from bot.events import LoggedEvent
from connectors.http.access import TheCaller, TheDoor, TheVisit
from connectors.http.codes import Code
from connectors.http.documented import IN_THE_LOG, WITH_BODY, WITH_TOKEN, problems
from connectors.http.door import Door
from connectors.http.problems import Refused
from connectors.http.shown import Shown, ShownFeedback, ShownMessage, ShownRating
from connectors.http.tokens import Visit
from connectors.http.transcript import transcript_of
from connectors.http.websites import COMMENT_CHARACTERS

router = APIRouter(prefix="/api/v1/conversations", tags=["Conversations"])

LONGEST_POSITION = 2**31 - 1
LONGEST_PAGE = 500
"""Characters of a page's address that are kept."""


class _Body(BaseModel):
    model_config = ConfigDict(strict=True)


class NewConversation(_Body):
    site: str = Field(description="The site's id, as in `data-site`.", max_length=63, examples=["demo"])
    language: str | None = Field(
        None, pattern="^[a-z]{2}$", description="What the page is in, if it is known.", examples=["fr"]
    )
    page: str | None = Field(
        None,
        description="Address of the page the customer is on, for whoever takes over. Kept without its query, "
        "if it is on the website that asks.",
        examples=["https://www.shop.example/lamps/tilia"],
    )
    identity: str | None = Field(
        None,
        max_length=4000,
        description="Who the customer is: a JWT (HS256) signed with the site's secret, with `sub` and `exp`, "
        "and `name` and `email` if you like.",
    )


class OpenedConversation(BaseModel):
    id: str = Field(examples=["0f8fad5b-d9cb-469f-a165-70867728950e"])
    token: str = Field(description="For the header `Authorization: Bearer`. Opens this conversation only.")
    expires_at: datetime


class Identity(_Body):
    identity: str = Field(
        max_length=4000, description="A JWT (HS256) signed with the site's secret, with `sub` and `exp`."
    )


class NewMessage(_Body):
    client_id: str = Field(
        min_length=1,
        max_length=200,
        description="Chosen by the sender: the same one again is the same message.",
        examples=["c7f3a1de-2f7b-4f52-9a53-3a9a8d0f6a10"],
    )
    text: str = Field(
        min_length=1,
        description="As long as the site's `limits.message_characters` says.",
        examples=["How do I return a lamp?"],
    )


class Judgement(_Body):
    position: int = Field(ge=1, le=LONGEST_POSITION, description="Of the bot's answer.", examples=[3])
    useful: bool
    comment: str = Field("", max_length=COMMENT_CHARACTERS, examples=["It does not say who pays."])


class Rating(_Body):
    stars: int = Field(ge=1, le=5, description="1: not at all satisfied; 5: very.", examples=[5])
    comment: str = Field("", max_length=COMMENT_CHARACTERS, examples=["Quick and kind."])


class LoggedOrNot(BaseModel):
    event: Shown | None = Field(description="What was added to the conversation, if anything was.")


class Nothing(BaseModel):
    """An empty object."""


@router.post(
    "",
    status_code=201,
    summary="Open a conversation",
    response_description="It is there.",
    responses=problems(
        *WITH_BODY,
        Code.IDENTITY_INVALID,
        Code.IDENTITY_EXPIRED,
        Code.IDENTITY_NOT_OFFERED,
        Code.ORIGIN_NOT_ALLOWED,
        Code.SITE_UNKNOWN,
        Code.UNAVAILABLE,
    ),
)
async def open_conversation(wanted: NewConversation, door: TheDoor, caller: TheCaller) -> OpenedConversation:
    """The token is the only way back to it: keep it."""
    door.websites.check(wanted.site, caller.origin, caller.host)
    customer = door.identities.read(wanted.site, wanted.identity) if wanted.identity else None
    await door.limits.conversation(caller.address)
    conversation = str(uuid4())
    await door.service.reception.open(
        conversation,
        wanted.language,
        "widget",
        site=wanted.site,
        customer=customer,
        page=_address_of(wanted.page, caller.origin),
    )
    issued = door.tokens.issue(Visit(conversation, wanted.site))
    return OpenedConversation(id=conversation, token=issued.token, expires_at=issued.expires_at)


def _address_of(page: str | None, origin: str | None) -> str | None:
    """Without query and fragment, which may name people. None for a page of another website than the one that
    asks, which colleagues had better not open: no reason to refuse a customer."""
    if page is None or origin is None:
        return None
    try:
        address = urlsplit(page)
    except ValueError:
        return None
    if f"{address.scheme}://{address.netloc}" != origin:
        return None
    return (origin + address.path)[:LONGEST_PAGE]


@router.post(
    "/{conversation}/identify",
    status_code=204,
    summary="Say who the customer is",
    response_description="It is known now.",
    responses=problems(
        *WITH_TOKEN,
        *WITH_BODY,
        *IN_THE_LOG,
        Code.IDENTITY_INVALID,
        Code.IDENTITY_EXPIRED,
        Code.IDENTITY_NOT_OFFERED,
        Code.ANOTHER_CUSTOMER,
    ),
)
async def identify(identity: Identity, visit: TheVisit, door: TheDoor) -> Response:
    """When somebody signs in after the conversation has begun. Repeating it is harmless."""
    await door.limits.act(visit.conversation_id)
    customer = door.identities.read(visit.site, identity.identity)
    await door.service.reception.identify(visit.conversation_id, customer)
    return Response(status_code=204)


@router.post(
    "/{conversation}/messages",
    status_code=202,
    summary="Write a message",
    response_description="It is kept, and will be answered.",
    responses=problems(
        *WITH_TOKEN,
        *WITH_BODY,
        *IN_THE_LOG,
        Code.MESSAGE_EMPTY,
        Code.MESSAGE_TOO_LONG,
        Code.CLIENT_ID_INVALID,
    ),
)
async def write(message: NewMessage, visit: TheVisit, door: TheDoor, caller: TheCaller) -> ShownMessage:
    """Once this is answered the message is kept, whatever happens. The bot's answer, or a person's, comes as
    an event."""
    await door.limits.message(caller.address, visit.conversation_id)
    reception = door.service.reception
    logged = await reception.receive(visit.conversation_id, message.client_id, message.text)
    door.answers.owe(visit.conversation_id)
    shown = await _shown(door, logged)
    assert isinstance(shown, ShownMessage)
    return shown


@router.post(
    "/{conversation}/feedback",
    status_code=202,
    summary="Judge an answer",
    response_description="It is noted.",
    responses=problems(*WITH_TOKEN, *WITH_BODY, *IN_THE_LOG, Code.NOTHING_TO_JUDGE, Code.MESSAGE_TOO_LONG),
)
async def judge(judgement: Judgement, visit: TheVisit, door: TheDoor) -> ShownFeedback:
    """Useful or not, with a comment if there is one. The last judgement of an answer counts."""
    await door.limits.act(visit.conversation_id)
    logged = await door.service.reception.judge(
        visit.conversation_id, judgement.position, judgement.useful, judgement.comment
    )
    shown = await _shown(door, logged)
    assert isinstance(shown, ShownFeedback)
    return shown


@router.post(
    "/{conversation}/escalate",
    status_code=202,
    summary="Ask for a person",
    response_description="Somebody will come.",
    responses=problems(*WITH_TOKEN, *WITH_BODY, *IN_THE_LOG),
)
async def escalate(visit: TheVisit, door: TheDoor, nothing: Nothing | None = None) -> LoggedOrNot:
    """What waits goes to a person, and what the bot was writing is dropped. `event` is null when a person
    or the queue has the conversation already."""
    await door.limits.act(visit.conversation_id)
    logged = await door.service.reception.request_person(visit.conversation_id)
    return LoggedOrNot(event=await _shown(door, logged) if logged else None)


@router.post(
    "/{conversation}/return",
    status_code=202,
    summary="Return to the bot",
    response_description="The bot answers again.",
    responses=problems(*WITH_TOKEN, *WITH_BODY, *IN_THE_LOG),
)
async def return_to_bot(visit: TheVisit, door: TheDoor, nothing: Nothing | None = None) -> LoggedOrNot:
    """For who no longer wants to wait for a person. What they wrote meanwhile is answered by the bot. `event`
    is null when they were not waiting, or somebody has come meanwhile."""
    await door.limits.act(visit.conversation_id)
    logged = await door.service.reception.return_to_bot(visit.conversation_id)
    door.answers.owe(visit.conversation_id)
    return LoggedOrNot(event=await _shown(door, logged) if logged else None)


@router.post(
    "/{conversation}/typing",
    status_code=204,
    summary="Say that the customer is writing",
    response_description="Colleagues who look on see it.",
    responses=problems(*WITH_TOKEN, *WITH_BODY),
)
async def typing(visit: TheVisit, door: TheDoor, nothing: Nothing | None = None) -> Response:
    """Kept nowhere; it holds for a few seconds. What is being written is not told."""
    await door.limits.typing(visit.conversation_id)
    door.service.hub.typing(visit.conversation_id)
    return Response(status_code=204)


@router.post(
    "/{conversation}/rating",
    status_code=202,
    summary="Say how it was",
    response_description="It is noted.",
    responses=problems(*WITH_TOKEN, *WITH_BODY, *IN_THE_LOG, Code.MESSAGE_TOO_LONG),
)
async def rate(rating: Rating, visit: TheVisit, door: TheDoor) -> ShownRating:
    """How satisfied the customer is with the whole of it; usually asked at the end. The last one counts."""
    await door.limits.act(visit.conversation_id)
    logged = await door.service.reception.rate(visit.conversation_id, rating.stars, rating.comment)
    shown = await _shown(door, logged)
    assert isinstance(shown, ShownRating)
    return shown


@router.post(
    "/{conversation}/close",
    status_code=202,
    summary="Close the conversation",
    response_description="It is closed.",
    responses=problems(*WITH_TOKEN, *WITH_BODY, *IN_THE_LOG),
)
async def close(visit: TheVisit, door: TheDoor, nothing: Nothing | None = None) -> LoggedOrNot:
    """The customer is done. What the bot still owes is given first; another message opens it again."""
    await door.limits.act(visit.conversation_id)
    logged = await door.service.reception.close(visit.conversation_id)
    return LoggedOrNot(event=await _shown(door, logged) if logged else None)


@router.get(
    "/{conversation}/transcript",
    summary="Take the conversation home",
    response_description="A Markdown text.",
    response_class=PlainTextResponse,
    responses=problems(*WITH_TOKEN, *IN_THE_LOG),
)
async def transcript(visit: TheVisit, door: TheDoor) -> PlainTextResponse:
    """All that was said, as Markdown, to be saved as a file."""
    events = await door.service.log.read(visit.conversation_id)
    if not events:
        raise Refused(Code.CONVERSATION_UNKNOWN)
    text = transcript_of(events, door.service.brief)
    name = f"conversation-{events[0].at:%Y-%m-%d}.md"
    return PlainTextResponse(text, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _shown(door: Door, logged: LoggedEvent) -> Shown:
    (shown,) = await door.views.of([logged])
    return shown
