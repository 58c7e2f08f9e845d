"""From the bot to a person and back, with the demo shop's real parts."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.brief_file import read_brief
from bot.decisions import Escalate
from bot.events import CUSTOMER_SEES, OutcomeGiven, PromiseMade, Review
from connectors.assembly import Service, assemble
from connectors.settings import load_settings
from escalation.roster import Role
from escalation.ticket import Closing
from tests.builders import Clock, an_agent

ROOT = Path(__file__).parents[2]
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
ZOE = an_agent("zoe", display="Zoé Martin", on_duty=True, languages=frozenset({"fr"}))
LEA = an_agent("lea", Role.LEAD, display="Léa Petit", on_duty=True)

pytestmark = pytest.mark.slow


@pytest.fixture
def clock() -> Clock:
    return Clock(TUESDAY)


@pytest.fixture
async def service(loaded_demo: Path, tmp_path: Path, clock: Clock) -> AsyncIterator[Service]:
    shutil.copytree(loaded_demo, tmp_path / "data")
    settings = load_settings(ROOT / "deploy/demo/comptoir.toml", data=tmp_path / "data")
    brief = read_brief(ROOT / "deploy/demo/brief.yaml")
    async with await assemble(settings, clock=clock, brief=brief) as service:
        for agent in (ZOE, LEA):
            await service.roster.save(agent)
        yield service


async def asks(service: Service, name: str, *texts: str) -> OutcomeGiven:
    """The last outcome."""
    await service.reception.open(name, door="widget", site="shop")
    outcome = None
    for n, text in enumerate(texts):
        logged = await service.reception.handle(name, f"{name}-{n}", text)
        outcome = logged.event if logged else outcome
    assert isinstance(outcome, OutcomeGiven)
    return outcome


async def test_a_customer_goes_from_the_bot_to_a_person_and_is_heard(service: Service, clock: Clock) -> None:
    outcome = await asks(
        service,
        "c1",
        "Comment retourner un article ?",
        "ça ne répond pas à ma question",
        "Ma lampe est déjà installée, puis-je quand même la rendre ?",
    )
    assert isinstance(outcome.outcome, Escalate)
    wait = await service.waiting.of("c1")
    assert wait is not None
    assert service.waiting.said(wait) == "Vous êtes n°\u00a01."

    packet = await service.packets.of("c1", "fr")
    assert packet is not None
    assert packet.because.startswith("Le bot a trouvé quelque chose de proche")
    assert packet.question == "Comment retourner un article ?"
    assert any("déjà installée" in sentence for sentence in packet.summary)
    assert [tried.useful for tried in packet.tried][:1] == [False]
    assert packet.candidates
    assert packet.suggestion is not None
    for citation in packet.suggestion.citations:
        assert citation.quote

    await service.desk.claim("c1", ZOE)
    await service.desk.note("c1", ZOE, "Cliente fidèle, geste commercial possible")
    await service.desk.reply("c1", ZOE, "Bonjour, je regarde cela pour vous.")
    assert await service.waiting.of("c1") is None
    assert await service.reception.handle("c1", "c1-9", "Merci !") is None
    await service.desk.reply_and_resolve("c1", ZOE, "C'est possible, exceptionnellement.")
    await service.reception.rate("c1", 5, "super")

    ticket = await service.queue.of("c1")
    assert ticket is not None
    assert (ticket.closed_how, ticket.closed_by, ticket.stars) == (Closing.RESOLVED, "zoe", 5)
    seen = [e for e in await service.log.read("c1") if isinstance(e.event, CUSTOMER_SEES)]
    assert not any("geste commercial" in repr(e.event) for e in seen)


async def test_a_colleague_finds_what_another_answered(service: Service) -> None:
    await asks(service, "old", "Puis-je payer ma commande en bitcoins ?")
    await service.reception.request_person("old")
    await service.desk.claim("old", ZOE)
    await service.desk.reply_and_resolve("old", ZOE, "Non, pas de bitcoins : carte ou virement.")
    await asks(service, "new", "Acceptez-vous les bitcoins pour payer une commande ?")
    await service.reception.request_person("new")
    packet = await service.packets.of("new")
    assert packet is not None
    assert [case.answer for case in packet.similar] == ["Non, pas de bitcoins : carte ou virement."]


async def test_nobody_is_left_without_a_word(service: Service, clock: Clock) -> None:
    await asks(service, "c1", "Je veux parler à une personne")
    clock.pass_by(15)
    done = [logged.event for logged in await service.timekeeper.tick(clock())]
    [promise] = [event for event in done if isinstance(event, PromiseMade)]
    assert "au plus tard à 12\u00a0h\u00a030" in promise.text
    assert promise.by_when is not None
    assert promise.by_when - TUESDAY < timedelta(hours=2, minutes=16)


async def test_what_is_dangerous_comes_first(service: Service) -> None:
    await asks(service, "calm", "Je veux parler à une personne")
    await asks(service, "fire", "La lampe a pris feu cette nuit !")
    urgent, calm = await service.waiting.of("fire"), await service.waiting.of("calm")
    assert urgent is not None
    assert calm is not None
    assert (urgent.estimate.place, calm.estimate.place) == (1, 2)


async def test_a_wrong_answer_is_labelled_for_those_who_learn_from_it(service: Service) -> None:
    await asks(service, "c1", "Comment retourner un article ?")
    await service.desk.review("c1", LEA, 3, Review.INCOMPLETE, "Les articles **installés** sont exclus.")
    [judgement] = await service.reviews.latest(to_publish=True)
    assert (judgement.review, judgement.by) == (Review.INCOMPLETE, "lea")
    card = await service.directory.get("c1")
    assert card is not None
    assert len(card.labels) == 1
