"""What a customer may see of a conversation, as the API sends it. What is not named here stays inside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.entries import ResourceKind


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ShownCitation(Part):
    """Exact words of an article that a sentence of the answer rests on."""

    number: int = Field(
        description='Which mark it belongs to: `<cite data-n="1">` in the HTML, [1] in the text.'
    )
    title: str = Field(description="Of the article.")
    heading: list[str] = Field(description="Headings above the words, the outermost first.")
    quote_html: str = Field(description="The words as HTML, sanitised.")
    before: str = Field(description="Some plain text of the article before the words, if it is still there.")
    quote: str = Field(description="The words as plain text.")
    after: str = Field(description="Some plain text of the article after the words, if it is still there.")
    url: str | None = Field(description="Of the article's page.")
    updated: date | None = Field(description="When the article was last changed.")


class ShownLink(Part):
    title: str
    url: str | None


class ShownCard(Part):
    """A resource: a page, a form, a phone line, an e-mail address, a team."""

    kind: ResourceKind
    title: str
    html: str = Field(description="One line about it, sanitised; may be empty.")
    target: str = Field(description="The address, number or name as people read it.")
    href: str | None = Field(description="What a click opens, if it can be opened.")
    open_now: bool | None = Field(description="None where it has no hours.")
    hours_text: str | None = Field(description='"open until 18:00", in the language of the conversation.')


class _Shown(Part):
    position: int = Field(ge=1, description="In the conversation; the event's id in the stream.")
    at: datetime = Field(description="UTC.")


class ShownOpened(_Shown):
    """The conversation began."""

    type: Literal["opened"] = "opened"
    language: str | None = Field(description="As the customer's browser asked for; None while unknown.")


class ShownMessage(_Shown):
    """The customer's own words."""

    type: Literal["message"] = "message"
    client_id: str
    text: str


class _Said(_Shown):
    html: str = Field(description="Sanitised.")
    text: str = Field(description="The same as plain text.")


class ShownAnswer(_Said):
    """Words of the help centre, cited."""

    type: Literal["answer"] = "answer"
    citations: list[ShownCitation]
    more: ShownLink = Field(description="The article it comes from.")
    hedged: bool = Field(description='Not quite sure: it begins with "This may help:".')
    card: ShownCard | None
    feedback: bool = Field(True, description="Whether the customer may judge it.")


class ShownRoute(_Said):
    """The right place to go."""

    type: Literal["route"] = "route"
    card: ShownCard


class ShownClarify(_Said):
    """Which of these is meant? Sending a title as a message chooses it."""

    type: Literal["clarify"] = "clarify"
    choices: list[ShownLink]


class ShownPerformed(_Said):
    """What one of the company's own actions said: an order's status, for instance."""

    type: Literal["performed"] = "performed"
    choices: list[ShownLink] = Field(description="Sending a title as a message answers.")


class ShownSmallTalk(_Said):
    type: Literal["small_talk"] = "small_talk"


class ShownEscalation(_Said):
    """A person takes over; the text says when."""

    type: Literal["escalation"] = "escalation"


class ShownPersonJoined(_Shown):
    type: Literal["person_joined"] = "person_joined"
    name: str


class ShownReply(_Said):
    """A person's words."""

    type: Literal["reply"] = "reply"
    name: str
    amended: Literal["reply_edited", "reply_withdrawn"] | None = Field(
        None,
        description="What became of it until it was told: these are its new words, or none are left of it.",
    )


class ShownReplyEdited(_Said):
    """A person put their reply in other words: it reads so from now on."""

    type: Literal["reply_edited"] = "reply_edited"
    reply: int = Field(description="Position of the reply.")
    name: str = Field(description="Whose reply it is.")


class ShownReplyWithdrawn(_Shown):
    """A person took their reply back: it is not to be shown any more."""

    type: Literal["reply_withdrawn"] = "reply_withdrawn"
    reply: int = Field(description="Position of the reply.")
    name: str = Field(description="Whose reply it was.")


class ShownHandedBack(_Shown):
    """The bot answers again."""

    type: Literal["handed_back"] = "handed_back"


class ShownResolved(_Shown):
    """The conversation is closed; another message opens it again."""

    type: Literal["resolved"] = "resolved"
    by: Literal["customer", "staff"]


class ShownFeedback(_Shown):
    """The customer's judgement of an answer."""

    type: Literal["feedback"] = "feedback"
    position_judged: int
    useful: bool


class ShownContact(_Shown):
    """The customer has left an address for the answer. A later one replaces it."""

    type: Literal["contact"] = "contact"
    email: str


class ShownRating(_Shown):
    """How satisfied the customer was. A later one replaces it."""

    type: Literal["rating"] = "rating"
    stars: int = Field(ge=1, le=5)
    comment: str


ShownOutcome = Annotated[
    ShownAnswer | ShownRoute | ShownClarify | ShownPerformed | ShownSmallTalk | ShownEscalation,
    Field(discriminator="type"),
]
Shown = Annotated[
    ShownOpened
    | ShownMessage
    | ShownAnswer
    | ShownRoute
    | ShownClarify
    | ShownPerformed
    | ShownSmallTalk
    | ShownEscalation
    | ShownPersonJoined
    | ShownReply
    | ShownReplyEdited
    | ShownReplyWithdrawn
    | ShownHandedBack
    | ShownResolved
    | ShownFeedback
    | ShownContact
    | ShownRating,
    Field(discriminator="type"),
]


class ShownDraft(Part):
    """The part of an answer that is verified already. It replaces the draft before, and may be withdrawn."""

    html: str
    citations: list[ShownCitation]


class ShownState(Part):
    """Who speaks with the customer now."""

    held: Literal["bot", "waiting", "person", "nobody"]
    person: str | None


class ShownWait(Part):
    """A waiting customer's place. It replaces the one before, and is over with the next `state`."""

    place: int = Field(ge=1, description="1 for who is next.")
    minutes: int | None = Field(description="About so many; null where too little is known to promise any.")
    there: bool = Field(description="False while the team is closed or all of it is off duty.")
    back_at: datetime | None = Field(description="When the team opens again, while it is closed. UTC.")
    text: str = Field(description="All of that in words, in French or English as Accept-Language says.")


class ShownTyping(Part):
    """A person is writing. Nothing says when they stop: it holds for a few seconds."""

    name: str


class ShownGoodbye(Part):
    """The service is being restarted, or this reader was too slow."""

    retry_ms: int = Field(description="When to connect again.")
