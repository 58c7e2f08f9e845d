"""What a new entry is made of: a correction, a question without an answer, a colleague's reply, a twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from connectors.console.entry_form import EntryForm, form_of, written
from connectors.console.refusals import NotThere, Refused
from connectors.console.visit import StaffVisit
from escalation.drafting import draft_from, without_personal_data
from escalation.judgements import Answered, asked_in, entry_of, outcome_in
from escalation.other_ways import Posed, question_for
from escalation.questions import like
from escalation.reports import OpenQuestion, Scope
from escalation.reviews import Judgement
from knowledge.entries import Audience, Entry
from knowledge.ports import StoredEntry

LOOKED_BACK = timedelta(days=90)
"""How old questions may be that become other ways to ask."""
MOST_ALIKE = 12


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why something is written, shown beside the form."""

    question: str = ""
    answer: str = ""
    """What the bot said."""
    correction: str = ""
    by: str = ""
    """Whose correction it is."""
    taken_out: int = 0
    """Personal details that were taken out of a draft."""
    entry: Entry | None = None
    """What the bot answered from, or the twin to translate."""
    added: str = ""
    """The customer's question, which was put among the other ways to ask."""


async def from_answer(visit: StaffVisit, pair: Answered) -> tuple[EntryForm, Occasion]:
    """Out of what should have been said instead: the question as the title, and as other ways to ask what
    other customers asked in like words. Raises NotThere."""
    conversation_id, position = pair
    service = visit.parts.service
    events = await service.log.read(conversation_id)
    given = outcome_in(events, position)
    if given is None:
        raise NotThere
    scope = Scope(visit.now - LOOKED_BACK, visit.now + timedelta(minutes=1))
    open_questions = await service.reports.open_questions(scope)
    mine = next((q for q in open_questions if (q.conversation_id, q.position) == pair), None)
    question = mine.question if mine else asked_in(events, given)
    alike = _alike(mine, open_questions) if mine else []
    label = _correction(await service.reviews.of(conversation_id), position)
    language = _language(visit, (mine.language if mine else None) or given.language)
    title, *others = _ways_to_ask([question, *(one.question for one in alike)], language)
    of = [pair, *((one.conversation_id, one.position) for one in alike)]
    form = EntryForm(
        title=title,
        questions="\n".join(others),
        text=(label.correction or "") if label else "",
        language=language,
        of=tuple(written(one) for one in of),
    )
    return form, Occasion(
        question=question,
        answer=given.outcome.text,
        correction=form.text,
        by=label.by if label else "",
        entry=await _entry(visit, entry_of(given.outcome)),
    )


async def for_answer(visit: StaffVisit, stored: StoredEntry, pair: Answered) -> tuple[EntryForm, Occasion]:
    """An entry that is changed to answer instead: the question goes among its other ways to ask, where it
    belongs there. Raises NotThere."""
    new, occasion = await from_answer(visit, pair)
    form = form_of(stored.entry, stored.content_hash).model_copy(update={"of": new.of})
    events = await visit.parts.service.log.read(pair[0])
    given = outcome_in(events, pair[1])
    question = question_for(stored.entry, Posed(pair, events, given)) if given else None
    if question is None:
        return form, occasion
    questions = "\n".join((*stored.entry.questions, question))
    return form.model_copy(update={"questions": questions}), replace(occasion, added=question)


async def from_reply(visit: StaffVisit, conversation_id: str) -> tuple[EntryForm, Occasion]:
    """Out of what a colleague told one customer, so that all may read it. Raises UnknownConversation."""
    service = visit.parts.service
    state = await service.log.state(conversation_id)
    events = await service.log.read(conversation_id)
    named = state.customer.name if state.customer else None
    draft = draft_from(events, state.language, [named] if named else [])
    if draft is None:
        raise Refused(
            visit.words("Nobody has replied in this conversation: there is nothing to make an article of.")
        )
    ticket = await service.queue.of(conversation_id)
    led_here = ticket is not None and outcome_in(events, ticket.position) is not None
    form = EntryForm(
        title=draft.title,
        text=draft.text,
        questions="\n".join(draft.questions),
        language=_language(visit, state.language),
        of=(written((conversation_id, ticket.position)),) if ticket and led_here else (),
    )
    return form, Occasion(question=draft.title, taken_out=draft.taken_out)


def from_twin(visit: StaffVisit, twin: Entry, language: str) -> tuple[EntryForm, Occasion]:
    """To be said again in another language."""
    changes = {
        "id": "",
        "language": _language(visit, language),
        "twin": twin.twin or twin.id,
        "url": "",
    }
    return form_of(twin).model_copy(update=changes), Occasion(entry=twin)


def _language(visit: StaffVisit, language: str | None) -> str:
    known = visit.parts.service.brief.languages
    return language if language in known else known[0]


def _alike(mine: OpenQuestion, questions: Sequence[OpenQuestion]) -> list[OpenQuestion]:
    others = [q for q in questions if q is not mine and q.language == mine.language and q.entry_id is None]
    return like(mine.stems, others)[:MOST_ALIKE]


def _correction(labels: Sequence[Judgement], position: int) -> Judgement | None:
    """The last one that somebody wrote."""
    its = [label for label in labels if label.position == position and label.correction]
    return its[-1] if its else None


def _ways_to_ask(questions: Sequence[str], language: str) -> list[str]:
    """Without anybody's data, each once; the first is the title."""
    lines = [" ".join(without_personal_data(question, language).split()) for question in questions]
    seen: dict[str, str] = {}
    for line in lines:
        seen.setdefault(line.casefold().rstrip(" ?!."), line)
    return list(seen.values())


async def _entry(visit: StaffVisit, entry_id: str | None) -> Entry | None:
    if entry_id is None:
        return None
    found = await visit.parts.service.entries.get([entry_id], frozenset(Audience))
    return found[0].entry if found else None
