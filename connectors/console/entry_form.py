"""An article or a resource as a form has it, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from connectors.console.words import Words
from escalation.judgements import Answered
from knowledge.editing import EntryRefused
from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind
from knowledge.hours import WrongHours, check
from knowledge.sources.fields import fitting_target, web_address
from knowledge.sources.reading import Unreadable

Kind = Annotated[ResourceKind | None, BeforeValidator(lambda value: value or None)]


class EntryForm(BaseModel):
    """What is written about an entry; nothing is checked yet but that it is words."""

    id: str = Field("", max_length=300)
    seen: str = Field("", max_length=100)
    """Content hash of what was edited; "" for a new one."""
    kind: Kind = None
    """None: an article."""
    title: str = Field("", max_length=2000)
    text: str = Field("", max_length=400_000)
    questions: str = Field("", max_length=40_000)
    """One a line."""
    language: str = Field("", max_length=10)
    audience: Audience = Audience.PUBLIC
    tags: str = Field("", max_length=2000)
    """With commas between."""
    url: str = Field("", max_length=2000)
    twin: str = Field("", max_length=300)
    target: str = Field("", max_length=2000)
    hours: str = Field("", max_length=500)
    why: str = Field("", max_length=500)
    of: tuple[str, ...] = ()
    """Outcomes that it answers instead: "conversation.position"."""

    def answered(self) -> list[Answered]:
        return all_answered(self.of)


def all_answered(written: Iterable[str]) -> list[Answered]:
    return [pair for one in written if (pair := answered(one))]


def answered(written: str) -> Answered | None:
    conversation_id, dot, position = written.rpartition(".")
    return (conversation_id, int(position)) if dot and position.isdecimal() else None


def written(pair: Answered) -> str:
    return f"{pair[0]}.{pair[1]}"


def form_of(entry: Entry, seen: str = "") -> EntryForm:
    resource = entry if isinstance(entry, Resource) else None
    return EntryForm(
        id=entry.id,
        seen=seen,
        kind=resource.kind if resource else None,
        title=entry.title,
        text=entry.text,
        questions="\n".join(entry.questions),
        language=entry.language,
        audience=entry.audience,
        tags=", ".join(entry.tags),
        url=entry.url or "",
        twin=entry.twin or "",
        target=resource.target if resource else "",
        hours=(resource.hours or "") if resource else "",
    )


def entry_of(form: EntryForm, languages: Sequence[str]) -> Entry:
    """Raises EntryRefused for what does not fit."""
    if form.language not in languages and form.language:
        raise EntryRefused("language", "unknown")
    article = Article(
        id=form.id,
        title=form.title,
        text=form.text,
        language=form.language,
        audience=form.audience,
        questions=tuple(form.questions.splitlines()),
        tags=tuple(form.tags.split(",")),
        url=_url(form.url),
        twin=form.twin.strip() or None,
    )
    return article if form.kind is None else _resource(article, form.kind, form)


def _resource(said: Article, kind: ResourceKind, form: EntryForm) -> Resource:
    try:
        target = fitting_target(kind, form.target.strip())
    except Unreadable as problem:
        raise EntryRefused("target", "unfit" if form.target.strip() else "missing") from problem
    try:
        check(form.hours.strip() or "24/7")
    except WrongHours as problem:
        raise EntryRefused("hours", "unknown") from problem
    return Resource(
        id=said.id,
        title=said.title,
        text=said.text,
        language=said.language,
        kind=kind,
        target=target,
        hours=form.hours.strip() or None,
        audience=said.audience,
        questions=said.questions,
        tags=said.tags,
        url=said.url,
        twin=said.twin,
    )


def kept(entry: Entry, before: Entry) -> Entry:
    """What no form shows stays as it was."""
    return replace(entry, source=before.source)


def _url(written: str) -> str | None:
    try:
        return web_address(written.strip())
    except Unreadable as problem:
        raise EntryRefused("url", "unfit") from problem


@dataclass(frozen=True, slots=True)
class Problem:
    part: str
    said: str


def problem_of(error: EntryRefused, _: Words) -> Problem:
    return Problem(
        error.part,
        next(_said(error, _), _("Something in the form is not right. Check it, then send it again.")),
    )


def _said(error: EntryRefused, _: Words) -> Iterator[str]:
    match error.part, error.why:
        case "title", "missing":
            yield _("Give it a title: the question, as a customer would ask it.")
        case "title", _anything:
            yield _("The title is too long: 300 characters at most.")
        case "text", "missing":
            yield _("Write the answer.")
        case "text", _anything:
            yield _("The text is too long: split it by subject.")
        case "questions", _anything:
            yield _("Fifty other ways to ask are the most.")
        case "language", _anything:
            yield _("The brief does not list this language.")
        case "url", _anything:
            yield _("This is no web address: begin it with https://")
        case "target", "missing":
            yield _("Say where to send the customer.")
        case "target", _anything:
            yield _("This does not fit the kind of resource.")
        case "hours", _anything:
            yield _("These hours are not understood. Write them like this: Mo-Fr 09:00-18:00; Sa 10:00-16:00")
