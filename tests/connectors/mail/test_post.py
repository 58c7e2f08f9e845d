"""Who gets a mail, when, and what it says: with a real SMTP server, and a clock that is set."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.events import (
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationResolved,
    Customer,
    HandedBack,
    Measure,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    PromiseMade,
    Released,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    ServiceLevelBreached,
    ServiceLevelWarned,
    TranscriptRequested,
    Transferred,
)
from connectors.delivery import GIVE_UP
from connectors.http.tokens import Visit
from escalation.store.memory import MemoryRoster
from tests.builders import MONDAY, an_answer
from tests.connectors.mail.conftest import ADDRESS, Place, a_brief, some_settings, the_team
from tests.mail_server import MailServer, Received

KNOWN = Customer("c-7", "Camille Petit", "camille.petit@home.example")


def addresses(received: list[Received]) -> list[str]:
    return sorted(one.recipients[0] for one in received)


def link_in(text: str) -> str:
    found = re.search(r"https://help\.shop\.example/c/(\S+)", text)
    assert found
    return found[1]


# The answer


async def test_a_customer_who_left_gets_the_answer_with_a_way_back(place: Place) -> None:
    await place.left("Where is my parcel?")
    await place.replies("It is at the **parcel shop**.\n\nBring an ID:\n\n- passport\n- licence")
    (mail,) = await place.passes(hours=2)
    assert mail.recipients == [ADDRESS]
    assert str(mail.message["From"]) == "Maison Tilleul <support@shop.example>"
    assert mail.message["Subject"] == "Maison Tilleul: an answer for you"
    assert "Zoé has answered you:" in mail.text
    assert "> It is at the parcel shop.\n>\n> Bring an ID:\n>\n> - passport\n> - licence" in mail.text
    assert "> Where is my parcel?" in mail.text
    assert "<strong>parcel shop</strong>" in mail.html
    assert "<li>passport</li>" in mail.html
    assert link_in(mail.text) in mail.html
    assert place.links.read(link_in(mail.text)) == Visit("c1", "shop")
    assert "until 7 December 2026" in mail.text
    assert "Nobody reads replies" in mail.text


async def test_it_is_written_in_the_language_of_the_conversation(place: Place) -> None:
    await place.left("Où est mon colis ?", language="fr")
    await place.replies("Il est en route.")
    (mail,) = await place.passes(hours=2)
    assert mail.message["Subject"] == "Maison Tilleul : une réponse pour vous"
    assert mail.message["Content-Language"] == "fr"
    assert "Zoé vous a répondu :" in mail.text
    assert "jusqu'au 7 décembre 2026" in mail.text
    assert '<html lang="fr">' in mail.html


async def test_the_brief_says_how_french_customers_are_addressed(place: Place) -> None:
    place.brief = a_brief(address="tu")
    place = Place(place.server, place.settings, place.brief, place.roster)
    await place.left("Où est mon colis ?", language="fr")
    await place.replies("Il est en route.")
    (mail,) = await place.passes(hours=2)
    assert "Zoé t'a répondu :" in mail.text
    assert "vous" not in mail.text.lower()


async def test_a_burst_of_replies_is_one_mail(place: Place) -> None:
    await place.left()
    for text in ("Hello!", "I have looked.", "It comes tomorrow."):
        await place.replies(text)
        assert await place.passes(seconds=40) == []
    (mail,) = await place.passes(hours=2)
    assert re.findall("^> (.*)", mail.text, re.MULTILINE) == [
        "Hello!",
        "I have looked.",
        "It comes tomorrow.",
        "Where is my parcel?",
    ]


async def test_a_reply_that_was_edited_or_withdrawn_before_its_mail_left_is_mailed_as_it_stands(
    place: Place,
) -> None:
    await place.left()
    edited, withdrawn = await place.replies("It comes tomorow."), await place.replies("Never mind.")
    await place.happens(ReplyEdited(edited.position, "It comes tomorrow.", "zoe", "Zoé"), by=Author.STAFF)
    await place.happens(ReplyWithdrawn(withdrawn.position, "zoe", "Zoé"), by=Author.STAFF)
    (mail,) = await place.passes(hours=1)
    assert re.findall("^> (.*)", mail.text, re.MULTILINE) == ["It comes tomorrow.", "Where is my parcel?"]
    only = await place.replies("Wrong customer, sorry.")
    await place.happens(ReplyWithdrawn(only.position, "zoe", "Zoé"), by=Author.STAFF)
    assert await place.passes(hours=1) == []
    await place.happens(TranscriptRequested("camille@work.example"), by=Author.CUSTOMER)
    (transcript,) = await place.passes(seconds=5)
    assert re.search("Zoé, [^>]*, edited:\n> It comes tomorrow.", transcript.text)
    assert transcript.text.count("> This message was withdrawn.") == 2
    assert "Wrong customer" not in transcript.text


async def test_who_never_stops_writing_is_mailed_all_the_same(place: Place) -> None:
    await place.left()
    received = []
    for n in range(20):
        await place.replies(f"Line {n}.")
        received += await place.passes(seconds=50)
    received += await place.passes(hours=1)
    lines = [line for mail in received for line in re.findall("^> (Line.*)", mail.text, re.MULTILINE)]
    assert lines == [f"Line {n}." for n in range(20)]
    assert 2 <= len(received) <= 5


async def test_answers_on_different_days_are_mails_in_one_thread(place: Place) -> None:
    await place.left()
    await place.replies("I will ask.")
    (first,) = await place.passes(days=1)
    await place.replies("They say tomorrow.")
    (second,) = await place.passes(days=1)
    assert first.id != second.id
    assert first.message["Subject"] == second.message["Subject"]
    thread = first.message["References"]
    assert thread
    assert (second.message["References"], second.message["In-Reply-To"]) == (thread, thread)
    assert "I will ask." not in second.text


async def test_other_conversations_are_other_threads(place: Place) -> None:
    await place.left()
    await place.opened("c2")
    await place.happens(ContactLeft(ADDRESS), PersonJoined("zoe"), name="c2")
    await place.replies("One.")
    await place.replies("Two.", name="c2")
    one, two = await place.passes(hours=2)
    assert one.message["References"] != two.message["References"]


async def test_who_writes_on_has_read_it_and_gets_no_mail(place: Place) -> None:
    await place.left()
    await place.replies()
    await place.happens(MessageReceived("m2", "Thanks!"))
    assert await place.passes(hours=2) == []


async def test_an_open_window_puts_the_mail_off_and_does_not_prevent_it(place: Place) -> None:
    await place.left()
    place.present.add("c1")
    await place.replies()
    assert await place.passes(minutes=20) == []
    place.present.clear()
    (mail,) = await place.passes(minutes=10)
    assert "It is on its way." in mail.text


async def test_a_window_that_is_left_open_keeps_nobody_from_their_answer(place: Place) -> None:
    await place.left()
    place.present.add("c1")
    await place.replies()
    (mail,) = await place.passes(hours=1)
    assert "It is on its way." in mail.text


async def test_who_left_no_address_gets_no_mail(place: Place) -> None:
    await place.waiting()
    await place.happens(PersonJoined("zoe"))
    await place.replies()
    assert await place.passes(hours=2) == []


async def test_an_address_that_was_corrected_gets_the_answer(place: Place) -> None:
    await place.left()
    await place.happens(ContactLeft("camille@work.example"))
    await place.replies()
    assert addresses(await place.passes(hours=2)) == ["camille@work.example"]


async def test_a_customer_whom_the_shop_knows_gets_it_where_the_shop_says(place: Place) -> None:
    await place.opened(language="en", customer=KNOWN)
    await place.happens(MessageReceived("m1", "Hello?"), PersonJoined("zoe", "Zoé"))
    await place.replies()
    (mail,) = await place.passes(hours=2)
    assert mail.recipients == [KNOWN.email]
    assert "Hello Camille Petit," in mail.text
    assert "while signed in" in mail.text


async def test_who_came_by_another_door_hears_there(place: Place) -> None:
    await place.courier.round()
    await place.log.open("c1", ConversationOpened("en", "rasa", customer=KNOWN), place.now)
    await place.happens(MessageReceived("m1", "Hello?"), PersonJoined("zoe"))
    await place.replies()
    assert await place.passes(hours=2) == []


async def test_the_settings_may_keep_mails_for_those_who_left_an_address(server: MailServer) -> None:
    settings = some_settings(server, known_customers=False)
    place = Place(server, settings, a_brief(), MemoryRoster(*the_team()))
    await place.opened(customer=KNOWN)
    await place.happens(MessageReceived("m1", "Hello?"), PersonJoined("zoe"))
    await place.replies()
    assert await place.passes(hours=2) == []


async def test_the_name_that_the_shop_knows_goes_to_the_address_that_it_knows_only(place: Place) -> None:
    await place.opened(customer=KNOWN)
    await place.happens(ContactLeft(ADDRESS), PersonJoined("zoe"))
    await place.replies()
    (mail,) = await place.passes(hours=2)
    assert mail.recipients == [ADDRESS]
    assert "Camille" not in mail.text


async def test_what_the_bot_says_is_not_mailed(place: Place) -> None:
    await place.left()
    await place.happens(HandedBack("zoe"))
    asked = await place.happens(MessageReceived("m2", "And returns?"))
    await place.happens(OutcomeGiven(an_answer(), (asked.position,), 0.9), by=Author.BOT)
    assert await place.passes(hours=2) == []


async def test_replies_by_mail_go_where_somebody_reads_them(server: MailServer) -> None:
    settings = some_settings(server, reply_to="Tilleul <hello@shop.example>")
    place = Place(server, settings, a_brief(), MemoryRoster(*the_team()))
    await place.left()
    await place.replies()
    (mail,) = await place.passes(hours=2)
    assert str(mail.message["Reply-To"]) == "Tilleul <hello@shop.example>"
    assert "Nobody reads replies" not in mail.text


async def test_no_holiday_notice_comes_back(place: Place) -> None:
    await place.left()
    await place.replies()
    (mail,) = await place.passes(hours=2)
    assert mail.message["Auto-Submitted"] == "auto-generated"


# The promise


async def promised(place: Place, text: str = "Nobody is free. We answer tomorrow at 9:00.") -> None:
    await place.happens(PromiseMade(text, MONDAY + timedelta(days=1)), by=Author.SYSTEM)


async def test_who_waited_in_vain_gets_the_promise(place: Place) -> None:
    await place.waiting()
    await place.happens(ContactLeft(ADDRESS))
    await promised(place)
    (mail,) = await place.passes(hours=1)
    assert mail.message["Subject"] == "Maison Tilleul: we will get back to you"
    assert "We answer tomorrow at 9:00." in mail.text
    assert place.links.read(link_in(mail.text)).conversation_id == "c1"


async def test_a_promise_that_is_kept_already_is_not_mailed(place: Place) -> None:
    await place.waiting()
    await place.happens(ContactLeft(ADDRESS))
    await promised(place)
    await place.happens(PersonJoined("zoe"))
    assert await place.passes(hours=1) == []


async def test_who_sees_the_promise_and_leaves_an_address_is_not_told_twice(place: Place) -> None:
    await place.waiting()
    await place.happens(ContactLeft("typo@home.example"))
    await promised(place)
    await place.happens(ContactLeft(ADDRESS))
    assert await place.passes(hours=1) == []


# Closed without a word


async def test_who_is_closed_without_a_word_is_told(place: Place) -> None:
    await place.left()
    await place.happens(ConversationResolved("zoe"))
    (mail,) = await place.passes(hours=1)
    assert mail.message["Subject"] == "Maison Tilleul: your conversation is closed"


async def test_a_reply_before_closing_says_enough(place: Place) -> None:
    await place.left()
    await place.replies("Done, your money is back.")
    await place.happens(ConversationResolved("zoe"))
    (mail,) = await place.passes(hours=1)
    assert "your money is back" in mail.text


async def test_who_closes_it_themselves_is_told_nothing(place: Place) -> None:
    await place.left()
    await place.happens(ConversationResolved(), by=Author.CUSTOMER)
    assert await place.passes(hours=1) == []


# The transcript


async def test_who_asks_for_the_transcript_gets_what_was_said_until_then(place: Place) -> None:
    await place.opened()
    asked = await place.happens(MessageReceived("m1", "May I return a lamp?\nIt is <b>new</b>."))
    await place.happens(OutcomeGiven(an_answer(), (asked.position,), 0.9, {}, "en"), by=Author.BOT)
    await place.happens(PersonJoined("zoe", "Zoé"), NoteWritten("zoe", "very rude"))
    await place.replies("*Yes*, you may.")
    await place.happens(TranscriptRequested("camille@work.example"), by=Author.CUSTOMER)
    await place.replies("One more thing.")
    (mail,) = await place.passes(seconds=5)
    assert mail.recipients == ["camille@work.example"]
    assert mail.message["Subject"] == "Maison Tilleul: your conversation of 23 November 2026"
    assert "You, 23 November 2026, 10:00:\n> May I return a lamp?\n> It is <b>new</b>." in mail.text
    assert "> Within 30 days. [1]\nSources:\n[1] Returns" in mail.text
    assert "Zoé, 23 November 2026, 10:00:\n> Yes, you may." in mail.text
    assert "One more thing" not in mail.text
    assert "rude" not in mail.text
    assert "It is &lt;b&gt;new&lt;/b&gt;." in mail.html
    assert "<em>Yes</em>, you may." in mail.html
    assert "Within 30 days. [1]" in mail.html


async def test_asking_again_sends_again(place: Place) -> None:
    await place.opened()
    await place.happens(MessageReceived("m1", "Hello"))
    for _ in range(2):
        await place.happens(TranscriptRequested(ADDRESS), by=Author.CUSTOMER)
    first, second = await place.passes(seconds=5)
    assert first.id != second.id


# For colleagues


async def test_a_colleague_is_told_what_is_given_to_them(place: Place) -> None:
    await place.waiting("Where is my parcel?")
    await place.happens(NoteWritten("zoe", "rude"), PersonAssigned("max", "Max", by="zoe"))
    (mail,) = await place.passes(hours=1)
    assert mail.recipients == ["max@shop.example"]
    ticket = await place.queue.of("c1")
    assert ticket is not None
    assert mail.message["Subject"] == f"A conversation for you (no. {ticket.number})"
    assert "Zoé has given you a conversation." in mail.text
    assert "> Where is my parcel?" in mail.text
    assert "https://help.shop.example/console/conversations/c1" in mail.text


async def test_colleagues_are_told_in_a_language_of_theirs(place: Place) -> None:
    await place.waiting()
    await place.happens(PersonAssigned("zoe", "Zoé"), by=Author.SYSTEM)
    (mail,) = await place.passes(hours=1)
    assert mail.recipients == ["zoe@shop.example"]
    assert "C'est votre tour" in mail.text


async def test_who_takes_a_conversation_needs_no_mail(place: Place) -> None:
    await place.waiting()
    await place.happens(PersonJoined("zoe", "Zoé"))
    assert await place.passes(hours=1) == []


@pytest.mark.parametrize(
    "event",
    [
        PersonJoined("max", "Max"),
        ReplySent("max", "Hello"),
        Released("max"),
        Transferred("pro", "max"),
        PersonJoined("zoe", "Zoé"),
        ConversationResolved("max"),
    ],
)
async def test_who_is_at_it_already_or_rid_of_it_is_told_nothing(
    place: Place, event: ReplySent | Released | Transferred | PersonJoined | ConversationResolved
) -> None:
    await place.waiting()
    await place.happens(PersonAssigned("max", "Max", by="zoe"), event)
    assert await place.passes(hours=1) == []


def warned(measure: Measure = Measure.FIRST_RESPONSE) -> ServiceLevelWarned:
    return ServiceLevelWarned(measure, MONDAY + timedelta(hours=1))


def breached(measure: Measure = Measure.FIRST_RESPONSE) -> ServiceLevelBreached:
    return ServiceLevelBreached(measure, MONDAY + timedelta(hours=1))


async def test_who_has_a_conversation_is_warned_before_it_is_late(place: Place) -> None:
    await place.waiting()
    await place.happens(PersonJoined("max", "Max"))
    await place.happens(warned(), by=Author.SYSTEM)
    (mail,) = await place.passes(minutes=1)
    assert mail.recipients == ["max@shop.example"]
    assert "First reply due soon" in str(mail.message["Subject"])
    assert "A first reply to this customer is due at 11:00." in mail.text, "in the company's zone"
    assert "Nobody has claimed it" not in mail.text


async def test_while_nobody_has_it_those_on_duty_are_warned(place: Place) -> None:
    await place.waiting()
    await place.happens(warned(), by=Author.SYSTEM)
    received = await place.passes(minutes=1)
    assert addresses(received) == ["zoe@shop.example"], "of the team, on duty, with an address, still here"
    assert "Personne ne l'a encore prise." in received[0].text


async def test_another_teams_conversation_warns_that_team(place: Place) -> None:
    await place.waiting()
    await place.happens(Transferred("pro", "zoe"))
    await place.happens(warned(), by=Author.SYSTEM)
    assert addresses(await place.passes(minutes=1)) == ["pia@shop.example", "zoe@shop.example"]


async def test_when_nobody_is_on_duty_the_leads_are_warned(place: Place) -> None:
    await place.waiting()
    await place.roster.set_duty("zoe", on_duty=False, now=place.now)
    await place.happens(warned(), by=Author.SYSTEM)
    assert addresses(await place.passes(minutes=1)) == ["lea@shop.example"]


async def test_what_is_late_is_told_to_the_leads_too(place: Place) -> None:
    await place.waiting()
    await place.happens(PersonJoined("max", "Max"))
    await place.happens(breached(Measure.RESOLUTION), by=Author.SYSTEM)
    received = await place.passes(minutes=1)
    assert addresses(received) == ["lea@shop.example", "max@shop.example"]
    assert any("Pas réglée à temps" in str(mail.message["Subject"]) for mail in received)


async def test_a_warning_that_comes_late_and_is_settled_is_not_sent(place: Place) -> None:
    await place.waiting()
    await place.happens(PersonJoined("max", "Max"))
    await place.happens(warned(), warned(Measure.RESOLUTION), by=Author.SYSTEM)
    await place.happens(ReplySent("max", "Hello"))
    (mail,) = await place.passes(minutes=1)
    assert "To be settled soon" in str(mail.message["Subject"])


async def test_the_settings_may_spare_the_colleagues(server: MailServer) -> None:
    place = Place(server, some_settings(server, staff=False), a_brief(), MemoryRoster(*the_team()))
    await place.waiting()
    await place.happens(PersonAssigned("max", "Max", by="zoe"), warned(), by=Author.SYSTEM)
    assert await place.passes(hours=1) == []


# When the server does not take it


async def test_a_server_that_is_away_for_an_hour_loses_nothing_and_sends_nothing_twice(place: Place) -> None:
    await place.left()
    await place.server.stop()
    said = []
    for n in range(6):
        said.append(f"Reply {n}.")
        await place.replies(said[-1])
        assert await place.passes(minutes=10) == []
    await place.server.start()
    received = await place.passes(minutes=30)
    assert [re.findall("^> (Reply.*)", mail.text, re.MULTILINE) for mail in received] == [[s] for s in said]
    assert len({mail.id for mail in received}) == len(said)
    assert await place.passes(hours=24) == []


async def test_who_is_told_to_come_again_comes_again(place: Place) -> None:
    answers = ["451 4.7.1 Greylisted", "452 4.2.2 Full"]
    place.server.at_recipient = lambda address: answers.pop(0) if answers else "250 OK"
    await place.left()
    await place.replies()
    assert len(await place.passes(hours=1)) == 1
    assert answers == []


async def test_an_address_that_is_none_is_a_dead_letter_and_others_get_theirs(place: Place) -> None:
    place.server.at_recipient = lambda address: "550 5.1.1 No such user" if address == ADDRESS else "250 OK"
    await place.left()
    await place.replies("lost")
    assert await place.passes(hours=1) == []
    (letter,) = await place.outbox.dead_letters("mail")
    assert (letter.job.recipient, letter.reason) == (ADDRESS, "550 5.1.1 No such user")
    await place.happens(ContactLeft("camille@work.example"))
    await place.replies("found")
    assert addresses(await place.passes(hours=1)) == ["camille@work.example"]


async def test_a_server_that_never_comes_back_leaves_a_dead_letter(place: Place) -> None:
    await place.left()
    await place.server.stop()
    await place.replies()
    await place.passes(seconds=GIVE_UP.total_seconds() + 7200)
    (letter,) = await place.outbox.dead_letters()
    assert letter.reason.startswith("given up after 3 days")


async def test_an_address_that_nobody_checked_cannot_write_headers(place: Place) -> None:
    await place.waiting()
    await place.happens(ContactLeft("camille@home.example\r\nBcc: all@home.example"), PersonJoined("zoe"))
    await place.replies()
    assert await place.passes(hours=1) == []
    (letter,) = await place.outbox.dead_letters()
    assert "does not look like an e-mail address" in letter.reason


async def test_nothing_is_sent_for_what_was_said_before_mail_was_switched_on(place: Place) -> None:
    await place.log.open("c0", ConversationOpened(site="shop"), place.now)
    await place.happens(ContactLeft(ADDRESS), PersonJoined("zoe"), name="c0")
    await place.replies("before", name="c0")
    assert await place.passes(hours=1) == []
    await place.replies("after", name="c0")
    (mail,) = await place.passes(hours=1)
    assert "> after" in mail.text
