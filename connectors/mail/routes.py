"""What a customer does about mail: asks for the transcript, and comes back by the link in a mail."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from connectors.http.access import TheCaller, TheDoor, TheVisit
from connectors.http.codes import Code
from connectors.http.documented import IN_THE_LOG, WITH_BODY, WITH_TOKEN, problems
from connectors.http.door import Door
from connectors.http.headers import PAGE_POLICY
from connectors.http.languages import preferred
from connectors.http.problems import Refused
from connectors.http.tokens import Visit
from connectors.mail.addresses import LONGEST, WrongAddress, mailbox
from connectors.mail.page import conversation_page, expired_page

router = APIRouter()

LANGUAGES = ("en", "fr")
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


class MailAddress(BaseModel):
    model_config = ConfigDict(strict=True)

    email: str = Field(
        min_length=3,
        max_length=LONGEST,
        json_schema_extra={"format": "email"},
        examples=["name@example.com"],
    )


@router.post(
    "/api/v1/conversations/{conversation}/contact",
    status_code=202,
    tags=["Conversations"],
    summary="Leave an address for the answer",
    response_class=Response,
    responses={
        202: {"description": "It is kept; a later one replaces it."},
        **problems(*WITH_TOKEN, *WITH_BODY, *IN_THE_LOG, Code.ADDRESS_INVALID),
    },
)
async def leave_contact(left: MailAddress, visit: TheVisit, door: TheDoor, caller: TheCaller) -> Response:
    """A person's answer goes there when the customer is gone. Colleagues see it too: where no mail is sent
    from here, they can write themselves."""
    recipient = _address(left)
    await door.limits.contact(caller.address, visit.conversation_id, recipient)
    await door.service.reception.leave_contact(visit.conversation_id, recipient)
    return Response(status_code=202)


@router.post(
    "/api/v1/conversations/{conversation}/transcript/email",
    status_code=202,
    tags=["Conversations"],
    summary="Have the conversation sent by mail",
    response_class=Response,
    responses={
        202: {"description": "It is on its way."},
        **problems(*WITH_TOKEN, *WITH_BODY, *IN_THE_LOG, Code.ADDRESS_INVALID, Code.MAIL_NOT_OFFERED),
    },
)
async def mail_transcript(wanted: MailAddress, visit: TheVisit, door: TheDoor, caller: TheCaller) -> Response:
    """All that was said until now, to an address of the customer's choice. Only a few times: nobody is to be
    flooded through us."""
    if not door.service.settings.mail.server:
        raise Refused(Code.MAIL_NOT_OFFERED)
    recipient = _address(wanted)
    await door.limits.transcript(caller.address, visit.conversation_id, recipient)
    await door.service.reception.request_transcript(visit.conversation_id, recipient)
    return Response(status_code=202)


@router.get("/c", include_in_schema=False)
async def page(request: Request, door: TheDoor, site: str = "") -> Response:
    """Our own page with the widget, for sites that name none. The conversation stands behind the #, which no
    server sees."""
    try:
        website = door.websites.configuration(site)
    except Refused:
        return _expired(request)
    language = _language(request, tuple(website.languages))
    nonce = secrets.token_urlsafe(16)
    return _html(conversation_page(language, website.company, site, website.position, nonce), nonce)


@router.get("/c/{token}", include_in_schema=False)
async def back(token: str, request: Request, door: TheDoor) -> Response:
    """From the link in a mail to the page with the widget, which takes the conversation up from there. It
    changes nothing and works again: programs that look at every link in a mail do no harm."""
    try:
        visit = door.links.read(token)
        where = _page_of(door, visit)
    except Refused:
        return _expired(request)
    issued = door.tokens.issue(visit)
    return RedirectResponse(f"{where}#comptoir={visit.conversation_id}.{issued.token}", 303, _PRIVATE)


def _address(given: MailAddress) -> str:
    """Raises Refused."""
    try:
        return mailbox(given.email).address
    except WrongAddress as error:
        raise Refused(Code.ADDRESS_INVALID) from error


def _page_of(door: Door, visit: Visit) -> str:
    """Raises Refused for a site that there is no more."""
    door.websites.configuration(visit.site)
    sites = door.service.settings.sites
    page = next((site.page for site in sites if site.id == visit.site), None)
    return page.partition("#")[0] if page else "/c?" + urlencode({"site": visit.site})


def _expired(request: Request) -> Response:
    nonce = secrets.token_urlsafe(16)
    return _html(expired_page(_language(request, LANGUAGES), nonce), nonce, 410)


def _language(request: Request, offered: tuple[str, ...]) -> str:
    spoken = [language for language in offered if language in LANGUAGES] or ["en"]
    return preferred(request.headers.get("accept-language"), spoken)


def _html(page: str, nonce: str, status: int = 200) -> Response:
    policy = PAGE_POLICY.replace("style-src 'self'", f"style-src 'nonce-{nonce}'")
    headers = {**_PRIVATE, "Content-Security-Policy": policy, "Vary": "Accept-Language"}
    return HTMLResponse(page, status, headers)
