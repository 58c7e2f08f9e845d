"""What customers see, in a chat of text and buttons."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.events import MessageReceived, PersonJoined, ReplySent
from connectors.http.html import rendered
from connectors.http.shown import (
    ShownAnswer,
    ShownCitation,
    ShownLink,
    ShownReply,
    ShownReplyEdited,
    ShownReplyWithdrawn,
)
from connectors.rasa.sayings import sayings, untold
from connectors.rasa.words import words_in
from tests.builders import an_outcome, logged

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def a_reply(markdown: str) -> ShownReply:
    return ShownReply(position=5, at=NOW, name="Zoé", html=rendered(markdown, breaks=True), text="")


@pytest.mark.parametrize(
    ("written", "plain", "markdown"),
    [
        ("Yes.", "Zoé : Yes.", "Zoé : Yes."),
        ("See [here](https://a.example/b_c)", "Zoé : See here (https://a.example/b_c)",
         "Zoé : See here (<https://a.example/b_c>)"),
        ("one\ntwo", "Zoé : one\ntwo", "Zoé : one  \ntwo"),
        (r"5 \* 3 [sic]", "Zoé : 5 * 3 [sic]", r"Zoé : 5 \* 3 \[sic\]"),
        ("A:\n\n- b\n- c", "Zoé : A:\n\n- b\n- c", "Zoé : A:\n\n- b  \n- c"),
    ],
)  # fmt: skip
def test_a_persons_words_lose_neither_links_nor_signs(written: str, plain: str, markdown: str) -> None:
    french = words_in("fr")
    assert [said.text for said in sayings([a_reply(written)], french, markdown=False)] == [plain]
    assert [said.text for said in sayings([a_reply(written)], french, markdown=True)] == [markdown]


def test_an_answer_that_is_not_sure_offers_a_person_and_names_its_sources() -> None:
    citation = ShownCitation(
        number=1, title="Returns [EU]", heading=[], quote_html="", before="", quote="q", after="",
        url="https://shop.example/returns", updated=None,
    )  # fmt: skip
    answer = ShownAnswer(
        position=3, at=NOW, html=rendered("This may help: 30 days. [1]", marks=1), text="",
        citations=[citation], more=ShownLink(title="Returns", url=None), hedged=True, card=None,
    )  # fmt: skip
    (plain,) = sayings([answer], words_in("en"), markdown=False)
    assert plain.text == (
        "This may help: 30 days. [1]\n\nSources:\n[1] Returns [EU]: https://shop.example/returns"
    )
    assert plain.choices == ("Talk to a person",)
    (markdown,) = sayings([answer], words_in("fr"), markdown=True)
    assert markdown.text.endswith("Sources :\n\n- \\[1\\] [Returns \\[EU\\]](https://shop.example/returns)")
    assert markdown.choices == ("Parler à une personne",)


def test_each_thing_is_told_once_to_who_only_hears_when_they_write() -> None:
    events = logged(
        MessageReceived("1", "hello"),  # at 2
        an_outcome(2),
        PersonJoined("zoe"),
        ReplySent("zoe", "first"),
        MessageReceived("2", "and?"),  # at 6
        ReplySent("zoe", "second"),
        MessageReceived("3", "thanks"),  # at 8
    )
    assert [event.position for event in untold(events, 2)] == [1, 3, 4, 5], "1: it was opened"
    assert [event.position for event in untold(events, 6)] == [4, 5, 7]
    assert [event.position for event in untold(events, 8)] == [7]


def test_a_chat_that_cannot_change_what_was_said_is_told_the_correction() -> None:
    edited = ShownReplyEdited(position=7, at=NOW, html="<p>On Monday.</p>", text="", reply=5, name="Zoé")
    gone = ShownReplyWithdrawn(position=8, at=NOW, reply=5, name="Zoé")
    told = [said.text for said in sayings([edited, gone], words_in("fr"), markdown=False)]
    assert told == [
        "Zoé (corrigé) : On Monday.",
        "Zoé a retiré un message : n'en tenez pas compte.",
    ]


def test_a_reply_that_is_told_only_now_is_told_once_as_it_stands() -> None:
    edited = ShownReplyEdited(position=7, at=NOW, html="<p>On Monday.</p>", text="", reply=5, name="Zoé")
    stands = a_reply("On Monday.").model_copy(update={"amended": "reply_edited"})
    assert [said.text for said in sayings([stands, edited], words_in("en"), markdown=False)] == [
        "Zoé: On Monday."
    ]
    gone = ShownReplyWithdrawn(position=8, at=NOW, reply=5, name="Zoé")
    stands = a_reply("").model_copy(update={"amended": "reply_withdrawn"})
    assert sayings([stands, edited, gone], words_in("en"), markdown=False) == []
